// Letting a tablet in: a code as a QR picture, and who is in already.

import { $, both, post, say } from "./send.js";

const STAY_MS = 180_000; // as long as the lock: then the gate has its staff page again
let leaving = 0;

function drawn(svg) {
  return document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
}

function row(name) {
  const node = document.createElement("li");
  const button = document.createElement("button");
  const { removeZh, removeEn } = $("paired").dataset;
  button.className = "plain";
  button.append(...both([removeZh, removeEn]));
  button.addEventListener("click", () => ask("tablet-out", { name }));
  node.append(name, button);
  return node;
}

async function ask(what, body) {
  const { status, said } = await post(what, body);
  say($("said"), status === 200 ? null : said.words);
  if (status !== 200) return;
  $("paired").replaceChildren(...said.tablets.map(row));
  let n = 1;
  while (said.tablets.includes(`tablet-${n}`)) n += 1;
  $("ask").elements.name.value = `tablet-${n}`; // there may be no keyboard for another name
  $("code").hidden = !said.svg;
  if (!said.svg) return;
  $("picture").replaceChildren(drawn(said.svg));
  $("url").textContent = said.url;
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("tablet-in", { name: new FormData($("ask")).get("name") });
});
ask("tablets", {});

function stay() {
  clearTimeout(leaving);
  leaving = setTimeout(() => location.replace("/staff"), STAY_MS);
}
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, stay);
stay();
