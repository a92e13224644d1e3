// The tiles: each is drawn again only when its own part of the view has changed.

const $ = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const SHAPES = {
  frame: '<svg viewBox="0 0 100 100"><path class="edge" d="M14 34V14H34M66 14H86V34M86 66V86H66M34 86H14V66"/><rect class="fill" x="30" y="36" width="40" height="28" rx="4"/></svg>',
  dots: '<svg viewBox="0 0 100 100"><circle class="fill" cx="20" cy="50" r="10"/><circle class="fill" cx="50" cy="50" r="10"/><circle class="fill" cx="80" cy="50" r="10"/></svg>',
  circle: '<svg viewBox="0 0 100 100"><circle class="fill" cx="50" cy="50" r="46"/><path class="mark" d="M27 52L44 69L74 34"/></svg>',
  triangle: '<svg viewBox="0 0 100 100"><path class="fill" d="M50 10L95 88H5Z"/><path class="mark" d="M50 40V62M50 74V75"/></svg>',
  square: '<svg viewBox="0 0 100 100"><rect class="fill" x="6" y="6" width="88" height="88" rx="13"/><path class="mark" d="M50 46V74M50 27V28"/></svg>',
};
const CROSS = '<svg viewBox="0 0 100 100"><rect class="fill" x="6" y="6" width="88" height="88" rx="13"/><path class="mark" d="M32 32L68 68M68 32L32 68"/></svg>';
const DECIDED = { granted: SHAPES.circle, referred: SHAPES.triangle, denied: CROSS };

export function element(tag, text, name = "", lang = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  if (lang) made.lang = lang;
  return made;
}

/** A line of Chinese with its English behind it. */
export function pair([zh, en], tag = "p", name = "") {
  const made = element(tag, `${zh} `, name);
  made.append(element("span", en, "en", "en"));
  return made;
}

function dead(tile, words) {
  const note = tile.querySelector(".dead");
  tile.classList.toggle("is-dead", Boolean(words));
  note.hidden = !words;
  if (words) note.replaceChildren(pair(words, "span"));
}

function drawSaid(play) {
  const [zh, en] = play.said;
  const who = play.name ? `${play.name}（${play.door[0]}）：` : play.is_somebody ? "另一个人：" : "";
  $("said").firstElementChild.textContent = who + zh;
  $("said").lastElementChild.textContent = en;
}

function drawScreen(screen) {
  dead($("screen"), screen.is_alive ? null : screen.said);
  const text = screen.outage_s === null ? "" : `断电后 ${screen.outage_s} 秒回来 back after ${screen.outage_s} s`;
  $("outage").textContent = screen.is_alive ? text : "";
  if (!screen.is_alive) return;
  const [mini, view] = [$("mini"), screen.view];
  Object.assign(mini.dataset, { tone: view.tone, shape: view.shape });
  const [gate, clock] = mini.querySelector(".head").children;
  [gate.textContent, clock.textContent] = [view.gate, view.time];
  mini.querySelector(".sign").innerHTML = SHAPES[view.shape] ?? "";
  const title = mini.querySelector(".title");
  title.textContent = view.zh.title;
  title.style.setProperty("--len", view.zh.title.length);
  mini.querySelector(".line").textContent = view.zh.line;
  mini.querySelector(".english").textContent = view.en.title;
  drawBar(mini.querySelector(".bar"), view);
}

function drawBar(bar, view) {
  for (const running of bar.getAnimations()) running.cancel();
  bar.hidden = !view.total_s || still.matches;
  if (bar.hidden) return;
  const steps = [{ transform: `scaleX(${view.left_s / view.total_s})` }, { transform: "scaleX(0)" }];
  bar.animate(steps, { duration: view.left_s * 1000, fill: "forwards" });
}

