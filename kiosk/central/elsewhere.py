"""What was granted at each gate, for the others: quotas and pass-back know no gate.

Rows are made when entries arrive, in their order, and numbered. A gate that is told of its
own rows would count them twice, so it is only told how far it has heard. A gate whose clock
is ahead is not believed: its passage was at the latest when it arrived, else one such row
would make everybody's trips look old, and they would be forgotten.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from kiosk.central.put_back import Numbers
from kiosk.central.schema_orders import passage
from kiosk.core.words import EntryKind
from kiosk.core.words_home import DAY_MS
from kiosk.wire import ElsewherePart, ElsewhereRow, WireEntry

KEEP_MS = 40 * DAY_MS
PART_MAX = 3_000  # chosen: rows of an answer, some 200 kB
_NUMBERS = Numbers("elsewhere_lost")
_PASSAGES = frozenset({EntryKind.PASSAGE.value, EntryKind.OVERRIDE.value})


def note_passages(
    db: Connection, device: str, log_id: int, entries: Sequence[WireEntry], now_ms: int
) -> None:
    """Keep what these entries granted or took back, for the other gates."""
    for entry in entries:
        if entry.kind == EntryKind.WITHDRAWN.value:
            _take_back(db, log_id, entry)
        elif entry.kind in _PASSAGES and entry.decision == "granted" and entry.cti:
            _add(db, device, log_id, entry, now_ms)


def part_for(db: Connection, device: str, have_seq: int, now_ms: int) -> ElsewherePart | None:
    """Return what `device` has not heard of; None when it has heard everything.

    A kiosk that has heard more than there is knew a central that was put back: all anew.
    """
    have_seq = _NUMBERS.heard(db, passage.c.seq, have_seq, now_ms)
    wanted = select(passage).where(passage.c.seq > have_seq).order_by(passage.c.seq)
    rows = db.execute(wanted.limit(PART_MAX)).all()
    if not rows:
        return None
    told = tuple(
        ElsewhereRow(
            row.cti,
            row.sub,
            row.utc_ms,
            row.direction,
            row.gate,
            row.is_counted,
            row.is_withdrawn,
        )
        for row in rows
        if row.device != device
    )
    return ElsewherePart(rows[-1].seq, told)


def _add(db: Connection, device: str, log_id: int, entry: WireEntry, now_ms: int) -> None:
    row = {
        "seq": _NUMBERS.after(db, passage.c.seq),
        "device": device,
        "log": log_id,
        "entry_seq": entry.seq,
        "cti": entry.cti,
        "sub": entry.sub,
        "utc_ms": min(entry.utc_ms, now_ms),
        "direction": entry.direction,
        "gate": entry.gate,
        "is_counted": entry.details.get("trip") == 1,
        "is_withdrawn": False,
    }
    db.execute(insert(passage).values(row))
    if entry.seq % 1000 == 0:
        db.execute(delete(passage).where(passage.c.utc_ms < now_ms - KEEP_MS))


def _take_back(db: Connection, log_id: int, entry: WireEntry) -> None:
    """Tell of a passage again, as one that never happened; one that is not known stays so."""
    of_entry = (passage.c.log == log_id) & (passage.c.entry_seq == entry.refers_to_seq)
    told = db.execute(select(passage).where(of_entry)).all()
    if len(told) != 1:  # not known, or taken back before
        return
    seq = _NUMBERS.after(db, passage.c.seq)
    row = {**told[0]._mapping, "seq": seq, "is_withdrawn": True}
    db.execute(insert(passage).values(row))
