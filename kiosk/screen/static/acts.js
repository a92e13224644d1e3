// What staff do about a person: let through, ask to wait, talk back in, call for help; and
// the day so far. Every act is answered in words, on the page that did it.

import { $, act, both, button, changes, fill, make, named, post, row, say, tell, toggle } from "./send.js";
import { askPin, close, open, panel, pinDone, pressed } from "./panels.js";

const BRIEF = ["entered", "left", "inside"]; // of the counts, beside the last five
const NAME_MS = 5000;
const TOUCH_MS = 10_000;
let view = null;
let touchedMs = -TOUCH_MS;
let naming = 0;
let nameOf = ""; // the scan whose name is asked for
const picked = { who: null, why: null };

function who({ time, label, words }) {
  return [`${time} ${label} ${words[0]}`, words[1]];
}

function pick(what, value) {
  picked[what] = value;
  redrawThrough();
}

function redrawThrough() {
  const isFree = picked.why === "emergency";
  for (const name of ["who", "why"]) {
    for (const node of $(`through-${name}`).children) {
      toggle(node, node.dataset.value === picked[name]);
    }
  }
  $("through-go").disabled = !picked.why || (!isFree && !picked.who);
}

function drawThrough() {
  const cases = view.cases;
  if (!cases.some((one) => one.scan_id === picked.who)) {
    if (picked.why !== "emergency") picked.why = null; // nobody else goes for this reason
    picked.who = cases[0]?.scan_id ?? null;
  }
  fill($("through-who"), cases, () => {
    const nodes = cases.map((one) => button(who(one), () => pick("who", one.scan_id), one.scan_id));
    return nodes.length ? nodes : [row(...both(named("noCase")))];
  });
  redrawThrough();
}

async function letThrough() {
  const { who: scan_id, why } = picked;
  const isFree = why === "emergency";
  const said = $("through-said");
  const body = isFree ? { is_sure: true } : { scan_id, why };
  if (await act(isFree ? "emergency" : "override", body, said)) done("throughDone");
}

function done(words) {
  close();
  tell($("acts-said"), named(words));
}

async function hold(scan_id) {
  if (await act("hold", { scan_id }, $("hold-said"))) done("holdDone");
}

async function lift(scan_id) {
  if (await act("lift", { scan_id }, $("hold-said"))) done("lifted");
}

function drawHolds() {
  fill($("held"), view.held, () =>
    view.held.map(({ scan_id, label, words }) => {
      const text = make("p", "", ...both([`${label} ${words[0]}`, words[1]]));
      return row(text, button(named("lift"), () => lift(scan_id), scan_id));
    }),
  );
  const people = view.may_hold;
  fill($("hold-who"), people, () => [
    ...people.map((one) => button(who(one), () => hold(one.scan_id), one.scan_id)),
    button(named("whoAlone"), () => hold(null), ""),
  ]);
}

function drawSupplies({ now, choices }) {
  $("hand-out").hidden = !choices.length;
  $("supplies-now").hidden = !now;
  const told = named("now").map((words) => words.replace("%item%", () => now ?? ""));
  $("supplies-now").replaceChildren(...both(told));
  const give = (value) => () => act("supplies", { item: value }, $("supplies-said"));
  fill($("items"), [now, choices], () => {
    const nodes = choices.map((name) => button([name, ""], give(name), name));
    for (const node of nodes) toggle(node, node.dataset.value === now);
    return now ? [...nodes, button(named("end"), give(null), "")] : nodes;
  });
}

function drawNotices(notices) {
  $("no-notice").hidden = notices.length > 0;
  fill($("notices"), notices, () =>
    notices.map(({ words, who }) => row(...both(words), make("p", "", ...both(who)))),
  );
}

// Whom an act without a list is about: whoever the page shows, else whoever went last.
function atHand() {
  const { scan_id, label } = (view.now.case?.scan_id && view.now.case) || view.people[0] || {};
  return { scan_id: scan_id ?? null, label: label ?? "" };
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
  const { since, words: [chinese, english] = [] } = view.help ?? {};
  fill($("help-words"), view.help, () => both([`${since} ${chinese}`, english]));
  $("full-name").hidden = !isOn || !view.has_look_up || !view.now.case?.scan_id;
  if (view.now.case?.scan_id !== nameOf) hideName();
  changes($("persuaded"), atHand());
  $("tablets").hidden = !view.has_tablets || location.protocol === "https:"; // not from a tablet
  drawLock(view.lock);
  drawThrough();
  drawHolds();
  drawSupplies(view.supplies);
  drawNotices(view.notices);
  $("counts").replaceChildren(...view.counts.map(({ words, n }) => row(...both(words), make("b", "", n))));
  const brief = view.counts.filter(({ key }) => BRIEF.includes(key));
  $("ages").replaceChildren(
    ...brief.map(({ words: [zh, en], n }) => row(`${zh} `, make("b", "", n), both(["", en])[2])),
    ...view.ages.map((age) => row(...both(age))),
  );
  $("overstayed").replaceChildren(...view.overstayed.map((words) => row(...both(words))));
}

for (const node of $("through-why").children) {
  node.addEventListener("click", () => pick("why", node.dataset.value));
}
pressed($("through-go"), letThrough, () => say($("through-said"), named("longer")));
for (const node of document.querySelectorAll(".to-pin")) {
  node.addEventListener("click", () => askPin(both(named("unlockPin"))));
}
$("persuaded").addEventListener("click", () => {
  const { scan_id, label } = atHand();
  const [chinese, english] = named("done");
  act("persuaded", { scan_id }, $("acts-said"), [`${label} ${chinese}`.trim(), english]);
});
$("incident").addEventListener("click", () => act("incident", {}, $("acts-said")));
$("help-answered").addEventListener("click", () => act("help-answered", {}, $("acts-said")));
$("emergency-no").addEventListener("click", close);
$("emergency-yes").addEventListener("click", async () => {
  if (await act("emergency", { is_sure: true }, $("acts-said"))) close();
});

// The full name is there while the button is held, five seconds at most, and over nobody else.
async function showName(scan_id) {
  const { status, said } = await post("full-name", { scan_id });
  if (!naming || nameOf !== scan_id) return;
  if (status !== 200) say($("acts-said"), said.words);
  $("full").textContent = said.name ?? "";
}
function startName(event) {
  if (event.type === "keydown" && (event.repeat || ![" ", "Enter"].includes(event.key))) return;
  clearTimeout(naming);
  naming = setTimeout(hideName, NAME_MS);
  nameOf = view.now.case?.scan_id;
  showName(nameOf);
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
document.addEventListener("panel", () => {
  if (!view) return;
  drawLock(view.lock);
  if (panel() === "through") Object.assign(picked, { who: null, why: null }); // asked each time
  drawThrough();
});
