// The demo's page: sends what the visitor wishes, draws what the one event stream tells.

import { portrait } from "./people.js";
import { Scene } from "./scene.js";
import { drawTiles, element, pair } from "./tiles.js";
import { startTour } from "./tour.js";

const GONE_MS = 5000; // two beats that did not come
const PICTURE_MS = 150;
const $ = (id) => document.getElementById(id);
const [play, world] = [$("play"), $("world")];
const setup = await (await fetch("/setup")).json();
const scene = new Scene($("scene"), setup.cast);
const narrow = matchMedia("(max-width: 700px)");
let view = null;
let goneTimer = 0;
let settled = 0; // no view moves a slider that a hand is on

async function post(path, values = {}) {
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(values) });
    const told = await answer.json();
    $("problem").replaceChildren(...(told.problem ? [pair(told.problem, "span")] : []));
    return told;
  } catch {
    setGone(true);
    return {};
  }
}

function wish() {
  const form = new FormData(play);
  return {
    resident: Number(form.get("resident")),
    story: form.get("story"),
    shows: form.get("shows") ?? "card",
    body_c: Number($("body").value),
    is_from_cold: $("from-cold").checked,
  };
}

function wanted() {
  const form = new FormData(world);
  return {
    outdoor_c: Number($("outdoor").value),
    volunteer: form.get("volunteer"),
    camera: form.get("camera"),
    thermometer: form.get("thermometer"),
    is_central_away: form.has("is_central_away"),
  };
}

function sayBody() {
  const celsius = Number($("body").value);
  const isCold = $("from-cold").checked;
  let words = ["正常", "normal", "good"];
  if (isCold) words = ["额头冻凉了，量不准", "too chilled to tell", "cold"];
  else if (celsius < 35.5) words = ["太低，不算数", "too low to count", "cold"];
  else if (celsius >= setup.elevated_c) words = ["偏高", "elevated", "high"];
  else if (celsius >= setup.near_c) words = ["接近，会再量", "near the line: taken again", "near"];
  $("body-says").className = words[2];
  $("body-says").replaceChildren(element("b", `${celsius.toFixed(1)} °C`), pair(words, "span"));
}

function sayOutdoor() {
  const celsius = Number($("outdoor").value);
  const isCold = celsius < setup.cold_outdoors_c;
  const words = isCold ? ["冷天：由人量手腕", "cold: staff measure wrists"] : ["不冷：量额头", "mild: foreheads count"];
  $("outdoor-says").className = isCold ? "cold" : "good";
  $("outdoor-says").replaceChildren(element("b", `${celsius} °C`), pair(words, "span"));
}

/** A live code is drawn anew each time: what is forged or ended is on paper or in a picture. */
function fitHolds() {
  const { story } = Object.fromEntries(new FormData(play));
  const isFixed = story === "lent" || story === "photo" || story === "revoked";
  for (const box of play.querySelectorAll("[name=shows]")) {
    box.disabled = isFixed || (box.value === "live_phone" && !["good", "again"].includes(story));
    if (box.disabled && box.checked && !isFixed) play.querySelector("[value=phone]").checked = true;
  }
}

function drawWorld(now) {
  if (Date.now() < settled) return;
  for (const name of ["volunteer", "camera", "thermometer"]) {
    world.querySelector(`[name=${name}][value=${now[name]}]`).checked = true;
  }
  world.querySelector("[name=is_central_away]").checked = now.is_central_away;
  $("outdoor").value = now.outdoor_c;
  $("pin").hidden = now.volunteer !== "visitor";
  sayOutdoor();
}

function draw(now) {
  setGone(false);
  const isOther = JSON.stringify(now.world) !== JSON.stringify(view?.world);
  view = now;
  scene.draw(now);
  drawTiles(now);
  if (isOther || settled) drawWorld(now.world);
  const { is_busy: isBusy, is_auto: isAuto } = now.play;
  $("come").setAttribute("aria-disabled", String(isBusy || isAuto));
  $("auto").setAttribute("aria-pressed", String(isAuto));
  $("auto").firstElementChild.textContent = isAuto ? "停下" : "自动演示";
  $("auto").lastElementChild.textContent = isAuto ? "Stop" : "Play by itself";
  if (!isBusy && !isAuto) $("problem").replaceChildren();
}

function setGone(isGone) {
  $("gone").hidden = !isGone;
  document.body.classList.toggle("gone", isGone);
  clearTimeout(goneTimer);
  if (!isGone) goneTimer = setTimeout(() => setGone(true), GONE_MS);
}

function follow() {
  const stream = new EventSource("/events");
  stream.onmessage = (event) => draw(JSON.parse(event.data));
  stream.onerror = () => {
    setGone(true);
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 1000);
  };
}

function watchPicture() {
  const picture = $("picture");
  let number = 0;
  const next = () => setTimeout(() => {
    if (document.hidden || !view?.camera.is_live) return next();
    number += 1;
    picture.src = `/picture?${number}`;
    return undefined;
  }, PICTURE_MS);
  picture.addEventListener("load", next);
  picture.addEventListener("error", next);
  next();
}

function fillCast() {
  const boxes = setup.cast.map((one, i) => {
    const label = element("label", "");
    label.innerHTML = `<input type="radio" name="resident" value="${i}">${portrait(one.look)}`;
    label.firstElementChild.checked = i === 0;
    label.append(element("b", one.name), element("small", one.door[0]));
    label.firstElementChild.setAttribute("aria-label", `${one.name} ${one.door.join(" ")}`);
    return label;
  });
  $("cast").replaceChildren(...boxes);
}

function changeWorld() {
  settled = Date.now() + 1500;
  sayOutdoor();
  $("pin").hidden = wanted().volunteer !== "visitor";
  post("/world", wanted());
}

for (const link of document.querySelectorAll("[data-link]")) link.href = setup.links[link.dataset.link];
$("folder").textContent = setup.folder;
$("pin").querySelector("b").textContent = setup.pin;
fillCast();
sayBody();
sayOutdoor();
fitHolds();
play.addEventListener("submit", (event) => {
  event.preventDefault();
  if (narrow.matches) $("stage").scrollIntoView();
  post("/come", wish());
});
play.addEventListener("input", () => {
  sayBody();
  fitHolds();
});
world.addEventListener("submit", (event) => event.preventDefault());
world.addEventListener("change", changeWorld);
$("outdoor").addEventListener("input", sayOutdoor);
$("auto").addEventListener("click", () => post("/auto", { is_on: !view?.play.is_auto }));
$("power").addEventListener("click", () => post("/power"));
$("edit").addEventListener("click", async () => {
  const told = await post("/edit");
  $("edited").replaceChildren();
  if (told.said) $("edited").append(pair(told.said, "span"), element("code", `kiosk entries verify: ${told.verify}`));
});
follow();
watchPicture();
startTour();
document.body.classList.add("ready");
