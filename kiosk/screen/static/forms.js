// What staff write down at the gate. A form keeps its draft until the gate says that it is
// kept, and nothing after; new views never touch what was typed or chosen.

import { both, named, post, say } from "./send.js";

const $ = (id) => document.getElementById(id);
const forms = [...document.querySelectorAll("form.form")];
const SAID_MS = 6000;

function values(form) {
  const told = {};
  for (const input of form.querySelectorAll("[name]")) {
    if (input.dataset.skip) continue;
    if (input.type === "checkbox") told[input.name] = input.checked;
    else if (input.dataset.type === "int") told[input.name] = whole(input.value);
    else told[input.name] = input.value;
  }
  for (const group of form.querySelectorAll(".choices")) {
    const chosen = group.dataset.chosen || null;
    const isNumber = group.dataset.source === "regulars";
    told[group.dataset.name] = isNumber && chosen ? Number(chosen) : chosen;
  }
  return told;
}

function whole(text) {
  const typed = text.trim();
  return /^[0-9]{1,7}$/.test(typed) ? Number(typed) : typed || null;
}

function forget(form) {
  form.reset();
  for (const group of form.querySelectorAll(".choices")) choose(group, "");
}

function choose(group, value) {
  group.dataset.chosen = value;
  for (const node of group.children) {
    node.setAttribute("aria-pressed", String(node.dataset.value === value));
  }
}

async function send(form, isSure) {
  const said = form.querySelector(".said");
  const question = form.querySelector(".question");
  const save = form.querySelector(".save");
  if (save.disabled) return;
  save.disabled = true;
  say(said, null);
  question.hidden = true;
  const told = values(form);
  const answer = await post(form.dataset.post, isSure ? { ...told, is_sure: true } : told);
  save.disabled = false;
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  if (answer.status === 200) {
    forget(form);
    const done = named(form.dataset.kept ?? "done");
    say(said, done, true);
    setTimeout(() => said.dataset.good === "true" && say(said, null), SAID_MS);
    return;
  }
  say(said, answer.said.words ?? named("lost"));
  const field = $(`${form.id}-${answer.said.field}`);
  field?.setAttribute("aria-invalid", "true");
  question.hidden = !answer.said.is_question;
  if (answer.said.is_question) question.querySelector(".yes").focus();
  else field?.focus();
}

function open(name) {
  for (const form of forms) form.hidden = form.id !== name;
  for (const node of $("which").children) {
    node.setAttribute("aria-pressed", String(node.dataset.form === name));
  }
}

function choice(value, pair) {
  const node = document.createElement("button");
  node.type = "button";
  node.dataset.value = value;
  node.append(...both(pair));
  node.addEventListener("click", () => {
    const group = node.parentElement;
    choose(group, value);
    if (group.dataset.source === "regulars") send(group.closest("form"), false); // two taps
  });
  return node;
}

function namedCase(found) {
  const who = `${found.time} ${found.label}`.trim();
  return [found.scan_id, [`${who} ${found.words[0]}`, found.words[1]]];
}

function drawChoices(group, options, none) {
  const text = JSON.stringify([options, none]);
  if (group.dataset.drawn === text) return;
  group.dataset.drawn = text;
  const nodes = options.map(([value, pair]) => choice(value, pair));
  if (group.dataset.none) nodes.unshift(choice("", named("noOne")));
  else if (!nodes.length) {
    const empty = document.createElement("p");
    empty.append(...both(none));
    nodes.push(empty);
  }
  group.replaceChildren(...nodes);
  const isThere = options.some(([value]) => value === group.dataset.chosen);
  choose(group, isThere ? group.dataset.chosen : "");
}

export function drawForms(view) {
  $("visitors").hidden = !view.has_desk || !view.staff;
  $("now-card").hidden = !view.waiting_form;
  const sources = {
    cases: [view.cases.map(namedCase), named("noCase")],
    people: [view.people.map(namedCase), named("noOne")],
    regulars: [view.regulars.map((n) => [String(n), [String(n), ""]]), named("noRegular")],
  };
  for (const group of document.querySelectorAll(".choices")) {
    drawChoices(group, ...sources[group.dataset.source]);
  }
  $("returnee-arrived").max = view.today;
}

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, false);
  });
  form.querySelector(".yes").addEventListener("click", () => send(form, true));
  form.querySelector(".no").addEventListener("click", () => {
    form.querySelector(".question").hidden = true;
    say(form.querySelector(".said"), null);
  });
}
for (const node of $("which").children) {
  node.addEventListener("click", () => open(node.dataset.form));
}
for (const picker of document.querySelectorAll("select[data-fills]")) {
  picker.addEventListener("change", () => {
    $(picker.dataset.fills).value = picker.value;
  });
}
open("visitor");
