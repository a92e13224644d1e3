// A first visit in five short steps; skipped for good once it was seen.

const SEEN = "kiosk-demo-tour";
const STEPS = [
  ["play", "先选一个人", "选谁来、带什么证、体温多少。人是编的，部件是真的。", "Choose who comes, with what pass, how warm. The people are made up; the parts are real."],
  ["stage", "走到门口", "按「走到门口」，看他出示、量温、进门。道闸只听真的继电器。", "Press “Come to the gate” and watch. The barrier obeys the real relay only."],
  ["thermometer", "两样感官", "摄像头只读码，测温仪每秒十个数，字节都在这里。", "The camera reads codes; the thermometer speaks ten times a second, byte by byte."],
  ["decision", "每个决定都有理由", "规则一条条问过，写进登记本，然后才开门。", "Rule by rule, written into the journal, and only then does the gate open."],
  ["world", "弄坏点什么", "拔线、断网、断电，看门岗怎么说、怎么恢复。", "Pull a plug, cut the network or the power: see what the gate says, and how it comes back."],
];
const $ = (id) => document.getElementById(id);
let at = 0;

export function startTour() {
  $("tour-open").addEventListener("click", () => show(0));
  $("tour-skip").addEventListener("click", end);
  $("tour-next").addEventListener("click", () => (at + 1 < STEPS.length ? show(at + 1) : end()));
  $("tour").addEventListener("keydown", (event) => event.key === "Escape" && end());
  if (!localStorage.getItem(SEEN)) show(0);
}

function show(step) {
  at = step;
  const [id, title, text, english] = STEPS[at];
  for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  $(id).classList.add("lit");
  $(id).scrollIntoView({ block: "nearest" });
  $("tour").hidden = false;
  $("tour-count").textContent = `${at + 1} / ${STEPS.length}`;
  $("tour-title").textContent = title;
  $("tour-text").textContent = text;
  $("tour-english").textContent = english;
  const isLast = at + 1 === STEPS.length;
  $("tour-next").firstChild.textContent = isLast ? "开始 " : "下一步 ";
  $("tour-next").lastElementChild.textContent = isLast ? "Begin" : "Next";
  $("tour-title").focus({ preventScroll: true });
}

function end() {
  localStorage.setItem(SEEN, "1");
  $("tour").hidden = true;
  for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  $("come").focus({ preventScroll: true });
}
