// A resident's pass on the phone. The office's link brings a code that is used once; the key
// is made here and stays here; from then on the page needs no network.

import { drop, keep, newKey, read } from "./keep.js";
import { bytesOf, drawn, hex } from "./pass.js";
import { qrcode } from "./qrcode.mjs";

const EVERY_S = 10;
const QUIET = 4; // modules around the code
const SCALE = 8; // dots a module; the style sheet makes it as wide as the phone
const CLOCK_OFF_S = 20; // a gate takes 30
const WORDS = {
  none: ["请打开物业发给您的链接", "Please open the link from your office"],
  old: ["这部手机不支持，请到物业领一张纸质卡", "This phone can not do it. Please ask the office for a paper card"],
  used: ["链接已经用过或已过期，请向物业要一个新的", "This link was used or is too old. Please ask the office for a new one"],
  offline: ["没有网络，请联网后再打开链接", "No network. Please open the link again when there is one"],
  busy: ["现在忙不过来，请过一会儿再打开", "Busy just now. Please open this again in a minute"],
  ended: ["出入证已到期，请到物业换新证", "This pass has ended. Please ask the office for a new one"],
};
const $ = (id) => document.getElementById(id);
let pass = null;
let drawnS = 0;
let ticking = 0;

function say(name) {
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = WORDS[name][1];
  $("said").replaceChildren(WORDS[name][0], " ", small);
  $("said").hidden = false;
}

// The key is kept before it is sent: when the answer is lost, the same phone asks again.
async function keyFor(code) {
  const before = await read("waiting");
  if (before?.code === code) return before;
  const waiting = { code, ...(await newKey()) };
  await keep(waiting, "waiting");
  return waiting;
}

async function ask({ code, sign, raw }) {
  const label = new TextEncoder().encode(`gate-phone-v1:${code}`);
  const proof = await crypto.subtle.sign("Ed25519", sign, label);
  return fetch("../v1/phone", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code, public: hex(raw), proof: hex(new Uint8Array(proof)) }),
  });
}

// Returns the name of what went wrong, or null.
async function enrol(code) {
  if (!globalThis.crypto?.subtle) return "old";
  let waiting, answer, told;
  try {
    waiting = await keyFor(code);
  } catch {
    return "old";
  }
  try {
    answer = await ask(waiting);
    if (answer.status >= 500) return "busy";
    told = answer.ok ? await answer.json() : null;
  } catch {
    return "offline";
  }
  if (told) await keep({ code, sign: waiting.sign, credential: bytesOf(told.credential), label: told.label, ends: told.ends_s });
  await drop("waiting");
  if (!told) return "used";
  $("clock").hidden = Math.abs(told.now_s - Date.now() / 1000) < CLOCK_OFF_S;
  navigator.storage?.persist?.().catch(() => null);
  return null;
}

async function draw(nowS) {
  const text = await drawn(pass, nowS);
  const code = qrcode(12, "M");
  code.addData(text, "Alphanumeric");
  code.make();
  const modules = code.getModuleCount();
  const canvas = $("code");
  canvas.width = canvas.height = (modules + 2 * QUIET) * SCALE;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000000";
  for (let row = 0; row < modules; row += 1) {
    for (let column = 0; column < modules; column += 1) {
      if (code.isDark(row, column)) pen.fillRect((column + QUIET) * SCALE, (row + QUIET) * SCALE, SCALE, SCALE);
    }
  }
  canvas.dataset.iat = String(nowS);
}

async function tick() {
  const nowS = Math.floor(Date.now() / 1000);
  if (nowS >= pass.ends) {
    clearInterval(ticking);
    $("pass").hidden = true;
    return say("ended");
  }
  const isDue = nowS - drawnS >= EVERY_S || nowS < drawnS;
  if (isDue) drawnS = nowS;
  $("left").value = EVERY_S - (nowS - drawnS);
  return isDue ? draw(nowS) : null;
}

async function show() {
  $("label").textContent = pass.label;
  const last = new Date((pass.ends - 1) * 1000); // one that ends at midnight ends the day before
  const day = last.toLocaleDateString("zh-CN", { timeZone: "Asia/Shanghai" });
  $("ends").textContent = `有效至 ${day}`;
  $("said").hidden = true;
  $("pass").hidden = false;
  ticking = setInterval(tick, 500);
  await tick();
  document.addEventListener("visibilitychange", stayAwake);
  await stayAwake();
}

async function stayAwake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // a phone that saves power darkens; a touch wakes it
  }
}

async function open() {
  const link = /^#([a-z2-7]{26})$/.exec(location.hash)?.[1];
  if (link) history.replaceState(null, "", "./");
  let trouble = null;
  try {
    const before = await read();
    const code = link ?? (await read("waiting"))?.code;
    // The link stays in the chat and is touched again: then the pass is here already.
    if (code && code !== before?.code) trouble = await enrol(code);
    pass = (await read()) ?? null;
  } catch {
    trouble = "old";
  }
  if (pass) await show();
  if (trouble) say(trouble);
  else if (!pass) say("none");
}

addEventListener("hashchange", () => location.reload()); // a link touched while this is open
navigator.serviceWorker?.register("sw.js").catch(() => null);
open();
