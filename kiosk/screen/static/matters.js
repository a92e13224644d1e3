// Fevers and incidents: open, sent, acknowledged by whom, closed.

export function drawMatters() {
  document.getElementById("matters").hidden = true;
}
