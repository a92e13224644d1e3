"""The day of a whole community: every gate's entries, at the times that they really have.

Entries are read journal by journal, newest first, as `ledger.counting` wants them, a few at
a time. One of a kiosk that did not know the time is put right by its anchors (`times`).
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from kiosk.central.anchors import read_anchors
from kiosk.central.many_times import ManyTimes
from kiosk.central.register import current, households
from kiosk.central.rows import INTEGER_MAX
from kiosk.central.schema import entry, log
from kiosk.central.schema_office import issued
from kiosk.central.times import Quality, Written
from kiosk.errors import MessageError
from kiosk.ledger.counting import Dated, Day, DayLedger, Tally
from kiosk.wire import decode_entry

ROWS_AT_ONCE = 500  # chosen: some 200 kB of them
_SURE = frozenset({Quality.EXACT, Quality.CORRECTED})


def day_ledger(db: Connection, day: Day) -> DayLedger:
    """Return the ledger of a day over all journals that came here."""
    tally = Tally(day, grids(db))
    journals = select(log.c.id, log.c.device, log.c.epoch).order_by(log.c.id)
    for number, device, epoch in db.execute(journals).all():
        anchors = read_anchors(db, device, epoch, (0, INTEGER_MAX))
        tally.add_journal(_dated(db, number, ManyTimes(anchors)))
    return tally.ledger()


def grids(db: Connection) -> dict[str, int]:
    """Return the grid of each household on the register.

    Before a register was imported, the newest pass that was issued to a household says it.
    """
    if current(db) is not None:
        return {home.sub: home.grid for home in households(db)}
    rows = db.execute(select(issued.c.sub, issued.c.grid).order_by(issued.c.issued_ms))
    return {row.sub: row.grid for row in rows}


def _dated(db: Connection, journal: int, times: ManyTimes) -> Iterator[Dated | None]:
    """Give the entries of a journal, newest first; None for what is no entry."""
    wanted = select(entry.c.body, entry.c.stored_ms, entry.c.refused)
    wanted = wanted.where(entry.c.log == journal).order_by(entry.c.seq.desc())
    rows = db.execute(wanted, execution_options={"yield_per": ROWS_AT_ONCE})
    for body, stored_ms, refused in rows:
        yield None if refused is not None else _one(body, stored_ms, times)


def _one(body: bytes, stored_ms: int, times: ManyTimes) -> Dated | None:
    try:
        wire = decode_entry(body)
    except MessageError:
        return None
    written = Written(wire.boot_no, wire.boot_ms, wire.utc_ms, wire.clock, stored_ms)
    instant = times.corrected(written)
    return Dated(wire, instant.utc_ms, instant.quality in _SURE)
