"""The day of a whole community: every gate's entries, at the times that they really have.

Entries are read journal by journal, newest first, as `ledger.counting` wants them, a few at
a time. One of a kiosk that did not know the time is put right by its anchors (`times`).
"""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, select

from kiosk.central.anchors import read_anchors
from kiosk.central.rows import INTEGER_MAX
from kiosk.central.schema import entry, log
from kiosk.central.schema_office import issued
from kiosk.central.times import Quality, Written, corrected
from kiosk.errors import MessageError
from kiosk.ledger.counting import Dated, Day, DayLedger, Tally
from kiosk.wire import Anchor, decode_entry

ROWS_AT_ONCE = 500  # chosen: some 200 kB of them
_SURE = frozenset({Quality.EXACT, Quality.CORRECTED})


def day_ledger(db: Connection, day: Day) -> DayLedger:
    """Return the ledger of a day over all journals that came here."""
    tally = Tally(day, grids(db))
    journals = select(log.c.id, log.c.device, log.c.epoch).order_by(log.c.id)
    for number, device, epoch in db.execute(journals).all():
        anchors = read_anchors(db, device, epoch, (0, INTEGER_MAX))
        tally.add_journal(_dated(db, number, Boots(anchors)))
    return tally.ledger()


def grids(db: Connection) -> dict[str, int]:
    """Return the grid of each household, as the newest pass that was issued to it says."""
    rows = db.execute(select(issued.c.sub, issued.c.grid).order_by(issued.c.issued_ms))
    return {row.sub: row.grid for row in rows}


class Boots:
    """The anchors of a journal, by what is wanted of them: those of one boot."""

    def __init__(self, anchors: list[Anchor]) -> None:
        self._all = anchors
        self._own: defaultdict[int, list[Anchor]] = defaultdict(list)
        for one in anchors:
            self._own[one.boot_no].append(one)

    def of(self, boot_no: int) -> list[Anchor]:
        """Return the anchors of a boot; of one that has none, those of all the others."""
        return self._own.get(boot_no, self._all)


def _dated(db: Connection, journal: int, boots: Boots) -> Iterator[Dated | None]:
    """Give the entries of a journal, newest first; None for what is no entry."""
    wanted = select(entry.c.body, entry.c.stored_ms, entry.c.refused)
    wanted = wanted.where(entry.c.log == journal).order_by(entry.c.seq.desc())
    rows = db.execute(wanted, execution_options={"yield_per": ROWS_AT_ONCE})
    for body, stored_ms, refused in rows:
        yield None if refused is not None else _one(body, stored_ms, boots)


def _one(body: bytes, stored_ms: int, boots: Boots) -> Dated | None:
    try:
        wire = decode_entry(body)
    except MessageError:
        return None
    written = Written(wire.boot_no, wire.boot_ms, wire.utc_ms, wire.clock, stored_ms)
    instant = corrected(written, boots.of(wire.boot_no))
    return Dated(wire, instant.utc_ms, instant.quality in _SURE)
