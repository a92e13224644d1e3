// What staff do about a person: let through, ask to wait, talk back in, call for help; and
// the day so far. Every act is answered in words, on the page that did it.

import { both, named, post, say } from "./send.js";
import { askPin, close, open, panel, pinDone, pressed } from "./panels.js";

const $ = (id) => document.getElementById(id);
const SAID_MS = 6000;
const BRIEF = ["entered", "left", "inside"]; // of the counts, beside the last five
const NAME_MS = 5000;
const TOUCH_MS = 10_000;
let view = null;
let drawn = "";
let touchedMs = -TOUCH_MS;
let naming = 0;
const picked = { who: null, why: null };

async function act(what, body, said, done = "done") {
  say(said, null);
  const answer = await post(what, body);
  if (answer.status !== 200) return say(said, answer.said.words ?? named("lost"));
  tell(said, named(done));
  return answer.said;
}

function tell(said, pair) {
  say(said, pair, true);
  setTimeout(() => said.dataset.good === "true" && say(said, null), SAID_MS);
}

function button(pair, value, tap) {
  const node = document.createElement("button");
  node.type = "button";
  node.dataset.value = value ?? "";
  node.append(...both(pair));
  node.addEventListener("click", tap);
  return node;
}

function row(...content) {
  const node = document.createElement("li");
  node.append(...content);
  return node;
}

function bold(text) {
  const node = document.createElement("b");
  node.textContent = text;
  return node;
}

function who({ time, label, words }) {
  return [`${time} ${label} ${words[0]}`, words[1]];
}

// Nodes are made anew only when what they say changed: a finger may be on one.
function fill(node, key, make) {
  const text = JSON.stringify(key);
  if (node.dataset.drawn === text) return;
  node.dataset.drawn = text;
  node.replaceChildren(...make());
}

function redrawThrough() {
  const isFree = picked.why === "emergency";
  for (const name of ["who", "why"]) {
    for (const node of $(`through-${name}`).children) {
      node.setAttribute("aria-pressed", String(node.dataset.value === picked[name]));
    }
  }
  $("through-go").disabled = !picked.why || (!isFree && !picked.who);
}

function drawThrough() {
  const cases = view.cases;
  if (!cases.some((one) => one.scan_id === picked.who)) {
    if (picked.who) picked.why = null; // somebody else would be let through for this reason
    picked.who = cases[0]?.scan_id ?? null;
  }
  fill($("through-who"), cases, () => {
    const nodes = cases.map((one) =>
      button(who(one), one.scan_id, () => {
        picked.who = one.scan_id;
        redrawThrough();
      }),
    );
    return nodes.length ? nodes : [row(...both(named("noCase")))];
  });
  redrawThrough();
}

async function letThrough() {
  const { who: scan_id, why } = picked;
  const isFree = why === "emergency";
  const said = $("through-said");
  const body = isFree ? { is_sure: true } : { scan_id, why };
  if (!(await act(isFree ? "emergency" : "override", body, said, "throughDone"))) return;
  picked.why = null;
  redrawThrough();
  done("throughDone");
}

function done(words) {
  close();
  tell($("acts-said"), named(words));
}

async function hold(scan_id) {
  if (await act("hold", { scan_id }, $("hold-said"), "holdDone")) done("holdDone");
}

function drawHolds() {
  fill($("held"), view.held, () =>
    view.held.map(({ scan_id, label, words }) => {
      const lift = () => act("lift", { scan_id }, $("hold-said"), "lifted");
      const text = document.createElement("p");
      text.append(...both([`${label} ${words[0]}`, words[1]]));
      return row(text, button(named("lift"), scan_id, lift));
    }),
  );
  const people = view.may_hold;
  fill($("hold-who"), people, () => [
    ...people.map((one) => button(who(one), one.scan_id, () => hold(one.scan_id))),
    button(named("whoAlone"), "", () => hold(null)),
  ]);
}

function drawSupplies({ now, choices }) {
  $("hand-out").hidden = !choices.length;
  $("no-notice").hidden = choices.length > 0;
  $("supplies-now").hidden = !now;
  const told = named("now").map((words) => words.replace("%item%", () => now ?? ""));
  $("supplies-now").replaceChildren(...both(told));
  const give = (value) => () => act("supplies", { item: value }, $("supplies-said"));
  fill($("items"), [now, choices], () => {
    const nodes = choices.map((name) => button([name, ""], name, give(name)));
    for (const node of nodes) node.setAttribute("aria-pressed", String(node.dataset.value === now));
    return now ? [...nodes, button(named("end"), "", give(null))] : nodes;
  });
}

