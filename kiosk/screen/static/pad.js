// What staff do: sign on, type a temperature, measure again, choose how it is measured.
// The pad is made once and never drawn anew: what was typed outlives every new view, a busy
// gate and a lost connection. Works by touch alone and by keyboard alone.

import { $, both, button, fill, named, post as hand, say as tell, toggle } from "./send.js";
import { close, panel, pinDone } from "./panels.js";

const INSTRUMENTS = ["wrist", "contact", "ear", "forehead"];
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "ok"];
const PIN_MIN = 4;
const PIN_MAX = 8;
const DIGITS = 3; // 3 6 5 is 36.5: the point comes by itself

let view = null;
let draft = "";
let typed = ""; // the temperature begun before a PIN was asked for
let wasPin = false;
let instrument = INSTRUMENTS[0];
let chosen = null;
let before = []; // the scans that waited a view ago
let isSending = false;
let isTyped = false; // since the panel was opened

const say = (pair) => tell($("said"), pair);

function key(name, id, act) {
  const node = button(name, act);
  node.id = id;
  return node;
}

function isPin() {
  return panel() === "pin";
}

function shown() {
  if (isPin()) return "*".repeat(draft.length);
  return draft.length > 2 ? `${draft.slice(0, 2)}.${draft[2]}` : draft;
}

function redraw() {
  $("typed").textContent = shown() || "-";
  for (const name of INSTRUMENTS) {
    toggle($(`with-${name}`), name === instrument);
  }
  for (const node of $("cases").children) {
    toggle(node, node.dataset.value === chosen);
  }
  const isOwed = panel() === "typed" && !chosen && before.length > 1;
  $("panel-title").classList.toggle("owed", isOwed);
  if (panel() === "typed") $("panel-title").replaceChildren(...both(named(isOwed ? "whom" : "title")));
  const isReady = isPin() ? draft.length >= PIN_MIN : draft.length === DIGITS && chosen;
  $("key-ok").disabled = !isReady || isSending;
}

function press(key) {
  unask();
  if (key === "ok") return isPin() ? sendPin() : sendTyped(false);
  if (key === "erase") draft = draft.slice(0, -1);
  else if (draft.length < (isPin() ? PIN_MAX : DIGITS)) draft += key;
  return redraw();
}

function unask() {
  say(null);
  $("question").hidden = true;
}

async function post(what, body) {
  if (isSending) return null;
  isSending = true;
  redraw();
  const answer = await hand(what, body);
  isSending = false;
  redraw();
  return answer;
}

function heed(answer) {
  if (!answer) return false;
  if (answer.status === 200) {
    draft = "";
    say(null);
    redraw();
    return true;
  }
  say(answer.said.words);
  $("question").hidden = !answer.said.is_question;
  if (answer.said.is_question) $("yes").focus();
  return false;
}

async function sendPin() {
  if (draft.length < PIN_MIN) return;
  const answer = await post(view.staff ? "unlock" : "sign-on", { pin: draft });
  if (answer?.status === 403) draft = "";
  if (heed(answer) && view.staff && isPin()) pinDone();
  redraw();
}

// What the pad is for has changed: a PIN is never left standing, a temperature waits.
function turn() {
  if (panel() === "typed" && !draft && !typed) [chosen = null] = before; // who is at the gate now
  if (isPin() === wasPin) return redraw();
  wasPin = isPin();
  [draft, typed] = wasPin ? ["", draft] : [typed, ""];
  unask();
  return view ? drawDesk(view) : redraw();
}

async function sendTyped(isSure) {
  if (draft.length !== DIGITS || !chosen) return;
  $("question").hidden = true;
  const typed = { value: shown(), instrument, is_sure: isSure };
  const isCar = chosen === view.vehicle?.vehicle;
  const whose = isCar ? { vehicle: chosen } : { scan_id: chosen };
  isTyped = heed(await post(isCar ? "occupant" : "typed", { ...whose, ...typed }));
  leave();
}

// The panel goes once what was typed is all there is to type; on cold days the next one comes.
function leave() {
  if (isTyped && panel() === "typed" && !whom().length && !view.measuring.is_by_hand) close();
}