function drawThermometer(seen) {
  dead($("thermometer"), seen.said);
  const points = seen.curve.map(([s, c]) => (c === null ? null : [24 + (s + 12) * 22.6, 182.5 - Math.min(Math.max(c, 14), 43) * 4.0625]));
  let path = "";
  points.forEach((point, i) => {
    if (point) path += `${points[i - 1] ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
  });
  $("line").setAttribute("d", path);
  const last = points.at(-1) ?? [-9, 0];
  $("dot").setAttribute("cx", seen.said ? -9 : last[0]);
  $("dot").setAttribute("cy", last[1]);
  $("object").textContent = seen.object_c === null ? "–" : `${seen.object_c.toFixed(2)} °C`;
  $("ambient").textContent = seen.ambient_c === null ? "–" : `${seen.ambient_c.toFixed(2)} °C`;
  const isPacket = seen.object_c !== null;
  const kinds = "hhhhooaas";
  const bytes = seen.bytes.split(" ").map((byte, i) => element("span", byte.toUpperCase(), isPacket ? kinds[i] : "x"));
  $("bytes").replaceChildren(...bytes);
}

function drawDecision(told) {
  const box = $("verdict");
  if (!told) return box.replaceChildren(pair(["还没有人来过。", "Nobody has come yet."]));
  const top = element("p", "", `top ${told.decision}`);
  top.innerHTML = DECIDED[told.decision] ?? "";
  top.append(pair(told.words, "b"), element("small", `第 ${told.seq} 条 · ${told.time}`));
  const spoke = told.rules.filter((rule) => !rule.rule.endsWith(":-"));
  const quiet = told.rules.filter((rule) => rule.rule.endsWith(":-"));
  const rows = [top, ...readings(told.readings)];
  for (const part of ["reason", "next", "say"]) if (told[part]) rows.push(pair(told[part], "p", part));
  const list = element("ul", "");
  list.append(...spoke.map(ruleLine));
  const more = element("details", "");
  more.append(pair([`另外 ${quiet.length} 条规则没有意见`, `${quiet.length} other rules had nothing to say`], "summary"), element("ul", ""));
  more.lastChild.append(...quiet.map(ruleLine));
  more.open = box.querySelector("details")?.open ?? false;
  return box.replaceChildren(...rows, list, more);
}

function readings(list) {
  return list
    .filter((reading) => reading.estimate_c !== null)
    .map((reading) => pair([`${reading.estimate_c.toFixed(1)} °C，${reading.how[0]}`, reading.how[1]], "p", "reading"));
}

function ruleLine(rule) {
  const line = element("li", `${rule.zh[0]}：`);
  line.append(element("b", rule.zh[1]), element("span", ` ${rule.en[0]}: ${rule.en[1]}`, "en", "en"));
  return line;
}

function drawJournal(journal) {
  const rows = journal.rows.map((row) => {
    const line = element("li", "", row.decision);
    line.append(element("b", `${row.seq}`), element("time", row.time), pair(row.words, "span", "what"));
    const print = element("code", "");
    print.append(element("i", row.before || "起点 start"), " → ", element("em", row.head));
    line.append(print);
    return line;
  });
  if (!rows.length) rows.push(pair(["还没有登记。", "No entry yet."], "li", "none"));
  $("rows").replaceChildren(...rows);
}

function drawCentral(central) {
  dead($("central"), central.is_up ? null : central.said);
  $("arrived").textContent = central.arrived;
  $("waiting").textContent = central.waiting;
  $("waiting").parentElement.classList.toggle("some", central.waiting > 0);
  const rows = central.rows.map((row) => {
    const which = row.first === row.last ? `${row.first}` : `${row.first}–${row.last}`;
    const lag = row.lag_s ? [`，${row.lag_s} 秒后`, ` after ${row.lag_s} s`] : row.lag_s === 0 ? ["，马上", " at once"] : ["", ""];
    return pair([`第 ${which} 条到了${lag[0]}`, `arrived${lag[1]}`], "li");
  });
  $("batches").replaceChildren(...rows);
}

function drawFaults(faults) {
  const rows = faults.map((fault) => {
    const line = element("li", "");
    line.append(pair(fault.line, "b"), pair(fault.way_back));
    return line;
  });
  $("faults").replaceChildren(...rows);
}

const DRAW = {
  screen: drawScreen,
  thermometer: drawThermometer,
  decision: drawDecision,
  journal: drawJournal,
  central: drawCentral,
  faults: drawFaults,
  play: drawSaid,
  camera: (seen) => dead($("camera"), seen.said),
  gate: (gate) => {
    $("pulses").textContent = gate.pulses;
    $("passed").textContent = gate.passed;
    $("relay").classList.toggle("on", gate.relay === 1);
  },
};
const shown = {};

export function drawTiles(view) {
  for (const [name, draw] of Object.entries(DRAW)) {
    const now = JSON.stringify(view[name]);
    if (now !== shown[name]) {
      shown[name] = now;
      draw(view[name]);
    }
  }
}
