"""What entries of the gates say of persons, cards and visits, kept when they arrive.

An entry that says what it cannot mean changes nothing here; the chain takes it all the same.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from kiosk.central.anchors import read_anchors
from kiosk.central.cases_taken import take_entries
from kiosk.central.elsewhere import note_passages
from kiosk.central.schema import device as kiosks
from kiosk.central.schema import log
from kiosk.central.standing import (
    DAYS_MAX,
    UTC_OFFSET_S,
    keep_binding,
    keep_provisional,
    keep_visit,
    return_card,
)
from kiosk.central.times import Quality, Written, corrected
from kiosk.core.words import EntryKind
from kiosk.core.words_home import (
    DAY_MS,
    ORDER_BYTES,
    Isolation,
    Visit,
    local_day,
    midnight_after,
)
from kiosk.errors import MessageError
from kiosk.timing import ClockState
from kiosk.wire import WireEntry, decode_entry
from kiosk.wire import standing as rows

_INTEGER_MAX = 2**53


def take_standing(
    db: Connection, device: str, log_id: int, bodies: Sequence[bytes], now_ms: int
) -> None:
    """Keep what entries, new in the chain, say of whom; what cannot be read says nothing."""
    entries = []
    for body in bodies:
        try:
            entries.append(decode_entry(body))
        except MessageError:
            continue
    plain = [entry for entry in entries if _is_plain(entry)]
    note_passages(db, device, log_id, plain, now_ms)
    take_entries(db, log_id, entries, now_ms)
    for entry in entries:
        if entry.kind == EntryKind.ISOLATION.value:
            _isolation(db, device, log_id, entry, now_ms)
        elif entry.kind == EntryKind.CARD.value and entry.cti:
            _card(db, device, entry, now_ms)


def take_urgent(db: Connection, log_id: int, bodies: Sequence[bytes], now_ms: int) -> None:
    """Open what waits for a named person; all else that they say waits for their place."""
    take_entries(db, log_id, [decode_entry(body) for body in bodies], now_ms)


def _is_plain(entry: WireEntry) -> bool:
    """Whether both databases can hold it."""
    texts = (entry.sub, entry.gate, entry.direction)
    is_short = all(t is None or (len(t) <= 64 and "\x00" not in t) for t in texts)
    is_way = entry.direction in ("in", "out")
    return is_short and is_way and abs(entry.utc_ms) < _INTEGER_MAX


def _isolation(db: Connection, device: str, log_id: int, entry: WireEntry, now_ms: int) -> None:
    """An order of a person where a pass was shown, else of a household.

    Its days count from the day that it really was, and it ends no later than the longest
    that is made now: the gate's clock may have been days behind, or years ahead.
    """
    order, until_ms = _id(entry, "order"), _number(entry, "until")
    if order is None or until_ms is None or not (entry.cti or entry.sub):
        return
    until_ms += _days_off(db, device, log_id, entry) * DAY_MS
    until_ms = min(until_ms, midnight_after(now_ms, DAYS_MAX, UTC_OFFSET_S))
    subject = rows.subject(cti=entry.cti) if entry.cti else rows.subject(sub=entry.sub)
    made = Isolation(order, until_ms, _text(entry.staff), is_provisional=True)
    risk, region = (_text(str(entry.details.get(name, ""))) for name in ("risk", "region"))
    keep_provisional(
        db, made, subject, made_ms=now_ms, made_at=device, risk=risk, region=region
    )


def _days_off(db: Connection, device: str, log_id: int, entry: WireEntry) -> int:
    """Return by how many local days a gate that did not know the time was behind."""
    if entry.clock != ClockState.UNSURE:
        return 0
    written = Written(entry.boot_no, entry.boot_ms, entry.utc_ms, entry.clock, 0)
    epoch = db.scalar(select(log.c.epoch).where(log.c.id == log_id)) or b""
    found = corrected(written, read_anchors(db, device, epoch, [entry.boot_no]))
    utc_ms = found.utc_ms
    if found.quality is not Quality.CORRECTED:
        columns = select(kiosks.c.clock, kiosks.c.clock_offset_ms)
        clock, offset_ms = db.execute(columns.where(kiosks.c.id == device)).one()
        if clock != ClockState.UNSURE:  # since then it learnt the time: how far off, is lost
            return 0
        utc_ms = entry.utc_ms - (offset_ms or 0)
    return local_day(utc_ms, UTC_OFFSET_S) - local_day(entry.utc_ms, UTC_OFFSET_S)


def _card(db: Connection, device: str, entry: WireEntry, now_ms: int) -> None:
    assert entry.cti is not None  # asked above
    details, number = entry.details, _number(entry, "card")
    if "returned" in details:
        if (form := _id(entry, "visit")) is not None:
            return_card(db, entry.cti, form)
    elif "bound" in details and number is not None and number < 2**31:
        keep_binding(
            db,
            entry.cti,
            card_no=number,
            sub=entry.sub,
            form=_text(str(details.get("form", ""))),
            made_ms=now_ms,
            made_by=_text(entry.staff),
            made_at=device,
        )
    elif (visit := _visit(entry)) is not None:
        keep_visit(db, entry.cti, visit)


def _visit(entry: WireEntry) -> Visit | None:
    form, until_ms = _id(entry, "visit"), _number(entry, "until")
    if form is None or until_ms is None:
        return None
    host, details = entry.details.get("host"), entry.details
    return Visit(
        form,
        entry.utc_ms,
        until_ms,
        _text(host) if isinstance(host, str) else None,
        "expected" in details,
        "regular" in details,
    )


def _id(entry: WireEntry, name: str) -> bytes | None:
    said = entry.details.get(name)
    try:
        found = bytes.fromhex(said) if isinstance(said, str) else b""
    except ValueError:
        return None
    return found if len(found) == ORDER_BYTES else None


def _number(entry: WireEntry, name: str) -> int | None:
    said = entry.details.get(name)
    return said if isinstance(said, int) and 0 <= said < _INTEGER_MAX else None


def _text(said: str | None) -> str:
    """Return a word that both databases can hold."""
    return (said or "").replace("\x00", "")[:64]
