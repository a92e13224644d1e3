// One panel at a time, in place, back with one tap; and buttons that are pressed and held.
// What was typed in a panel stays in it.

import { $ } from "./send.js";

const WIDE = ["today"];
const PRESS_MS = 1000;
let opener = null;
let before = "";

export const panel = () => document.body.dataset.panel;

function show(name) {
  document.body.dataset.panel = name;
  document.body.classList.toggle("wide", WIDE.includes(name));
  for (const node of document.querySelectorAll("[data-opens]")) {
    node.setAttribute("aria-expanded", String(Boolean(name) && node === opener));
  }
  document.dispatchEvent(new Event("panel"));
}

export function open(name, by = null) {
  opener = by;
  $("panel-title").replaceChildren(...(by ? [...by.childNodes].map((n) => n.cloneNode(true)) : []));
  show(name);
  $("panels").scrollTop = 0;
  if (by) $("back").focus({ preventScroll: true });
}

export function close() {
  const by = opener;
  opener = null;
  show("");
  by?.focus({ preventScroll: true });
}

// Asks for the PIN in place of a panel, and comes back to it.
export function askPin(title) {
  before = [panel(), opener, [...$("panel-title").childNodes]];
  show("pin");
  $("panel-title").replaceChildren(...title);
}

export function pinDone() {
  if (!before) return close();
  const [name, by, title] = before;
  before = "";
  opener = by;
  show(name);
  $("panel-title").replaceChildren(...title);
  return null;
}

// `act` after a second of touch, or of Enter or Space; `early` when it was let go before.
export function pressed(node, act, early) {
  let timer = 0;
  const stop = () => {
    if (timer) early?.();
    clearTimeout(timer);
    timer = 0;
    node.classList.remove("pressed");
  };
  const start = () => {
    if (timer || node.disabled) return;
    node.classList.add("pressed");
    timer = setTimeout(() => {
      timer = 0;
      node.classList.remove("pressed");
      if (!node.disabled) act(); // whom it was for may have gone meanwhile
    }, PRESS_MS);
  };
  const isKey = (event) => event.key === "Enter" || event.key === " ";
  node.addEventListener("pointerdown", start);
  for (const name of ["pointerup", "pointerleave", "pointercancel", "blur"]) {
    node.addEventListener(name, stop);
  }
  node.addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    if (!event.repeat) start();
  });
  node.addEventListener("keyup", (event) => isKey(event) && stop());
  node.addEventListener("contextmenu", (event) => event.preventDefault());
}

for (const node of document.querySelectorAll("[data-opens]")) {
  node.addEventListener("click", () => (node === opener ? close() : open(node.dataset.opens, node)));
}
// A form has a sheet of its own over the page; the button goes straight to it.
for (const node of document.querySelectorAll("[data-sheet]")) {
  node.addEventListener("click", () => document.querySelector(node.dataset.sheet).click());
}
$("which").addEventListener("click", close); // the page is itself again behind the sheet
$("back").addEventListener("click", () => (panel() === "pin" ? pinDone() : close()));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel() && !$("back").hidden) $("back").click();
});
