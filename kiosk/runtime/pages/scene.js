// The street: a drawing that is moved by what the camera, the thermometer and the relay did.

import { figure, head, STRANGER } from "./people.js";

const PLACES = { away: -90, coming: 286, camera: 362, back: 400, thermometer: 468, staff: 548, through: 1060, aside: 218 };
const TONES = { idle: "#f6f3ea", busy: "#a9d0f5", pass: "#69e0a3", wait: "#ffc400", info: "#2a63b4" };
const windows = [];
for (const [x, y, columns, rows] of [[700, 92, 4, 6], [846, 52, 4, 7]]) {
  for (let i = 0; i < columns * rows; i += 1) {
    const lit = (i * 7 + x) % 5 < 3 ? "glow" : "";
    windows.push(`<rect class="pane ${lit}" x="${x + 12 + (i % columns) * 27}" y="${y + 16 + Math.floor(i / columns) * 34}" width="15" height="19" rx="1"/>`);
  }
}
const flakes = Array.from({ length: 46 }, (_, i) => `<circle cx="${(i * 211) % 970}" cy="${(i * 97) % 340}" r="${1.6 + (i % 3) * 0.8}"/>`).join("");
const DRAWING = `<svg viewBox="0 0 960 400" role="img" aria-label="门口的画 A drawing of the gate">
  <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop class="sky-top" offset="0"/><stop class="sky-low" offset="1"/></linearGradient>
  <linearGradient id="glow" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff3d2"/><stop offset="1" stop-color="#ffe2a6"/></linearGradient></defs>
  <rect width="960" height="400" fill="url(#sky)"/>
  <circle class="sun" cx="126" cy="74" r="26"/>
  <path class="hill" d="M0 250Q120 190 260 236T560 220T960 240V350H0Z"/>
  <g class="block"><rect x="700" y="92" width="124" height="250"/><rect x="846" y="52" width="124" height="290"/><path d="M694 92h136v-9h-136ZM840 52h136v-9h-136Z" class="roof"/></g>${windows.join("")}
  <g class="tree"><path d="M76 342V232M76 270l-30 -34M76 256l28 -38M76 292l34 -28M46 236l-4 -20M104 218l10 -22"/></g>
  <path class="ground" d="M0 338H960V400H0Z"/><path class="path" d="M0 352H960V372H0Z"/>
  <g class="bench"><path d="M180 322h84M188 322v22M256 322v22"/></g>
  <g class="sensor"><path d="M132 344V276"/><rect x="92" y="238" width="80" height="40" rx="8"/><text id="street-c" x="132" y="265">20°</text></g>
  <g class="lobby"><rect x="352" y="118" width="294" height="226" fill="url(#glow)"/><path d="M352 118v226M450 118v226M548 118v226M646 118v226" class="bars"/>
    <path d="M330 118L499 70L668 118Z" class="roof"/><rect class="snow cap" x="330" y="112" width="338" height="8" rx="4"/>
    <rect x="432" y="88" width="134" height="32" rx="5" class="plate"/><text x="499" y="111" class="name">南门 · 练习</text></g>
  <g class="volunteer" transform="translate(618 290)"><path class="leg" d="M-8 0V54M8 0V54"/><path d="M-25 4C-28 -50 -22 -80 0 -80C22 -80 28 -50 25 4Z" fill="#c8262b"/><path d="M-14 -79L-6 4M14 -79L6 4" stroke="#f3d34a" stroke-width="6"/><g transform="translate(0 -102) scale(.92)" id="helper"></g></g>
  <g class="kiosk" transform="translate(-62 0)"><path d="M497 344V236" class="post"/><rect x="472" y="176" width="52" height="66" rx="6" class="case"/><rect id="glass" x="477" y="181" width="42" height="50" rx="3"/><circle cx="498" cy="166" r="9" class="case"/><circle id="eye" cx="498" cy="166" r="4"/></g>
  <g class="probe" transform="translate(-42 0)"><path d="M580 344V218" class="post"/><rect x="564" y="198" width="32" height="22" rx="6" class="case"/><circle id="sees" cx="567" cy="209" r="5"/><path id="beam" d="M562 209L536 196V222Z"/></g>
  <g id="person" class="away"><g class="bob"><g id="body"></g></g></g>
  <g class="barrier"><rect x="676" y="252" width="26" height="92" rx="5" class="box"/><circle id="relay-lamp" cx="689" cy="270" r="6"/><g id="arm"><rect x="684" y="232" width="190" height="13" rx="6" fill="#fff"/><path d="M712 232h24l-8 13h-24ZM764 232h24l-8 13h-24ZM816 232h24l-8 13h-24Z" fill="#d4352f"/></g><circle cx="689" cy="239" r="11" class="case"/></g>
  <g class="snow fall">${flakes}</g></svg>`;

export class Scene {
  constructor(box, cast) {
    box.innerHTML = DRAWING;
    this.cast = cast;
    this.box = box;
    this.find = (id) => box.querySelector(`#${id}`);
    this.find("helper").innerHTML = head({ ...STRANGER, has_glasses: false, coat: "red" });
    this.who = "";
  }

  draw(view) {
    this.drawWeather(view.world.outdoor_c);
    this.drawPerson(view.play);
    this.find("arm").classList.toggle("up", view.gate.is_open);
    this.find("relay-lamp").classList.toggle("on", view.gate.relay === 1);
    this.find("eye").classList.toggle("on", view.camera.is_live);
    this.find("sees").classList.toggle("on", view.thermometer.is_live);
    const tone = view.screen.is_alive ? TONES[view.screen.view.tone] : "#1b1f24";
    this.find("glass").setAttribute("fill", tone ?? "#1b1f24");
  }

  drawWeather(celsius) {
    const kind = celsius <= 0 ? "frost" : celsius < 10 ? "cold" : "mild";
    this.box.dataset.weather = kind;
    this.find("street-c").textContent = `${celsius < 0 ? "−" : ""}${Math.abs(celsius)}°`;
  }

  drawPerson(play) {
    const person = this.find("person");
    const who = play.is_somebody ? String(play.look) : this.who;
    if (who !== this.who && who !== "") {
      this.who = who;
      this.find("body").innerHTML = figure(play.look === null ? STRANGER : this.cast[play.look].look);
      this.jump(person);
    }
    const before = person.getAttribute("class");
    if (play.place === before) return this.hold(person, play);
    const isFar = before === "through" && play.place !== "through";
    if (isFar) this.jump(person);
    person.setAttribute("class", isFar && play.place === "away" ? "away gone" : play.place);
    person.style.transform = `translate(${PLACES[play.place] ?? -90}px, 290px)`;
    return this.hold(person, play);
  }

  jump(person) {
    person.classList.add("jump");
    person.style.transform = `translate(${PLACES.away}px, 290px)`;
    person.getBoundingClientRect();
    person.setAttribute("class", "away");
  }

  hold(person, play) {
    person.dataset.held = play.place === "camera" ? play.held : "nothing";
  }
}
