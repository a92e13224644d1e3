// Fevers and incidents: since when, who knows, who answered, whom to call. The clocks run here.

import { $, both, button, fill, make, named, post, say } from "./send.js";

const DOUBT_S = 95; // the wall clocks of gate and page agree, or the gate's minutes count
let view = { list: [], levels: [] };
let drawn = "";
let shown = "";

function age(one) {
  const seconds = (Date.now() - one.opened_ms) / 1000;
  const told = one.age_mins * 60;
  return seconds >= told - 5 && seconds < told + DOUBT_S ? seconds : told + ((performance.now() - one.drawn) / 1000);
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
  return [...(whole < 3600 ? [] : [Math.floor(whole / 3600)]), ...parts].join(":");
}

function key(one, act) {
  const node = button(named(act), async () => {
    say($("matter-answer"), null);
    const { status, said } = await post("matter", { seq: one.seq, act });
    if (status !== 200) say($("matter-answer"), said.words);
  });
  node.className = act;
  return node;
}

function item(one, hasStaff) {
  const time = make("time", "age");
  time.setAttribute("role", "timer");
  time.setAttribute("aria-live", "off");
  const [chinese, english] = one.what;
  const who = [one.since, one.label].filter(Boolean).join(" ");
  const what = make("p", "what", make("b", "", chinese), ` ${who} `, both(["", english])[2]);
  for (const more of [one.why, one.calls, one.withdrawn]) if (more) what.append(make("span", "more", ...both(more)), " ");
  const said = make("p", "state", make("i", "sign"), make("span", "", ...both(one.said)));
  const acts = make("div", "acts");
  if (hasStaff && one.state !== "answered") acts.append(key(one, "again"));
  if (hasStaff && one.may_withdraw) acts.append(key(one, "withdrawn"));
  const node = make("li", one.state, time, what, said, acts);
  node.dataset.seq = one.seq;
  return node;
}

export function drawMatters(all) {
  const text = JSON.stringify([all.matters, Boolean(all.staff)]);
  if (text !== drawn) {
    drawn = text;
    redraw(all.matters, Boolean(all.staff));
  }
  tick();
}

function redraw(next, hasStaff) {
  view = next;
  shown = "";
  $("matters").hidden = !view.list.length && !view.owed;
  for (const one of view.list) one.drawn = performance.now();
  $("matter-owed").hidden = !view.owed;
  const told = view.list.map((one) => ({ ...one, age_mins: 0, drawn: 0 })); // a key outlives its age
  fill($("matter-list"), [told, hasStaff], () => view.list.map((one) => item(one, hasStaff)));
  $("matter-call").hidden = !view.waiting;
  $("matter-say").hidden = !view.phrases.length;
  $("matter-phrases").replaceChildren(...view.phrases.map((pair) => make("li", "", ...both(pair))));
}

function call(seconds) {
  const due = view.levels.filter((level) => level.after_s <= seconds);
  const now = due.at(-1) ?? view.levels[0];
  const next = view.levels.find((level) => level.after_s > seconds && level !== now);
  const phone = now?.phone || view.phone;
  if (shown !== JSON.stringify([now, next])) {
    shown = JSON.stringify([now, next]);
    $("matter-who").textContent = now ? [now.name, now.role].filter(Boolean).join(" ") : "";
    $("matter-phone").textContent = phone;
    $("matter-phone").href = `tel:${phone.replace(/[^0-9+]/g, "")}`;
    $("matter-no-phone").hidden = Boolean(phone);
    $("matter-call-now").parentNode.hidden = !phone;
    $("matter-next").hidden = !next;
    $("matter-next").children[1].textContent = next?.name ?? "";
    $("matter-next").children[2].textContent = next?.phone ?? "";
  }
  if (next) $("matter-next").lastElementChild.textContent = clock(next.after_s - seconds);
}

function tick() {
  view.list.forEach((one, place) => {
    const time = $("matter-list").children[place]?.firstElementChild;
    if (time) time.textContent = clock(age(one));
  });
  const waiting = view.list.filter((one) => one.state !== "answered");
  if (view.waiting) call(waiting.length ? Math.max(...waiting.map(age)) : 0);
}

setInterval(tick, 1000);