function helped({ since, words }) {
  const [chinese, english] = words ?? named("help");
  return [`${since} ${chinese}`, english];
}

function drawLock({ is_locked: isLocked, is_warning: isWarning }) {
  $("locking").hidden = !isWarning;
  for (const node of document.querySelectorAll(".unlocking")) node.hidden = !isLocked;
  $("through").querySelector(".unlocked").hidden = $("through-go").hidden = isLocked;
  if (!isLocked && view.staff && panel() === "pin") pinDone();
}

export function drawActs(next) {
  const hadStaff = view?.staff;
  view = next;
  const isOn = view.has_desk && Boolean(view.staff);
  $("row").hidden = !isOn;
  for (const node of $("side").children) node.hidden = !isOn;
  $("emergency").hidden = !view.has_desk || isOn;
  $("incident").disabled = !("matters" in view);
  $("sign-off").hidden = !isOn;
  if (view.has_desk && !isOn && panel() !== "emergency" && panel() !== "pin") open("pin");
  if (isOn && !hadStaff && panel()) {
    const isOwed = hadStaff === "" && view.duty?.sheet && !view.duty.sheet.is_taken;
    if (isOwed) open("today", $("open-today")); // what the last turn of duty left to say
    else close();
  }
  $("back").hidden = !isOn && panel() === "pin";
  $("help").hidden = !isOn || !view.help;
  if (view.help) fill($("help-words"), view.help, () => both(helped(view.help)));
  $("full-name").hidden = !isOn || !view.has_look_up || !view.now.case?.scan_id;
  drawLock(view.lock);
  drawThrough();
  drawHolds();
  drawSupplies(view.supplies);
  $("counts").replaceChildren(...view.counts.map(({ words, n }) => row(...both(words), bold(n))));
  const brief = view.counts.filter(({ key }) => BRIEF.includes(key));
  $("ages").replaceChildren(
    ...brief.flatMap(({ words, n }) => [...both(words), " ", bold(n)]),
    ...view.ages.flatMap((age) => [...both(age), " "]),
  );
  $("overstayed").replaceChildren(...view.overstayed.map((words) => row(...both(words))));
}

for (const node of $("through-why").children) {
  node.addEventListener("click", () => {
    picked.why = node.dataset.value;
    redrawThrough();
  });
}
pressed($("through-go"), letThrough, () => say($("through-said"), named("longer")));
for (const node of document.querySelectorAll(".to-pin")) {
  node.addEventListener("click", () => askPin(both(named("unlockPin"))));
}
$("persuaded").addEventListener("click", () => {
  act("persuaded", { scan_id: view.people[0]?.scan_id ?? null }, $("acts-said"));
});
$("incident").addEventListener("click", () => act("incident", {}, $("acts-said")));
$("help-answered").addEventListener("click", () => act("help-answered", {}, $("acts-said")));
$("emergency-no").addEventListener("click", close);
$("emergency-yes").addEventListener("click", async () => {
  if (await act("emergency", { is_sure: true }, $("acts-said"))) close();
});

// The full name is there while the button is held, five seconds at most.
async function showName() {
  const answer = await post("full-name", { scan_id: view.now.case?.scan_id });
  if (!naming) return;
  if (answer.status !== 200) say($("acts-said"), answer.said.words ?? named("lost"));
  $("full").textContent = answer.said.name ?? "";
}
function startName(event) {
  if (event.type === "keydown" && (event.repeat || ![" ", "Enter"].includes(event.key))) return;
  clearTimeout(naming);
  naming = setTimeout(hideName, NAME_MS);
  showName();
}
function hideName() {
  clearTimeout(naming);
  naming = 0;
  $("full").textContent = "";
}
for (const name of ["pointerdown", "keydown"]) $("full-name").addEventListener(name, startName);
for (const name of ["pointerup", "pointerleave", "pointercancel", "blur", "keyup"]) {
  $("full-name").addEventListener(name, hideName);
}

function touched() {
  const now = performance.now();
  const isNews = view?.lock.is_warning || now - touchedMs >= TOUCH_MS;
  if (!view?.staff || view.lock.is_locked || !isNews) return;
  touchedMs = now;
  post("touched", {});
}
for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, touched);
document.addEventListener("panel", () => view && drawLock(view.lock));
