// The form a visitor of the demo plays with: one person at a time, faults as switches.

const visit = document.getElementById("visit");
const faults = document.getElementById("faults");
const outcome = document.getElementById("outcome");
const button = visit.querySelector("button");

async function post(path, values) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(values),
  });
  return answer.json();
}

visit.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  outcome.textContent = "请看住户屏幕…… Look at the resident page…";
  try {
    const seen = await post("visit", Object.fromEntries(new FormData(visit)));
    const gate = seen.opened ? "开门了 The gate opened" : "门没开 The gate stayed shut";
    outcome.textContent = seen.problem ?? `${gate}  (${seen.page || "—"})`;
  } catch {
    outcome.textContent = "演示已结束 The demo has ended";
  }
  button.disabled = false;
});

faults.addEventListener("change", () => {
  const values = {};
  for (const box of faults.querySelectorAll("input")) values[box.name] = box.checked;
  post("faults", values).catch(() => {});
});

for (const [id, url] of Object.entries(await (await fetch("links")).json())) {
  document.getElementById(id).href = url;
}
