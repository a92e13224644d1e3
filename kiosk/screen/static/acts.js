// What is one tap: talked back in, an emergency, what is handed out; and the strip of the day.

import { both, named, post, say } from "./send.js";

const $ = (id) => document.getElementById(id);
const SAID_MS = 6000;
let view = null;
let drawn = "";

async function act(what, body, said) {
  say(said, null);
  const answer = await post(what, body);
  if (answer.status !== 200) return say(said, answer.said.words ?? named("lost"));
  say(said, named("done"), true);
  setTimeout(() => said.dataset.good === "true" && say(said, null), SAID_MS);
}

function item(text, value, isNow) {
  const node = document.createElement("button");
  node.type = "button";
  node.append(...(Array.isArray(text) ? both(text) : [text]));
  node.setAttribute("aria-pressed", String(isNow));
  node.addEventListener("click", () => act("supplies", { item: value }, $("supplies-said")));
  return node;
}

function drawSupplies({ now, choices }) {
  $("hand-out").hidden = !view.has_desk || !view.staff || !choices.length;
  const text = JSON.stringify([now, choices]);
  if (text === drawn) return;
  drawn = text;
  const told = named("now").map((words) => words.replace("%item%", () => now ?? ""));
  $("supplies-now").hidden = !now;
  $("supplies-now").replaceChildren(...both(told));
  const buttons = choices.map((name) => item(name, name, name === now));
  if (now) buttons.push(item(named("end"), null, false));
  $("items").replaceChildren(...buttons);
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

export function drawActs(next) {
  view = next;
  $("acts").hidden = !view.has_desk;
  $("day").hidden = !view.has_desk;
  $("persuaded").hidden = !view.staff;
  drawSupplies(view.supplies);
  $("counts").replaceChildren(...view.counts.map(({ words, n }) => row(...both(words), " ", bold(n))));
  $("ages").replaceChildren(...view.ages.flatMap((age) => [...both(age), " "]));
  $("overstayed").replaceChildren(...view.overstayed.map((words) => row(...both(words))));
}

function ask(isAsking) {
  $("sure").hidden = !isAsking;
  $("act-buttons").hidden = isAsking;
  if (isAsking) $("emergency-yes").focus();
}

$("persuaded").addEventListener("click", () => {
  act("persuaded", { scan_id: view.people[0]?.scan_id ?? null }, $("acts-said"));
});
$("emergency").addEventListener("click", () => ask(true));
$("emergency-no").addEventListener("click", () => ask(false));
$("emergency-yes").addEventListener("click", () => {
  ask(false);
  act("emergency", { is_sure: true }, $("acts-said"));
});
