// Clocks that run, and news every few seconds; without this the pages do all but that.

const LOOK_MS = 5000;
const started = () => [...document.querySelectorAll("[data-age]")].map((node) => ({
  node, began: performance.now() - Number(node.dataset.age) * 1000,
}));
let clocks = started();
let last = document.getElementById("live").innerHTML;

function tick() {
  for (const { node, began } of clocks) {
    const whole = Math.floor((performance.now() - began) / 1000);
    const parts = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
    node.textContent = [...(whole < 3600 ? [] : [Math.floor(whole / 3600)]), ...parts].join(":");
  }
}

function bare(text) {
  return text.replace(/<time class="clock"[^]*?<\/time>/g, "").replace(/name="csrf" value="\w+"/g, "");
}

async function look() {
  try {
    const answer = await fetch(location.href, { redirect: "error" });
    if (!answer.ok) return;
    const news = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (!news || bare(news.innerHTML) === bare(last)) return;
    last = news.innerHTML;
    document.getElementById("live").replaceWith(news);
    clocks = started();
  } catch {
    // The next look may find the way.
  }
}

setInterval(tick, 1000);
setInterval(look, LOOK_MS);
