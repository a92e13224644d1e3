"""What the sync says of itself: troubles for the staff page, lines for the log."""

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.ports import FaultReport
from kiosk.sync.plan import Outcome, Sent, State

_LANE_FAULTS = (
    Fault.SERVER_UNREACHABLE,
    Fault.CAPTIVE_PORTAL,
    Fault.SERVER_BUSY,
    Fault.SERVER_REFUSED,
)


def tell_faults(troubles: FaultReport, state: State, *, bad_list: str, aside: int) -> None:
    """Say which troubles hold: those of the lanes, of the list, and `aside` entries."""
    told = {lane.fault: lane.detail for lane in (state.urgent, state.bulk)}
    for fault in _LANE_FAULTS:
        troubles(fault, is_on=fault in told, detail=told.get(fault, ""))
    is_bad = bool(bad_list) or Fault.BAD_UPDATE in told
    troubles(Fault.BAD_UPDATE, is_on=is_bad, detail=bad_list or told.get(Fault.BAD_UPDATE, ""))
    troubles(Fault.ENTRY_SET_ASIDE, is_on=aside > 0, detail=f"{aside} entries")


def log_outcome(sent: Sent, outcome: Outcome, *, before: State, took_s: float) -> None:
    """Log what arrived; a heartbeat is no news."""
    took_ms = round(took_s * 1000, 1)
    if outcome.urgent_done:
        seqs = list(outcome.urgent_done)
        log.event(log.Event.SYNC_PUSHED, lane=sent.lane, seqs=seqs, took_ms=took_ms)
    if outcome.cursor is None:
        return
    if outcome.cursor < before.cursor:
        log.warning(log.Event.SYNC_WENT_BACK, acked=outcome.cursor)
        return
    log.event(
        log.Event.SYNC_PUSHED,
        lane=sent.lane,
        from_seq=sent.from_seq,
        to_seq=sent.to_seq,
        acked=outcome.cursor,
        took_ms=took_ms,
    )
