// Who is on duty, the handover, the other gates.

export function drawDuty() {
  document.getElementById("duty-board").hidden = true;
}
