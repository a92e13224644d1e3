// Keys on the page for the field that is typed in, beside it or below it. A real keyboard or
// a scanner types into the same fields; small letters in a name become pinyin.

import { button, make, named } from "./send.js";

const DIGITS = "1234567890";
const pad = (sign) => ({ columns: 3, keys: [..."123456789", sign, "0", "erase", "ok"] });
const UPPER = [..."qwertyuiopasdfghjkl", "erase"];
const LOWER = [..."zxcvbnm"];
const SHOWN = 5;
const ASK_MS = 2000;
const NONE = { used: 0, signs: "" };
const LAYOUTS = {
  surnames: { columns: 10, keys: [..."王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹"] },
  pinyin: { columns: 10, keys: [...UPPER, "surnames", ...LOWER, "·", "ok"] },
  provinces: { columns: 8, keys: [..."京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新使"] },
  plate: { columns: 10, keys: [...DIGITS, ..."QWERTYUP学警ASDFGHJKL挂ZXCVBNM领", "erase", "ok"] },
  find: { columns: 10, keys: [...DIGITS, ...UPPER, ...LOWER, "-", "clear", "ok"] },
  digits: pad("clear"),
  phone: pad("+"),
  id: pad("X"),
  door: pad("-"),
};

const touch = document.getElementById("touch");
const sheet = touch.parentElement;
const composed = { letters: "", signs: [], used: 0, page: 0, asked: 0 };
let field = null;
let drawn = "";
let onOk = () => {};
let offered = null; // the signs for the letters
let turn = Promise.resolve(); // keys come faster than signs: each waits for the one before

// null closes the keys.
export function keysFor(next, ok = onOk) {
  if (field !== next) compose("");
  field = next;
  onOk = ok;
  draw();
}

function layoutNow() {
  const wanted = field.dataset.keys;
  const isEmpty = field.value === "";
  if (wanted === "name") return isEmpty && !composed.letters ? "surnames" : "pinyin";
  return wanted === "plate" && isEmpty ? "provinces" : wanted;
}

function draw(forced) {
  touch.hidden = !field;
  sheet.dataset.side = String(LAYOUTS[field?.dataset.keys]?.columns === 3);
  if (!field) return;
  const name = forced ?? layoutNow();
  if (drawn !== name) {
    drawn = name;
    const grid = make("div", "keys");
    grid.dataset.columns = LAYOUTS[name].columns;
    grid.append(...LAYOUTS[name].keys.map(keyNode));
    touch.replaceChildren(...(field.dataset.keys === "name" ? [make("div", "bar")] : []), grid);
  }
  drawBar(name);
  field.parentElement.scrollIntoView({ block: "nearest" });
}

function keyNode(key) {
  const node = button(key.length > 1 ? named(key) : [key, ""], () => inTurn(() => press(key)));
  node.dataset.key = key;
  return node;
}

function shown() {
  const first = composed.page * SHOWN;
  return composed.signs.slice(first, first + SHOWN);
}

function drawBar(name) {
  const bar = touch.querySelector(".bar");
  if (!bar) return;
  if (name === "surnames") {
    bar.replaceChildren(button(named("letters"), () => draw("pinyin")));
    return;
  }
  const typed = make("output");
  typed.textContent = composed.letters;
  const turn = (by, name) => {
    const node = button(named(name), () => {
      composed.page += by;
      drawBar("pinyin");
    });
    node.dataset.key = name;
    const at = composed.page + by;
    node.disabled = at < 0 || at * SHOWN >= composed.signs.length;
    return node;
  };
  const offers = shown().map((sign) => button([sign, ""], () => take(sign)));
  bar.replaceChildren(typed, ...offers, turn(-1, "before"), turn(1, "after"));
}

function inTurn(act) {
  turn = turn.catch(() => {}).then(() => field && act());
}

function press(key) {
  if (key === "ok") return confirm();
  if (key === "erase") erase();
  else if (key === "clear") write("", true);
  else if (key === "surnames") return draw("surnames");
  else if (drawn === "pinyin" && /^[a-z]$/.test(key)) return compose(composed.letters + key);
  else write(key);
  draw();
}

function confirm() {
  return composed.letters ? takeShown(0) : onOk(field);
}

function erase() {
  if (composed.letters) return compose(composed.letters.slice(0, -1));
  if (field.dataset.masked || field.selectionEnd === 0) return write("", true);
  const { selectionStart: start, selectionEnd: to } = field;
  const from = start === to ? to - [...field.value.slice(0, to)].at(-1).length : start;
  field.setSelectionRange(from, to);
  return write("");
}

function write(text, isAll = false) {
  if (isAll || field.dataset.masked) field.value = "";
  const room = field.maxLength - field.value.length;
  field.setRangeText(text.slice(0, room), field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

async function takeShown(place) {
  await offered;
  const sign = shown()[place];
  if (sign) take(sign);
}

function take(sign) {
  const { letters, used } = composed;
  write(sign);
  compose(used && sign.length === 1 ? letters.slice(used) : "");
}

const asName = (letters) => letters[0].toUpperCase() + letters.slice(1);

// Letters that became no sign stay in the field.
function settle({ target }) {
  if (target !== field || !composed.letters) return;
  write(asName(composed.letters));
  compose("");
}

function compose(letters) {
  Object.assign(composed, { letters, signs: [], used: 0, page: 0 });
  composed.asked += 1;
  if (letters) offered = offer(letters, composed.asked);
  else if (field) draw();
}

async function offer(letters, asked) {
  const isFirst = field.selectionStart === 0;
  const signal = AbortSignal.timeout(ASK_MS);
  const found = await fetch(`/staff/ime?py=${letters}${isFirst ? "&first" : ""}`, { signal })
    .then((answer) => (answer.ok ? answer.json() : NONE))
    .catch(() => NONE); // letters can be taken as they are
  if (asked !== composed.asked || !field) return;
  Object.assign(composed, { used: found.used, signs: [...found.signs, asName(letters)] });
  draw("pinyin");
}

function typed(event) {
  if (event.target !== field || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.isComposing || field.dataset.keys !== "name") return;
  const { key } = event;
  const isBusy = composed.letters !== "";
  if (/^[a-z]$/.test(key)) inTurn(() => compose(composed.letters + key));
  else if (isBusy && key === "Backspace") inTurn(erase);
  else if (isBusy && key === "Escape") compose("");
  else if (isBusy && (key === " " || key === "Enter")) inTurn(confirm);
  else if (isBusy && /^[1-5]$/.test(key)) inTurn(() => takeShown(key - 1));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

touch.addEventListener("mousedown", (event) => event.preventDefault());
sheet.addEventListener("keydown", typed, true);
sheet.addEventListener("focusout", settle, true);
sheet.addEventListener("input", (event) => {
  if (event.target === field && event.isTrusted && !composed.letters) draw();
});
