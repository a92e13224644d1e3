// Draws the made-up people: a head for the choice, a whole figure for the street.

const COATS = { red: "#c8503c", green: "#4f7d57", blue: "#3f6fa8", yellow: "#d9a531", teal: "#2f8484", violet: "#7c5c99", orange: "#cf7636", navy: "#34466e", grey: "#70767f" };
const HAIRS = { black: "#26221f", brown: "#5b3d28", grey: "#a9a9a6" };
const HATS = {
  none: (hair) => `<path d="M-27 -8C-30 -36 30 -36 27 -8C20 -20 8 -24 -4 -22C-14 -21 -22 -17 -27 -8Z" fill="${hair}"/>`,
  bun: (hair) => `<circle cx="0" cy="-37" r="10" fill="${hair}"/><path d="M-27 -4C-31 -38 31 -38 27 -4C22 -20 12 -26 0 -26C-12 -26 -22 -20 -27 -4Z" fill="${hair}"/>`,
  knit: (_, coat) => `<path d="M-28 -10C-28 -42 28 -42 28 -10Z" fill="${coat}"/><rect x="-30" y="-17" width="60" height="11" rx="5" fill="#fff" opacity=".85"/><circle cx="0" cy="-37" r="7" fill="#fff" opacity=".85"/>`,
  flaps: () => `<path d="M-28 -12C-26 -38 26 -38 28 -12Z" fill="#6d5137"/><path d="M-31 -16h62v9h-62Z" fill="#a98d6a"/><path d="M-31 -10h11v28q-11 2 -11 -8ZM31 -10h-11v28q11 2 11 -8Z" fill="#a98d6a"/>`,
  hood: (_, coat) => `<path d="M-36 32C-44 -44 44 -44 36 32L26 26C32 -28 -32 -28 -26 26Z" fill="${coat}"/><path d="M-27 26C-33 -29 33 -29 27 26" fill="none" stroke="#efe3cc" stroke-width="6"/>`,
  cap: (_, coat) => `<path d="M-27 -10C-27 -38 27 -38 27 -10Z" fill="${coat}"/><path d="M4 -14h32q6 0 2 6h-34Z" fill="${coat}"/>`,
};
export const STRANGER = { hat: "cap", coat: "grey", hair: "black", is_old: false, has_glasses: true };

export function head(look) {
  const [coat, hair] = [COATS[look.coat], HAIRS[look.hair]];
  const glasses = look.has_glasses ? '<g fill="none" stroke="#26221f" stroke-width="2"><circle cx="-10" cy="-2" r="7.500"/><circle cx="12" cy="-2" r="7.500"/><path d="M-2.500 -2h7"/></g>' : "";
  const lines = look.is_old ? '<path d="M-22 -1q-3 2 -4 5M22 -1q3 2 4 5M-14 -11q4 -2 8 0M6 -11q4 -2 8 0" fill="none" stroke="#9a7552" stroke-width="1.500"/>' : "";
  return `<ellipse cx="0" cy="4" rx="26" ry="29" fill="#eec9a3"/>${HATS[look.hat](hair, coat)}
    <circle cx="-10" cy="-2" r="3" fill="#26221f"/><circle cx="12" cy="-2" r="3" fill="#26221f"/>${glasses}${lines}
    <path d="M-23 8C-12 5 12 5 23 8C22 24 12 33 0 33C-12 33 -22 24 -23 8Z" fill="#f7fbfd" stroke="#a9bcc9" stroke-width="1.500"/><path d="M-16 15h32M-14 21h28" stroke="#cfdde6" stroke-width="1.500"/>`;
}

export function portrait(look) {
  return `<svg viewBox="-44 -50 88 92" aria-hidden="true"><path d="M-40 44C-40 24 -20 22 0 22C20 22 40 24 40 44Z" fill="${COATS[look.coat]}"/>${head(look)}</svg>`;
}

export function figure(look) {
  const coat = COATS[look.coat];
  return `<g class="legs"><path class="leg a" d="M-9 0V54"/><path class="leg b" d="M9 0V54"/></g>
    <g class="torso"><path d="M-27 4C-30 -50 -24 -84 0 -84C24 -84 30 -50 27 4Z" fill="${coat}"/><path d="M0 -78V4" stroke="#0002" stroke-width="2"/>
    <g transform="translate(0 -108)" class="head">${head(look)}</g>
    <g class="arm"><path d="M14 -66L22 -22" stroke="${coat}" stroke-width="15" stroke-linecap="round"/><circle cx="22" cy="-18" r="8" fill="#eec9a3"/>
    <g class="held"><g class="card"><rect x="14" y="-24" width="26" height="20" rx="2" fill="#fff" stroke="#34466e"/><path d="M18 -20h6v6h-6zM27 -20h5v4h-5zM18 -11h4v4h-4zM26 -13h8v6h-8z" fill="#26221f"/></g>
    <g class="phone"><rect x="16" y="-30" width="18" height="30" rx="3" fill="#26221f"/><rect class="glass" x="18" y="-27" width="14" height="22" fill="#fff"/><path class="dots" d="M20 -23h4v4h-4zM26 -23h4v4h-4zM20 -15h4v4h-4zM26 -15h4v4h-4z" fill="#26221f"/></g></g></g></g>`;
}
