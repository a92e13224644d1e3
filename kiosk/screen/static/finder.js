// Finding a resident who forgot the pass: three keys, a question, and somebody who vouches.
// The full name is drawn only while a finger holds it open.

import { $, both, button, make, named, post, say } from "./send.js";
import { openForm, showKept } from "./forms.js";
import { keysFor } from "./touch.js";

const SHOWN_MS = 60_000;
const KEYS_MIN = 3;
const TYPED_MS = 200;

let forgetting = 0;
let asking = 0;
let asked = 0;
let who = null;

function forget() {
  clearTimeout(forgetting);
  who = null;
  asked += 1;
  $("finder-text").value = "";
  $("found").replaceChildren();
  $("asked-name").textContent = "";
  $("asked").hidden = true;
  $("find").hidden = false;
  say($("finder-said"), null);
}

function stay() {
  clearTimeout(forgetting);
  forgetting = setTimeout(forget, SHOWN_MS);
}

async function find() {
  clearTimeout(asking);
  const text = $("finder-text").value.trim();
  asked += 1;
  const mine = asked;
  const { said } = await post("find", { text });
  if (mine !== asked) return;
  stay();
  const found = said.found ?? [];
  $("found").replaceChildren(...found.map(row));
  say($("finder-said"), found.length ? null : (said.words ?? named("nobody")));
}

function row(found) {
  const key = button([found.name], () => ask(found));
  key.append(make("span", "", found.door));
  return make("li", "", key);
}

async function ask(found) {
  stay();
  const { status, said } = await post("who", { ref: found.ref });
  if (status !== 200) return say($("finder-said"), said.words);
  who = { ...found, full: said.name, has_pass: said.has_pass };
  $("find").hidden = true;
  $("asked").hidden = false;
  $("asked-name").textContent = `${found.name} ${found.door}`;
  $("asked-home").textContent = said.home.join(" ") || named("alone")[0];
  $("asked-yes").replaceChildren(...both(named(said.has_pass ? "vouch" : "noPass")));
  keysFor(null);
  $("asked-yes").focus();
}

async function vouch() {
  if (!who.has_pass) return openForm("resident");
  const { status, said } = await post("vouch", { ref: who.ref });
  if (status !== 200) return say($("finder-said"), said.words);
  forget();
  return showKept(named("vouched"));
}

export function openFinder() {
  forget();
  openForm("finder");
}

export function drawFinder(view) {
  $("look-up").hidden = !view.has_desk || !view.staff;
  $("finder-locked").hidden = view.has_look_up;
  $("find").inert = !view.has_look_up;
  if (!view.has_look_up && who) forget();
}

$("finder").addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
$("finder-text").addEventListener("input", () => {
  clearTimeout(asking);
  const isEnough = $("finder-text").value.trim().length >= KEYS_MIN;
  if (isEnough) asking = setTimeout(find, TYPED_MS);
});
for (const kind of ["pointerdown", "keydown", "pointerup", "pointerleave", "keyup", "blur"]) {
  $("asked-full").addEventListener(kind, () => {
    const name = kind.endsWith("down") ? who?.full : who?.name;
    $("asked-name").textContent = who ? `${name} ${who.door}` : "";
  });
}
$("asked-yes").addEventListener("click", vouch);
$("asked-no").addEventListener("click", forget);
$("sheet").addEventListener("close", forget);
$("look-up").querySelector("button").addEventListener("click", openFinder);
