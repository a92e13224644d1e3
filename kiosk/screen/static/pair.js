// A tablet that came by the QR code hands in the code behind the #, once, and goes in.

function show(state) {
  for (const node of document.querySelectorAll("[data-state]")) {
    node.hidden = node.dataset.state !== state;
  }
}

async function pair(code) {
  show("try");
  try {
    const answer = await fetch("/pair", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    show(answer.ok ? "done" : "no");
    if (answer.ok) location.replace("/staff");
  } catch {
    show("no");
  }
}

const code = location.hash.slice(1);
history.replaceState(null, "", "/pair");
if (code) pair(code);
