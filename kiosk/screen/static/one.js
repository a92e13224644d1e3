// The resident's page where staff have no screen of their own: a thin strip and a corner button.

const strip = document.createElement("aside");
const opener = document.createElement("button");
strip.id = "duty";
opener.id = "to-staff";
opener.type = "button";
const SIGNS = { ok: "", warn: "!", bad: "!!" };
let drawn = "";

function make(tag, name, ...content) {
  const node = document.createElement(tag);
  node.className = name;
  node.append(...content);
  return node;
}

function both(tag, name, [chinese, english]) {
  const small = make("span", "", english);
  small.lang = "en";
  return make(tag, name, chinese, " ", small);
}

function part(level, [chinese, english]) {
  return both("b", level, [`${SIGNS[level]} ${chinese}`.trim(), english]);
}

function draw(duty) {
  const text = JSON.stringify(duty ?? null);
  if (text === drawn) return;
  drawn = text;
  strip.hidden = opener.hidden = !duty;
  if (!duty) return strip.replaceChildren(); // nothing of anybody stays behind
  const { ill, well, label, number, open } = duty;
  strip.replaceChildren(
    ...(ill.length ? ill.map((one) => part(one.level, one.name)) : [part("ok", well)]),
    make("span", "label", label),
    ...(number === null ? [] : [make("b", "number", String(number))]),
  );
  opener.replaceChildren(both("b", "", open));
}

opener.addEventListener("click", () => location.assign("/staff?one"));
document.addEventListener("view", ({ detail }) => draw(detail.duty));
document.querySelector("header").after(strip);
document.querySelector("footer").append(opener);
draw(null);
