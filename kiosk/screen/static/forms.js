// What staff write down, step by step on a sheet over the page. A draft lives two minutes in
// this page's memory, through lost gates and new views; kept or over, nothing of it is left.

import { $, both, button, fill, make, named, post, say, toggle } from "./send.js";
import { keysFor } from "./touch.js";

const DRAFT_MS = 120_000;
const CHECK_MS = 250; // after the last key
const KEPT_MS = 6000;
const FIELDS = "input[data-keys]";

const sheet = $("sheet");
const forms = [...document.querySelectorAll("form.form")];
const secrets = new Map(); // a field that is shown masked -> what was typed
const due = new Map(); // a form or a field -> when its draft ends, or its check is asked
let now = null; // the form that is open
let view = null;
let keptAfter = null; // the entry before that of the card that is waited for
let closing = 0;

const typedIn = (input) => secrets.get(input) ?? input.value;
const steps = () => [...now.querySelectorAll(".step")];
const place = () => Number(now.dataset.step);
const fields = () => [...steps()[place()].querySelectorAll(FIELDS)];

function later(what, act, ms) {
  clearTimeout(due.get(what));
  due.set(what, setTimeout(act, ms));
}

function whole(text) {
  const typed = text?.trim() || null;
  return /^[0-9]{1,7}$/.test(typed) ? Number(typed) : typed;
}

function values(form) {
  const told = { key: (form.dataset.key ||= crypto.randomUUID()) }; // sent twice it counts once
  for (const input of form.querySelectorAll("[name]")) {
    const text = typedIn(input);
    if (input.type === "checkbox") told[input.name] = input.checked;
    else told[input.name] = input.dataset.type ? whole(text) : text;
  }
  for (const { dataset } of form.querySelectorAll(".choices[data-name]")) {
    const chosen = dataset.chosen || (dataset.unset ?? null);
    told[dataset.name] = dataset.type ? whole(chosen) : chosen;
  }
  return told;
}

function forget(form) {
  clearTimeout(due.get(form));
  form.dataset.key = "";
  form.reset();
  form.dataset.step = "0";
  for (const input of form.querySelectorAll(FIELDS)) unmask(input);
  for (const mark of form.querySelectorAll(".mark")) mark.replaceChildren();
  for (const group of form.querySelectorAll(".choices")) choose(group, group.dataset.first ?? "");
  tell(form, null);
}

function keepDraft(form) {
  form.dataset.key = ""; // it says something else now
  later(form, () => forget(form) || (now === form && step(0)), DRAFT_MS);
}

function tell(form, pair, isQuestion = false) {
  say(form.querySelector(".said"), pair);
  form.querySelector(".question").hidden = !isQuestion;
}

function doing(pair, isShown = true) {
  $("sheet-next").hidden = !isShown;
  $("sheet-next").replaceChildren(...both(pair));
}

function step(to) {
  const all = steps();
  now.dataset.step = to;
  all.forEach((node, n) => {
    node.hidden = n !== to;
  });
  const { doZh, doEn, titleZh, titleEn, atOnce } = now.dataset;
  $("sheet-title").replaceChildren(all.length > 1 ? `${to + 1}/${all.length} ` : "", ...both([titleZh, titleEn]));
  const isLast = to === all.length - 1;
  doing(isLast ? [doZh, doEn] : named("next"), !isLast || !atOnce);
  const first = all[to].querySelector(`${FIELDS}, .choices button`) ?? $("sheet-back");
  if (!first.matches(FIELDS)) keysFor(null);
  first.focus();
}

// From a field to the one below; from the last one to the next step, or into the gate.
function after(field) {
  const below = fields()[fields().indexOf(field) + 1];
  return below ? below.focus() : onward();
}

function onward() {
  if (!now) return shut();
  return place() < steps().length - 1 ? step(place() + 1) : now.requestSubmit();
}

function only(shown) {
  for (const node of $("sheet-body").children) node.hidden = node !== shown;
  clearTimeout(closing);
}

export function openForm(name) {
  now = $(name);
  only(now);
  if (!sheet.open) sheet.showModal();
  step(Number(now.dataset.step ?? 0));
}

function shut() {
  if (sheet.open) sheet.close();
}

// Says that it is kept, and which card is lent once one was shown.
export function showKept(pair, isCard = false) {
  only($("kept"));
  keysFor(null);
  now = null;
  keptAfter = isCard ? (view.card?.seq ?? 0) : null;
  $("kept-words").replaceChildren(...both(pair));
  $("kept-card").textContent = "";
  doing(named("close"));
  $("sheet-next").focus();
  if (!isCard) closing = setTimeout(shut, KEPT_MS);
}

function drawCard() {
  if (keptAfter === null || !(view.card?.seq > keptAfter)) return;
  keptAfter = null;
  $("kept-card").textContent = view.card.no;
  $("kept-words").replaceChildren(...both(named("cardOut")));
  closing = setTimeout(shut, KEPT_MS);
}

