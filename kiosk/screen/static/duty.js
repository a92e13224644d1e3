// Who is on duty, the handover, the other gates. A note that is typed outlives new views.

import { $, act, both, button, make, named, row, toggle } from "./send.js";

let drawn = "";
let drawnGates = "";
let drawnSheet = "";

const bold = (text) => make("b", "", text);
const numbers = (found) => found.map((one) => row(bold(one.n), " ", ...both(one.words)));
const notes = (found) => found.map((one) => row(bold(`${one.time} ${one.staff}`), ` ${one.text}`));

function cover({ gate, is_ours: isOurs }) {
  const name = isOurs ? "uncover" : "cover";
  const [chinese, english] = named(name);
  const node = button([chinese, `${english} ${gate}`], () => act("cover", { gate, is_on: !isOurs }, $("cover-said")));
  node.dataset.gate = gate;
  toggle(node, isOurs);
  return node;
}

function gate(one) {
  const line = make("p", "", bold(one.gate), " ", ...both(one.words));
  for (const pair of [one.waiting, one.trouble]) {
    if (pair) line.append(" · ", bold(pair[0]), ...both(["", pair[1]]));
  }
  const told = make("div", "", line, make("p", "age"));
  return make("li", one.level, make("i", "sign"), told, ...(one.can_cover ? [cover(one)] : []));
}

function drawSheet(sheet) {
  $("handed").hidden = !sheet;
  if (!sheet) return;
  $("handed-title").replaceChildren(...both(sheet.title));
  $("handed-numbers").replaceChildren(...numbers(sheet.numbers));
  $("handed-faults").replaceChildren(...sheet.faults.map((pair) => row(...both(pair))));
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
  $("duty-roster").replaceChildren(...duty.roster.map((one) => make("li", one.level, ...both(one.words))));
  $("duty-counts").replaceChildren(...numbers(duty.counts));
  $("duty-notes").replaceChildren(...notes(duty.notes));
  drawGates(duty);
  drawSheet(duty.sheet);
}

$("note").addEventListener("submit", async (event) => {
  event.preventDefault();
  const typed = $("note-text").value;
  if (!typed.trim()) return $("note-text").focus();
  const isKept = await act("note", { text: typed }, $("note-said"));
  if (isKept && $("note-text").value === typed) $("note-text").value = "";
});
