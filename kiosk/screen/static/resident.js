// The resident's page: draws the view that the server sent last, whole, and nothing else.

import { follow } from "./stream.js";
import { Preview } from "./preview.js";
import { hush, sound } from "./voice.js";

const BIG_MS = 120_000; // large print goes back for the next person
const $ = (id) => document.getElementById(id);
const body = document.body;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const MM_PER_M = 13.26; // a hanzi of this size spans 0.7 degrees from a metre, as a capital H does
const preview = new Preview($("preview"), (sees) => body.classList.toggle("sees", sees));

let shown = "";
let isLost = true; // nothing sounds for a page that was on before we came back
let bigTimer = 0;

function draw(view) {
  drawView(view);
  isLost = false;
}

function drawView(view) {
  document.dispatchEvent(new CustomEvent("view", { detail: view }));
  $("gate").textContent = view.gate;
  $("clock").textContent = view.time;
  drawHelp(view.help);
  const face = JSON.stringify([view.show, view.page, view.zh, view.en, view.strip]);
  if (face === shown) return;
  shown = face;
  body.showNo = view.show; // no attribute: bystanders' pages are the same to the letter
  Object.assign(body.dataset, { page: view.page });
  Object.assign(body.dataset, { tone: view.tone, shape: view.shape, hint: view.hint });
  say(view.zh, view.en);
  drawStrip(view.strip);
  drawBar(view);
  preview.want(view.preview);
  hush();
  if (!isLost) sound(view);
}

// Chinese is broken after its commas first; a clause that is longer than a row is balanced.
function clauses(text) {
  return text.split(/(?<=[，。])|(?=（)/u).map((part) => {
    const span = document.createElement("span");
    span.textContent = part;
    return span;
  });
}

function say(zh, en) {
  const title = $("title"), parts = clauses(zh.title);
  title.replaceChildren(...parts);
  title.classList.toggle("rows", parts.length > 1);
  title.style.setProperty("--len", Math.max(...parts.map((part) => part.textContent.length)));
  $("line").replaceChildren(...clauses(zh.line));
  $("english").firstElementChild.textContent = en.title;
  $("english").lastElementChild.textContent = en.line;
}

function drawStrip(strip) {
  $("strip").hidden = !strip;
  $("strip").firstElementChild.textContent = strip ? strip.zh : "";
  $("strip").lastElementChild.textContent = strip ? strip.en : "";
}

function drawHelp(help) {
  $("help").hidden = !help;
  $("ask").hidden = Boolean(help);
  if (!help) return;
  $("help").classList.toggle("called", help.is_called);
  const [zh, en] = [$("help").querySelector("b"), $("help").querySelector("span")];
  if (zh.textContent !== help.zh) zh.textContent = help.zh;
  en.textContent = help.en;
}

function drawBar(view) {
  const bar = $("bar").firstElementChild;
  for (const running of bar.getAnimations()) running.cancel();
  const isTimed = Boolean(view.total_s) && !still.matches;
  body.classList.toggle("timed", isTimed);
  if (!isTimed) return;
  const steps = [{ transform: `scaleX(${view.left_s / view.total_s})` }, { transform: "scaleX(0)" }];
  bar.animate(steps, { duration: view.left_s * 1000, fill: "forwards" });
}

function drawLost() {
  const words = $("lost").dataset;
  isLost = true;
  drawView({
    gate: $("gate").textContent,
    time: "",
    show: -1,
    page: "lost",
    tone: "busy",
    shape: "dots",
    hint: "",
    zh: { title: words.zhTitle, line: words.zhLine },
    en: { title: words.enTitle, line: words.enLine },
    strip: null,
    help: null,
    preview: false,
    sound: "",
  });
}

function setBig(isBig) {
  body.classList.toggle("big", isBig);
  $("big").setAttribute("aria-pressed", String(isBig));
  clearTimeout(bigTimer);
  if (isBig) bigTimer = setTimeout(() => setBig(false), BIG_MS);
}

async function askHelp() {
  const isTaken = await fetch("/help", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  }).then((answer) => answer.ok, () => false);
  if (!isTaken) drawHelp(null); // the next view brings the button back
}

function measure() {
  const { inches, distanceM } = body.dataset;
  const pxPerMm = Math.hypot(innerWidth, innerHeight) / (inches * 25.4);
  body.style.setProperty("--far", `${MM_PER_M * distanceM * pxPerMm}px`);
}

$("help").addEventListener("click", askHelp);
addEventListener("resize", measure);
measure();
$("big").addEventListener("click", () => setBig(!body.classList.contains("big")));
follow("/events", draw, drawLost);
