// Visitors: what they tell goes to the gate at once and is sealed there. The form keeps its
// draft until the gate says that it is kept, and nothing after.

const $ = (id) => document.getElementById(id);
const FIELDS = ["name", "id_number", "phone", "plate"];
const words = $("words").dataset;

function say([chinese, english], isGood) {
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = english;
  $("visitor-said").replaceChildren(chinese, " ", small);
  $("visitor-said").dataset.good = String(isGood);
  $("visitor-said").hidden = false;
}

async function send() {
  const told = {};
  for (const field of FIELDS) told[field] = $(`visitor-${field}`).value;
  const answer = await fetch("/staff/visitor", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(told),
  });
  if (answer.status !== 200) return say((await answer.json()).words, false);
  for (const field of FIELDS) $(`visitor-${field}`).value = "";
  $("visitor-name").focus();
  return say([words.keptZh, words.keptEn], true);
}

$("visitor").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("visitor-save").disabled = true;
  $("visitor-said").hidden = true;
  try {
    await send();
  } catch {
    say([words.lostZh, words.lostEn], false);
  } finally {
    $("visitor-save").disabled = false;
  }
});

export function drawVisitor(view) {
  $("visitors").hidden = !view.has_desk || !view.staff;
}
