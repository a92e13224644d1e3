// A resident's pass on the phone. The office's link brings a code that is used once; the key
// is made here and stays here; from then on the page needs no network.

import { keep, newKey, read } from "./keep.js";
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
  ended: ["出入证已到期，请到物业换新证", "This pass has ended. Please ask the office for a new one"],
};
const $ = (id) => document.getElementById(id);
let pass = null;
let drawnS = 0;

function say(name) {
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = WORDS[name][1];
  $("said").replaceChildren(WORDS[name][0], " ", small);
  $("said").hidden = false;
  $("pass").hidden = true;
}

async function enrol(code) {
  const key = await newKey();
  const proof = await crypto.subtle.sign("Ed25519", key.sign, new TextEncoder().encode(`gate-phone-v1:${code}`));
  const answer = await fetch("../v1/phone", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code, public: hex(key.raw), proof: hex(new Uint8Array(proof)) }),
  });
  if (!answer.ok) return answer.status >= 500 ? "offline" : "used";
  const told = await answer.json();
  await keep({
    sign: key.sign,
    credential: bytesOf(told.credential),
    label: told.label,
    ends: told.ends_s,
  });
  $("clock").hidden = Math.abs(told.now_s - Date.now() / 1000) < CLOCK_OFF_S;
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
  if (nowS >= pass.ends) return say("ended");
  $("left").value = Math.max(0, EVERY_S - (nowS - drawnS));
  if (nowS - drawnS < EVERY_S && nowS >= drawnS) return null;
  drawnS = nowS;
  return draw(nowS);
}

async function show() {
  $("label").textContent = pass.label;
  const day = new Date(pass.ends * 1000).toLocaleDateString("zh-CN", { timeZone: "Asia/Shanghai" });
  $("ends").textContent = `至 ${day}`;
  $("said").hidden = true;
  $("pass").hidden = false;
  await tick();
  setInterval(tick, 500);
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
  const code = location.hash.slice(1);
  let trouble = null;
  if (/^[a-z2-7]{26}$/.test(code)) {
    history.replaceState(null, "", "./");
    try {
      trouble = await enrol(code);
    } catch (error) {
      trouble = error instanceof TypeError ? "offline" : "old";
    }
  }
  pass = (await read()) ?? null;
  if (trouble) return say(trouble);
  return pass ? show() : say("none");
}

navigator.serviceWorker?.register("sw.js").catch(() => null);
open();
