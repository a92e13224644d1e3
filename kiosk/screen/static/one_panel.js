// The staff page on the one screen there is: shut until a card or a PIN opens it, gone after
// three minutes without a touch, and out of the way while somebody shows a pass.

import { $, both, named, post } from "./send.js";
import { open, panel } from "./panels.js";
import { hush, sound } from "./voice.js";

const WAIT_MS = 60_000; // for a card or a PIN; then the residents have their page again
const AGAIN_MS = 2000;
let turn = null; // of the lock, when this page locked it: older views are not drawn
let wasOpen = false;
let faced = null;
let put = null; // the page of a resident that a tap put away
let isLeaving = false;

// Shuts the page and goes, once the gate answers: a browser's own page of an error would stay.
async function leave() {
  if (isLeaving) return;
  isLeaving = true;
  if ((await post("lock", {})).status) return location.replace("/");
  isLeaving = false;
  setTimeout(leave, AGAIN_MS);
}

function drawFace(face) {
  const isShown = Boolean(face) && face.show !== put;
  if (isShown && face.show !== faced) {
    hush();
    sound(face);
    faced = face.show;
    $("face").dataset.tone = face.tone;
    for (const [at, part] of ["title", "line"].entries()) {
      $("face").querySelectorAll("span")[at].replaceChildren(...both([face.zh[part], face.en[part]]));
    }
  }
  if (isShown && !$("face").open) $("face").showModal(); // over a form that is being filled in
  else if (!isShown) $("face").close();
}

async function begin() {
  turn = Infinity;
  $("leave").hidden = false;
  setTimeout(() => wasOpen || leave(), WAIT_MS);
  const answer = await post("lock", {});
  if (answer.status !== 200) return leave(); // a page that is not known to be shut is not drawn
  turn = answer.said.turn;
}

// Returns whether the page is shut.
export function drawOne(view) {
  if (!view.is_one) return false;
  document.body.classList.add("one");
  if (turn === null) begin();
  const isShut = view.is_shut || view.lock.turn < turn;
  if (isShut && wasOpen) leave();
  if (!isShut && !wasOpen) put = view.face?.show; // that page was seen before this one came
  wasOpen ||= !isShut;
  document.body.classList.toggle("shut", isShut);
  if (isShut && panel() !== "pin") open("pin");
  $("back").hidden = isShut;
  if (isShut) $("panel-title").replaceChildren(...both(named(view.staff ? "unlock" : "signOn")));
  drawFace(isShut ? null : view.face);
  return isShut;
}

$("leave").addEventListener("click", leave);
$("face").addEventListener("click", () => {
  put = faced;
  drawFace(null);
});
