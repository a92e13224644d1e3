// Finding a resident who forgot the pass: asked of the gate, shown, and forgotten soon.

const $ = (id) => document.getElementById(id);
const SHOWN_MS = 30_000;
const words = $("words").dataset;
let forgetting = 0;

function say([chinese, english]) {
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = english;
  $("finder-said").replaceChildren(chinese, " ", small);
  $("finder-said").hidden = false;
}

function forget() {
  $("found").replaceChildren();
  $("finder-text").value = "";
}

function row({ name, door }) {
  const node = document.createElement("li");
  const bold = document.createElement("b");
  bold.textContent = name;
  node.append(bold, ` ${door}`);
  return node;
}

async function find() {
  const answer = await fetch("/staff/find", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text: $("finder-text").value }),
  });
  const said = await answer.json();
  if (answer.status !== 200) return say(said.words);
  $("found").replaceChildren(...said.found.map(row));
  clearTimeout(forgetting);
  forgetting = setTimeout(forget, SHOWN_MS);
  return said.found.length ? null : say([words.nobodyZh, words.nobodyEn]);
}

$("finder").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("finder-said").hidden = true;
  try {
    await find();
  } catch {
    say([words.lostZh, words.lostEn]);
  }
});

export function drawFinder(view) {
  $("look-up").hidden = !view.has_desk || !view.staff || !view.has_look_up;
  if ($("look-up").hidden) forget();
}
