"""What entries of gates say of fevers and incidents: cases are opened, and what gates did kept.

Entries come twice, late, and in any order; a case is the same in the end. Whatever a kiosk
says, it answers no case. Staff at the gate may end a fever that a contact thermometer found
normal, and may say that a call was a mistake; the second ends nothing, because somebody may
stand behind whoever says it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from kiosk import log
from kiosk.central.cases import MEASURED, NORMAL, Deed, end, read_case
from kiosk.central.cases_calls import call_again, plan_calls
from kiosk.central.schema_cases import case_act, gate_case
from kiosk.core.matters import ACT, FEVER_REASONS, Act, MatterKind
from kiosk.core.words import EntryKind
from kiosk.timing import ClockState
from kiosk.wire import WireEntry

LATE_MS = 12 * 3_600_000  # chosen: it is listed, and wakes nobody
TEXT_CHARS_MAX = 40
_INTEGER_MAX = 2**53
_REASONS = frozenset(reason.value for reason in FEVER_REASONS)
_FROM_GATES = frozenset({Act.AGAIN.value, Act.WITHDRAWN.value, Act.CLOSED.value})
_KINDS = {
    EntryKind.FEVER.value: MatterKind.FEVER,
    EntryKind.INCIDENT.value: MatterKind.INCIDENT,
}


@dataclass(frozen=True, slots=True)
class _Journal:
    """One kiosk's journal, in a transaction at `now_ms`."""

    db: Connection
    id: int
    now_ms: int


def take_entries(
    db: Connection, log_id: int, entries: Iterable[WireEntry], now_ms: int
) -> None:
    """Keep what entries say of fevers and incidents. Coming again changes nothing."""
    journal = _Journal(db, log_id, now_ms)
    for entry in entries:
        kind = _kind(entry)
        if kind is not None and _reference(entry.seq) and not _is_known(journal, entry.seq):
            _take(journal, entry, kind)


def _take(journal: _Journal, entry: WireEntry, kind: MatterKind) -> None:
    act = entry.details.get(ACT)
    if entry.kind not in _KINDS:
        _open(journal, entry, kind, MEASURED)
    elif kind is MatterKind.INCIDENT and act == Act.CALLED.value:
        _open(journal, entry, kind, Act.CALLED.value)
    elif act in _FROM_GATES:
        case = _case_of(journal, entry.refers_to_seq)
        _note(journal, case, entry, str(act))
        if case is not None:
            _apply(journal, case, str(act), _text(entry.staff))


def _kind(entry: WireEntry) -> MatterKind | None:
    if entry.kind in _KINDS:
        return _KINDS[entry.kind]
    is_fever = entry.decision == "referred" and entry.reason in _REASONS
    return MatterKind.FEVER if is_fever else None


def _is_known(journal: _Journal, seq: int) -> bool:
    here = select(case_act.c.id).where(case_act.c.log == journal.id, case_act.c.seq == seq)
    return journal.db.execute(here).first() is not None


def _open(journal: _Journal, entry: WireEntry, kind: MatterKind, act: str) -> None:
    """Open a case, or find the one that the entry is about: before it, or behind it."""
    case = _running(journal, entry, kind)
    if case is None:
        case = _begin(journal, entry, kind)
    _note(journal, case, entry, act)
    _adopt(journal, case, entry.seq)


def _running(journal: _Journal, entry: WireEntry, kind: MatterKind) -> int | None:
    earlier = _case_of(journal, entry.refers_to_seq)
    if earlier is not None:
        row = read_case(journal.db, earlier)
        if row.kind == kind.value and row.closed_ms is None:
            return earlier
    same_log = (gate_case.c.log == journal.id, gate_case.c.kind == kind.value)
    later = select(gate_case.c.id).where(*same_log, gate_case.c.refers == entry.seq)
    return journal.db.scalar(later)


def _begin(journal: _Journal, entry: WireEntry, kind: MatterKind) -> int:
    db, now_ms = journal.db, journal.now_ms
    utc_ms = entry.utc_ms if abs(entry.utc_ms) < _INTEGER_MAX else 0
    new = insert(gate_case).values(
        log=journal.id,
        seq=entry.seq,
        refers=_reference(entry.refers_to_seq),
        kind=kind.value,
        reason=entry.reason if entry.reason in _REASONS else None,
        gate=_text(entry.gate),
        utc_ms=utc_ms,
        opened_ms=now_ms,
        strength=1,
    )
    case = int(db.execute(new.returning(gate_case.c.id)).scalar_one())
    is_late = entry.clock != ClockState.UNSURE.value and now_ms - utc_ms > LATE_MS
    if not is_late:
        plan_calls(db, case, now_ms)
    log.event(log.Event.CASE_OPENED, case=case, kind=kind.value, is_late=is_late)
    return case


def _adopt(journal: _Journal, case: int, seq: int) -> None:
    """Take what came ahead of the entry that it is about."""
    of_entry = (case_act.c.log == journal.id, case_act.c.about_seq == seq)
    waits = (*of_entry, case_act.c.case.is_(None))
    ahead = journal.db.execute(select(case_act).where(*waits).order_by(case_act.c.seq)).all()
    journal.db.execute(update(case_act).where(*waits).values(case=case))
    for one in ahead:
        _apply(journal, case, one.act, one.who)


def _apply(journal: _Journal, case: int, act: str, who: str) -> None:
    """Let what staff did at the gate count, as far as it may."""
    db, change = journal.db, update(gate_case).where(gate_case.c.id == case)
    kind = MatterKind(read_case(db, case).kind)
    if act == Act.AGAIN.value:
        db.execute(change.values(strength=gate_case.c.strength + 1))
        call_again(db, case, journal.now_ms)
    elif act == Act.WITHDRAWN.value and kind is MatterKind.INCIDENT and who:
        db.execute(change.values(withdrawn_by=who))
    elif act == Act.CLOSED.value and kind is MatterKind.FEVER and who:
        end(db, case, NORMAL, Deed(who, journal.now_ms))


def _case_of(journal: _Journal, seq: int | None) -> int | None:
    if _reference(seq) is None:
        return None
    here = (case_act.c.log == journal.id, case_act.c.seq == seq)
    return journal.db.scalar(select(case_act.c.case).where(*here))


def _note(journal: _Journal, case: int | None, entry: WireEntry, act: str) -> None:
    """Write down what an entry says that was done; of one without a case, it waits."""
    new = insert(case_act).values(
        case=case,
        log=journal.id,
        seq=entry.seq,
        about_seq=_reference(entry.refers_to_seq),
        act=act,
        who=_text(entry.staff),
        said="",
        at_ms=journal.now_ms,
    )
    journal.db.execute(new)


def _reference(seq: int | None) -> int | None:
    return seq if seq is not None and 1 <= seq < _INTEGER_MAX else None


def _text(said: str | None) -> str:
    """Return a word that both databases, and the way back to the gate, can hold."""
    return (said or "").replace("\x00", "")[:TEXT_CHARS_MAX]