function whom() {
  if (!view.vehicle) return view.waiting;
  const car = { scan_id: view.vehicle.vehicle, words: view.vehicle.words, readings: [] };
  return [...view.waiting, car];
}

// Where somebody came while another was typed for, staff say for whom a temperature is.
// What was begun for one who has gone is gone.
function drawCases(waiting) {
  const scans = waiting.map((found) => found.scan_id);
  const [first = null] = scans;
  const isKnown = scans.includes(chosen);
  const isNew = !before.includes(first);
  before = scans;
  if (chosen && !isKnown) {
    typed = "";
    if (!isPin()) {
      draft = "";
      unask();
    }
  }
  if (waiting.length < 2) chosen = first;
  else if (chosen && !isKnown) chosen = null;
  else if (isNew && draft === "") chosen = panel() === "typed" ? null : first;
  fill($("cases"), waiting, () =>
    waiting.map((found) => {
      const text = [found.time, found.label || named("none")[0]].join(" ");
      const pair = found.words ?? [text, found.readings.map((r) => r[1]).join(" · ")];
      return button(pair, () => choose(found.scan_id), found.scan_id);
    }),
  );
}

function choose(scan) {
  if (chosen !== scan) unask();
  chosen = scan;
  redraw();
}

function drawMeasuring({ chosen: how, why, weather }) {
  $("why").replaceChildren(...both(why));
  $("weather").textContent = weather;
  $("by-hand").replaceChildren(...both(named(how === "typed" ? "off" : "on")));
  toggle($("by-hand"), how === "typed");
}

export function drawDesk(next) {
  view = next;
  const isPad = !isPin();
  if (view.is_shut) return drawPad(isPad, []);
  $("who").hidden = !view.staff;
  $("who").replaceChildren(...both([view.staff, named("onDuty")[1].split(":")[0]]));
  drawMeasuring(view.measuring);
  const waiting = whom();
  drawCases(waiting);
  leave();
  if (isPin() && !view.staff) $("panel-title").replaceChildren(...both(named("signOn")));
  return drawPad(isPad, waiting);
}

function drawPad(isPad, waiting) {
  $("cases").hidden = !isPad || (waiting.length < 2 && !view.vehicle);
  $("closed").hidden = !isPad || !view.vehicle || view.vehicle.is_admitted;
  $("pad").hidden = isPad && !waiting.length;
  $("pad-nobody").hidden = !isPad || waiting.length > 0;
  $("how").hidden = !isPad;
  $("instruments").hidden = !isPad;
  $("repeat").hidden = !waiting.some((found) => found.readings.length > 0);
  redraw();
}

for (const name of INSTRUMENTS) {
  $("instruments").append(
    key(named(name), `with-${name}`, () => {
      instrument = name;
      redraw();
    }),
  );
}
for (const sign of KEYS) {
  const name = sign.length > 1 ? named(sign) : [sign, ""];
  $("keys").append(key(name, `key-${sign}`, () => press(sign)));
}
$("pad").addEventListener("submit", (event) => event.preventDefault());
$("yes").addEventListener("click", () => sendTyped(true));
$("no").addEventListener("click", () => {
  draft = "";
  unask();
  redraw();
});
$("sign-off").addEventListener("click", async () => heed(await post("sign-off", {})));
$("repeat").addEventListener("click", async () => {
  heed(await post("repeat", { scan_id: chosen }));
});
$("by-hand").addEventListener("click", async () => {
  const measuring = view.measuring.chosen === "typed" ? "by_weather" : "typed";
  heed(await post("measuring", { measuring }));
});
document.addEventListener("keydown", (event) => {
  if (!$("pad").checkVisibility() || event.ctrlKey || event.altKey) return;
  if (["INPUT", "SELECT"].includes(event.target.tagName)) return; // a name, no temperature
  if (/^[0-9]$/.test(event.key)) press(event.key);
  else if (event.key === "Backspace") press("erase");
  else if (event.key === "Enter" && event.target.tagName !== "BUTTON") press("ok");
});
document.addEventListener("panel", () => {
  isTyped = false;
  turn();
});
redraw();
