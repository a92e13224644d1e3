"""When the entries of a page were written, as `central.times` reckons it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from kiosk.central.anchors import read_anchors
from kiosk.central.schema import log
from kiosk.central.times import Instant, Written, corrected
from kiosk.errors import MessageError
from kiosk.wire import decode_entry


def instants(db: Connection, rows: Sequence[Row[Any]]) -> list[Instant | None]:
    """Return the instant of each row of `entry`; None for what is no entry."""
    written = [_written(row) for row in rows]
    boots: dict[int, set[int]] = defaultdict(set)
    for row, entry in zip(rows, written, strict=True):
        if entry is not None:
            boots[row.log].add(entry.boot_no)
    journals = select(log.c.id, log.c.device, log.c.epoch).where(log.c.id.in_(boots))
    anchors = {
        number: read_anchors(db, device, epoch, boots[number])
        for number, device, epoch in db.execute(journals).all()
    }
    return [
        None if entry is None else corrected(entry, anchors[row.log])
        for row, entry in zip(rows, written, strict=True)
    ]


def _written(row: Row[Any]) -> Written | None:
    """Return what an entry says of its time. One that was refused is not believed."""
    if row.refused is not None:
        return None
    try:
        fields = decode_entry(row.body)
    except MessageError:
        return None
    return Written(fields.boot_no, fields.boot_ms, fields.utc_ms, fields.clock, row.stored_ms)
