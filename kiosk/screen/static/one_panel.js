// The staff page on the one screen there is: shut until a card or a PIN opens it, gone after
// three minutes without a touch, and out of the way while somebody shows a pass.

import { both, named, post } from "./send.js";
import { open, panel } from "./panels.js";
import { hush, sound } from "./voice.js";

const $ = (id) => document.getElementById(id);
const WAIT_MS = 60_000; // for a card or a PIN; then the residents have their page again
let turn = null; // of the lock, when this page locked it: older views are not drawn
let wasOpen = false;
let faced = null;
let put = null; // the page of a resident that a tap put away

const leave = () => location.replace("/");

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
  turn = answer.said.turn ?? 0;
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

$("leave").addEventListener("click", async () => {
  await post("lock", {});
  leave();
});
$("face").addEventListener("click", () => {
  put = faced;
  drawFace(null);
});
