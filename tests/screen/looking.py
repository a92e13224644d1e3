"""What is looked for on the resident's page: axe, and what axe does not know of."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page as Tab

TAGS = [
    "wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
]  # fmt: skip

# One pass over the page: what reaches out of its place, what is too faint, what lies too
# close, what is told by colour alone, what a screen reader would miss.
LOOK = """() => {
  const found = new Set(), width = document.documentElement.clientWidth;
  const box = (node) => node.getBoundingClientRect();
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (text) => {
    const [r, g, b] = rgb(text).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor, parts = rgb(colour);
      if (parts.length === 3 || parts[3] === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const main = box(document.querySelector("main"));
  for (const node of document.querySelectorAll("body *")) {
    if (!node.checkVisibility() || node.closest("#hand") || node.closest("#bar i")) continue;
    const at = box(node), id = node.id || node.parentElement.id;
    const name = `${node.tagName.toLowerCase()}#${id}`;
    if (at.left < -1 || at.top < -1 || at.right > width + 1 || at.bottom > innerHeight + 1)
      found.add(`outside: ${name}`);
    const hasText = [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
    if (!hasText) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    const holder = box(node.closest("button, header, main, #strip, footer"));
    if (text.left < holder.left - 1 || text.right > holder.right + 1 ||
        text.top < holder.top - 1 || text.bottom > holder.bottom + 1)
      found.add(`cut off: ${name}`);
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))];
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 7) found.add(`faint: ${name}`);
  }
  for (const id of ["words", "sign"]) {
    const at = box(document.getElementById(id));
    if (at.top < main.top - 1 || at.bottom > main.bottom + 1) found.add(`out of main: ${id}`);
  }
  const [words, sign] = ["words", "sign"].map((id) => box(document.getElementById(id)));
  if (Math.min(words.right, sign.right) - Math.max(words.left, sign.left) > 1 &&
      Math.min(words.bottom, sign.bottom) - Math.max(words.top, sign.top) > 1)
    found.add("words over the sign");
  const buttons = [...document.querySelectorAll("button")]
    .filter((b) => b.checkVisibility()).map(box);
  for (const one of buttons) {
    if (one.height < 80 || one.width < 80) found.add("small button");
    for (const other of buttons) {
      if (one === other) continue;
      const dx = Math.max(one.left - other.right, other.left - one.right);
      const dy = Math.max(one.top - other.bottom, other.top - one.bottom);
      if (Math.max(dx, dy) < 16) found.add("buttons too close");
    }
  }
  const shapes = [...document.querySelectorAll(".shape")].filter((s) => s.checkVisibility());
  const title = document.querySelector("h1");
  if (shapes.length !== 1 || !title || !title.innerText.trim())
    found.add("told by colour alone");
  const live = document.querySelector("#words");
  if (!live || live.getAttribute("aria-live") !== "assertive" || !live.contains(title))
    found.add("not announced");
  for (const moving of document.getAnimations()) {
    const { duration, iterations } = moving.effect.getComputedTiming();
    if (iterations > 1 && duration < 1000 / 3) found.add("flashes");
  }
  return [...found];
}"""


def axe_findings(tab: Tab) -> list[str]:
    """Return what axe has against a page, or cannot decide."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(AXE_SCRIPT)
    found: list[str] = tab.evaluate(
        """options => axe.run(document, options).then((answer) =>
        [...answer.violations, ...answer.incomplete].map((each) => each.id))""",
        {"runOnly": TAGS, "resultTypes": ["violations", "incomplete"]},
    )
    return found


def findings(tab: Tab) -> list[str]:
    """Return what is wrong with a page by our own eyes."""
    found: list[str] = tab.evaluate(LOOK)
    return found
