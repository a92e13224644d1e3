// The staff page: health, the case at the gate, the last five, what is wrong and what to do.
// Whatever came from outside (a name on a card, an error text) is text and never markup.

import { drawDesk } from "./pad.js";
import { follow } from "./stream.js";
import { drawFinder } from "./finder.js";
import { drawActs } from "./acts.js";
import { drawForms } from "./forms.js";
import { drawMatters } from "./matters.js";
import { drawDuty } from "./duty.js";
import { drawOne } from "./one_panel.js";
import { $, make, named } from "./send.js";

let drawn = "";

function both(tag, name, pair) {
  const english = make("small", "", pair[1]);
  english.lang = "en";
  return make(tag, name, make("span", "zh", pair[0]), pair[0] === pair[1] ? "" : english);
}

function draw(view) {
  $("lost").hidden = !view.is_lost;
  document.body.classList.toggle("lost", Boolean(view.is_lost));
  const text = JSON.stringify(view);
  if (view.is_lost || text === drawn) return;
  drawn = text;
  $("gate").textContent = view.gate;
  $("clock").textContent = view.time;
  if (drawOne(view)) return drawDesk(view);
  $("chips").replaceChildren(...view.chips.map(chip));
  drawNow(view.now);
  drawForms(view);
  drawMatters(view);
  drawDuty(view);
  drawFinder(view);
  drawActs(view);
  drawDesk(view);
  drawHolder(view.display);
  $("before").hidden = !view.before;
  $("open").replaceChildren(...(view.before ? person(view.before) : []));
  $("recent").replaceChildren(...view.recent.map(row));
  $("nobody").hidden = view.recent.length > 0;
  $("troubles").hidden = view.faults.length === 0;
  $("faults").replaceChildren(...view.faults.map(fault));
}

function chip({ part, level, name, words: state }) {
  const english = make("small", "", name[1], make("span", "state", `: ${state[1]}`));
  english.lang = "en";
  const words = make("p", "", make("b", "", name[0]), make("span", "state", state[0]), english);
  const node = make("li", level, make("i", "sign"), words);
  node.dataset.part = part;
  return node;
}

function drawNow(now) {
  $("now").dataset.tone = now.tone;
  $("headline").dataset.shape = now.shape;
  $("headline").lastElementChild.replaceChildren(...both("span", "", now.headline).childNodes);
  $("case").replaceChildren(...(now.case ? person(now.case) : []));
}

function drawHolder(display) {
  $("holder").hidden = !display;
  if (!display) return $("holder").replaceChildren();
  const photo = display.photo ? [Object.assign(make("img"), { alt: "", src: display.photo })] : [];
  return $("holder").replaceChildren(...photo, make("b", "", display.name));
}

function person(found) {
  const who = make("p", "who", make("b", "", found.label || named("none")[0]));
  who.append(both("span", "way", found.direction), make("time", "", found.time));
  for (const reading of found.readings) who.append(both("span", "reading", reading));
  const nodes = [who];
  if (found.reason) {
    nodes.push(
      both("p", `reason ${found.level}`, found.reason),
      ...(found.earlier ? [both("p", "earlier", found.earlier)] : []),
      ...(found.when ? [both("p", "earlier", found.when)] : []),
      advice("next", named("advice"), found.next),
      advice("say", named("say"), found.say),
    );
  }
  return nodes;
}

function advice(name, title, text) {
  return make("div", `advice ${name}`, both("h3", "", title), both("p", "", text));
}

function row(entry) {
  const temperature = entry.temperature ? `${entry.temperature} ℃` : "";
  const node = make(
    "li",
    entry.level,
    make("i", "sign"),
    make("time", "", entry.time),
    make("b", entry.label ? "" : "none", entry.label || named("none")[0]),
    both("span", "way", entry.direction),
    both("span", "why", entry.words),
    make("span", "reading", temperature),
  );
  node.dataset.seq = entry.seq;
  return node;
}

function fault(found) {
  const line = make("div", "", both("p", "line", found.line));
  if (found.detail) line.append(make("code", "", found.detail));
  const age = both("p", "age", found.age);
  const node = make("li", found.level, make("i", "sign"), line, both("p", "way-back", found.way_back), age);
  node.dataset.fault = found.fault;
  return node;
}

follow("/staff/events", draw, () => draw({ is_lost: true }));
