// How the staff page hands something in, and how it says what came of it.

const words = document.getElementById("words").dataset;

export function named(name) {
  return [words[`${name}Zh`], words[`${name}En`]];
}

export function both([chinese, english]) {
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = english;
  return [chinese, " ", small];
}

export function say(node, pair, isGood = false) {
  node.hidden = !pair;
  node.dataset.good = String(isGood);
  node.replaceChildren(...(pair ? both(pair) : []));
}

// Answers {status, said}; a gate that cannot be reached is status 0, and nothing is thrown.
export async function post(what, body) {
  try {
    const answer = await fetch(`/staff/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: answer.status, said: await answer.json() };
  } catch {
    return { status: 0, said: { words: named("lost") } };
  }
}
