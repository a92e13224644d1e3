// Who is on duty, the handover, the other gates. A note that is typed outlives new views.

import { both, named, post, say } from "./send.js";

const $ = (id) => document.getElementById(id);
const words = $("duty-words").dataset;
const SAID_MS = 6000;
let drawn = "";
let drawnGates = "";
let drawnSheet = "";

function row(level, ...content) {
  const node = document.createElement("li");
  if (level) node.className = level;
  node.append(...content);
  return node;
}

function bold(text) {
  const node = document.createElement("b");
  node.textContent = text;
  return node;
}

const numbers = (found) => found.map((one) => row("", bold(one.n), " ", ...both(one.words)));
const notes = (found) => found.map((one) => row("", bold(`${one.time} ${one.staff}`), ` ${one.text}`));

async function send(what, body, said) {
  say(said, null);
  const answer = await post(what, body);
  const isGood = answer.status === 200;
  say(said, isGood ? named("done") : (answer.said.words ?? named("lost")), isGood);
  if (isGood) setTimeout(() => said.dataset.good === "true" && say(said, null), SAID_MS);
  return isGood;
}

function cover({ gate, is_ours: isOurs }) {
  const node = document.createElement("button");
  const name = isOurs ? "uncover" : "cover";
  node.type = "button";
  node.dataset.gate = gate;
  node.setAttribute("aria-pressed", String(isOurs));
  node.append(...both([words[`${name}Zh`], `${words[`${name}En`]} ${gate}`]));
  node.addEventListener("click", () => send("cover", { gate, is_on: !isOurs }, $("cover-said")));
  return node;
}

function gate(one) {
  const sign = document.createElement("i");
  sign.className = "sign";
  const line = document.createElement("p");
  line.append(bold(one.gate), " ", ...both(one.words));
  for (const pair of [one.waiting, one.trouble]) {
    if (pair) line.append(" · ", bold(pair[0]), ...both(["", pair[1]]));
  }
  const age = document.createElement("p");
  age.className = "age";
  const told = document.createElement("div");
  told.append(line, age);
  return row(one.level, sign, told, ...(one.can_cover ? [cover(one)] : []));
}

function drawSheet(sheet) {
  $("handed").hidden = !sheet;
  if (!sheet) return;
  $("handed-title").replaceChildren(...both(sheet.title));
  $("handed-numbers").replaceChildren(...numbers(sheet.numbers));
  $("handed-faults").replaceChildren(...sheet.faults.map((pair) => row("", ...both(pair))));
  $("handed-notes").replaceChildren(...notes(sheet.notes));
  $("handed-taken").replaceChildren(...both(sheet.taken));
  $("handed").dataset.taken = String(sheet.is_taken);
  const text = JSON.stringify(sheet);
  // What was handed over opens by itself when it is new; after that it stays as it was left.
  if (text !== drawnSheet && (drawnSheet || !sheet.is_taken)) $("handover").open = true;
  drawnSheet = text;
}

// A row is made anew only when it says something else: a finger may be on its key.
function drawGates({ others, told }) {
  $("duty-others").hidden = !others.length;
  const text = JSON.stringify(others.map((one) => ({ ...one, age: null })));
  if (text !== drawnGates) $("gates").replaceChildren(...others.map(gate));
  drawnGates = text;
  const ages = $("gates").querySelectorAll(".age");
  others.forEach((one, place) => ages[place].replaceChildren(...both(one.age)));
  $("duty-told").replaceChildren(...both(told));
}

export function drawDuty({ duty, has_desk: hasDesk }) {
  $("duty-board").hidden = !hasDesk;
  $("note").hidden = !duty.can_write;
  const text = JSON.stringify(duty);
  if (text === drawn) return;
  drawn = text;
  $("duty-now").className = duty.now.level;
  $("duty-now").replaceChildren(...both(duty.now.words));
  $("duty-phone").hidden = !duty.phone;
  $("duty-phone").lastElementChild.textContent = duty.phone;
  $("duty-roster").replaceChildren(...duty.roster.map((one) => row(one.level, ...both(one.words))));
  $("duty-counts").replaceChildren(...numbers(duty.counts));
  $("duty-notes").replaceChildren(...notes(duty.notes));
  drawGates(duty);
  drawSheet(duty.sheet);
}

$("note").addEventListener("submit", async (event) => {
  event.preventDefault();
  const typed = $("note-text").value;
  if (!typed.trim()) return $("note-text").focus();
  const isKept = await send("note", { text: typed }, $("note-said"));
  if (isKept && $("note-text").value === typed) $("note-text").value = "";
});
