// How the staff page hands something in, how it says what came of it, and how it draws lists.

const ANSWER_MS = 8000; // a network that takes and never answers is lost, too
const SAID_MS = 6000;
const SETTLE_MS = 500; // a finger that was on its way meant whoever stood there before

const words = Object.assign({}, ...[...document.querySelectorAll("template")].map((t) => t.dataset));
let changedMs = new WeakMap();

export const $ = (id) => document.getElementById(id);
export const toggle = (node, isOn) => node.setAttribute("aria-pressed", String(isOn));

export function named(name) {
  return [words[`${name}Zh`], words[`${name}En`]];
}

export function make(tag, name = "", ...content) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...content);
  return node;
}

export const row = (...content) => make("li", "", ...content);

export function both([chinese, english]) {
  const small = make("small", "", english);
  small.lang = "en";
  return [chinese, " ", small];
}

export function button(pair, act, value = null) {
  const node = make("button", "", ...(pair[1] ? both(pair) : [pair[0]]));
  node.type = "button";
  if (value !== null) node.dataset.value = value;
  node.addEventListener("click", act);
  return node;
}

export function say(node, pair, isGood = false) {
  node.hidden = !pair;
  node.dataset.good = String(isGood);
  node.replaceChildren(...(pair ? both(pair) : []));
}

// Says what was done, and takes it away by itself.
export function tell(said, pair) {
  say(said, pair, true);
  setTimeout(() => said.dataset.good === "true" && say(said, null), SAID_MS);
}

// Answers {status, said}; a gate that cannot be reached is status 0, and nothing is thrown.
export async function post(what, body) {
  try {
    const answer = await fetch(`/staff/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { status: answer.status, said: await answer.json() };
  } catch {
    return { status: 0, said: { words: named("lost") } };
  }
}

// Hands in one act, says in `said` what came of it, and answers what the gate took.
export async function act(what, body, said, done = named("done")) {
  say(said, null);
  const answer = await post(what, body);
  if (answer.status !== 200) return say(said, answer.said.words);
  tell(said, done);
  return answer.said;
}

// Whether what a node is about is another than before; taps on it count again in a moment.
export function changes(node, about) {
  const text = JSON.stringify(about);
  if (node.dataset.drawn === text) return false;
  if (node.dataset.drawn && node.checkVisibility()) changedMs.set(node, performance.now());
  node.dataset.drawn = text;
  return true;
}

// Nodes are made anew only when what they say changed: a finger may be on one, or the focus.
export function fill(node, about, nodes) {
  if (!changes(node, about)) return;
  const { value } = document.activeElement.dataset;
  const hasFocus = node.contains(document.activeElement);
  node.replaceChildren(...nodes());
  if (hasFocus) [...node.querySelectorAll("button")].find((b) => b.dataset.value === value)?.focus();
}

function settle(event) {
  const list = event.target.closest("[data-drawn]"); // a key that is pressed has no way to go
  if (!event.detail || !(performance.now() - changedMs.get(list) < SETTLE_MS)) return;
  event.stopPropagation();
  event.preventDefault();
}

document.addEventListener("click", settle, true);
document.addEventListener("panel", () => {
  changedMs = new WeakMap(); // whoever opens a panel sees it as it is
});