// Asks of a field whether it is right; one that is still typed in is told nothing too early.
function check(input, isLeft) {
  const text = typedIn(input);
  const ask = async () => {
    const said = text.trim() && (await post("check", { field: input.dataset.check, text })).said;
    if (text === typedIn(input)) judge(input, said || {}, isLeft);
  };
  later(input, ask, isLeft ? 0 : CHECK_MS);
}

function judge(input, { is_right: isRight, is_early: isEarly, text, words }, isLeft) {
  const mark = $(`${input.id}-mark`);
  const isWrong = isRight === false && (isLeft || !isEarly);
  mark.dataset.good = String(isRight);
  mark.replaceChildren(...(isRight ? both(named("right")) : isWrong ? both(words) : []));
  flag(input, isWrong);
  if (isRight && input.dataset.secret) mask(input, text);
  else if (isRight && isLeft) input.value = text;
}

const flag = (input, isWrong) => input.setAttribute("aria-invalid", String(isWrong));

function mask(input, text) {
  secrets.set(input, text);
  input.value = `${text[0]}${"*".repeat(text.length - 5)}${text.slice(-4)}`;
  input.dataset.masked = "true";
}

function unmask(input) {
  secrets.delete(input);
  delete input.dataset.masked;
  flag(input, false);
}

async function send(form, isSure) {
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  tell(form, null);
  const told = values(form);
  const { status, said } = await post(form.dataset.post, isSure ? { ...told, is_sure: true } : told);
  delete form.dataset.sending;
  if (status === 200) {
    const { kept } = form.dataset;
    forget(form);
    if (now === form) showKept(named(kept ?? "done"), Boolean(kept));
    return;
  }
  const field = $(`${form.id}-${said.field}`);
  if (field && now === form) {
    step(steps().findIndex((node) => node.contains(field)));
    field.focus();
    flag(field, true);
  }
  tell(form, said.words, said.is_question);
  if (said.is_question) form.querySelector(".yes").focus();
}

function choose(group, value) {
  group.dataset.chosen = value;
  for (const node of group.children) {
    toggle(node, node.dataset.value === value);
  }
}

function chosen(node) {
  const { parentElement: group, dataset } = node;
  choose(group, dataset.value);
  keepDraft(now);
  if (now.dataset.atOnce) return send(now, false);
  if (!group.dataset.fills) return fields().find((input) => !input.value)?.focus();
  const filled = $(group.dataset.fills);
  filled.value = dataset.value;
  return check(filled, true);
}

const choice = (value, pair) => button(pair, (event) => chosen(event.currentTarget), value);

const namedCase = ({ scan_id: scan, time, label, words: [chinese, english] }) => [
  scan,
  [`${time} ${label} ${chinese}`, english],
];

function drawChoices(group, [options, none]) {
  fill(group, options, () => {
    const nodes = options.map((option) => choice(...option));
    if (group.dataset.none) return [choice("", named("noOne")), ...nodes];
    return nodes.length ? nodes : [make("p", "", ...both(none))];
  });
  const isThere = options.some(([value]) => value === group.dataset.chosen);
  choose(group, isThere ? group.dataset.chosen : "");
}

export function drawForms(next) {
  view = next;
  $("visitors").hidden = !view.has_desk || !view.staff;
  $("now-card").hidden = !view.waiting_form;
  if ($("visitors").hidden) shut();
  $("sheet-now").textContent = view.now.headline[0];
  $("sheet-now").dataset.tone = view.now.tone;
  const sources = {
    people: [view.people.map(namedCase)],
    regulars: [view.regulars.map((n) => [`${n}`, [`${n}`, ""]]), named("noRegular")],
    days: [view.days],
    seats: [[..."123456789"].map((n) => [n, [n, ""]])],
  };
  for (const group of document.querySelectorAll(".choices[data-source]")) {
    drawChoices(group, sources[group.dataset.source]);
  }
  drawCard();
}

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, false);
  });
  form.querySelector(".yes").addEventListener("click", () => send(form, true));
  form.querySelector(".no").addEventListener("click", () => tell(form, null));
  for (const node of form.querySelectorAll(".choices > button")) node.onclick = () => chosen(node);
  forget(form);
}
const on = (kind, act) => sheet.addEventListener(kind, act);
on("focusin", ({ target }) => target.matches(FIELDS) && keysFor(target, after));
on("focusout", ({ target }) => target.dataset.check && check(target, true));
on("beforeinput", ({ target }) => {
  if (target.dataset.masked) target.value = ""; // what is hidden is not mended but typed anew
});
on("input", ({ target }) => {
  unmask(target);
  if (now !== $("finder")) keepDraft(now);
  if (target.dataset.check) check(target, false);
});
on("keydown", (event) => {
  event.stopPropagation(); // nothing that is typed here is a temperature
  if (event.key !== "Enter" || event.isComposing || !event.target.matches(FIELDS)) return;
  event.preventDefault();
  after(event.target);
});
on("close", () => {
  clearTimeout(closing);
  keptAfter = null;
  keysFor(null);
});
$("sheet-back").addEventListener("click", () => (now && place() > 0 ? step(place() - 1) : shut()));
$("sheet-next").addEventListener("click", onward);
for (const node of $("which").children) node.onclick = () => openForm(node.dataset.form);
document.body.append(sheet); // whatever panel the buttons stand in
