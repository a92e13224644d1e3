"""What this gate itself knows of a pass, a household or a card: questions to its index."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from kiosk.core.words import Direction, Granted, LastPassage
from kiosk.core.words_home import (
    CARD_WAIT_S,
    Binding,
    CardState,
    Isolation,
    LentCard,
    OpenVehicle,
    Trip,
    Visit,
    WaitingForm,
)
from kiosk.wire import decision_of

TRIPS_MAX = 200
VEHICLE_HOLDS_MS = 30 * 60_000  # chosen: after half an hour no vehicle stands at the gate
_LAST = """
    SELECT seq, at_s, boot_id, utc_ms, direction, decision, reason, has_passed, gate, estimate_c
    FROM last WHERE cti = ?
"""
_GRANTED = """
    SELECT seq, at_s, boot_id, utc_ms, direction, 'granted', NULL, 0, gate, NULL
    FROM granted WHERE cti = ? ORDER BY seq DESC LIMIT 1
"""
_VISIT = """
    SELECT id, since_ms, until_ms, host, is_expected, is_regular, measured_ms, has_entered
    FROM visit
"""
_Db = sqlite3.Connection


def last(db: _Db, cti: bytes) -> LastPassage | None:
    """Return the newest entry of a pass."""
    return _passage(db.execute(_LAST, (cti,)).fetchone())


def granted(db: _Db, cti: bytes) -> LastPassage | None:
    """Return the newest entry of a pass that was granted and not withdrawn."""
    return _passage(db.execute(_GRANTED, (cti,)).fetchone())


def trips(db: _Db, sub: str, since_ms: int) -> list[Trip]:
    """Return the ways out of a household that count, newest first."""
    sql = """SELECT cti, utc_ms FROM trip WHERE sub = ? AND utc_ms >= ?
        ORDER BY utc_ms DESC LIMIT ?"""
    return [Trip(*row) for row in db.execute(sql, (sub, since_ms, TRIPS_MAX))]


def isolations(db: _Db, cti: bytes, sub: str) -> list[Isolation]:
    """Return the orders made at this gate for a person or the household, also ended ones."""
    sql = "SELECT id, until_ms, by FROM isolation WHERE subject IN (?, ?)"
    found = db.execute(sql, (cti, sub.encode()))
    return [
        Isolation(order, until_ms, by, is_provisional=True) for order, until_ms, by in found
    ]


def binding(db: _Db, cti: bytes) -> Binding | None:
    """Return whose a card of the stock is that this gate gave out."""
    row = db.execute("SELECT sub FROM card WHERE cti = ?", (cti,)).fetchone()
    return None if row is None else Binding(CardState.PROVISIONAL, row[0])


def visit(db: _Db, cti: bytes) -> Visit | None:
    """Return what a visitor's card is lent for."""
    row = db.execute(f"{_VISIT} WHERE cti = ?", (cti,)).fetchone()
    return None if row is None else _visit(row)


def lent_card(db: _Db, card_no: int) -> LentCard | None:
    """Return a visitor's card that is out, by its number."""
    sql = f"{_VISIT} WHERE card_no = ? ORDER BY since_ms DESC LIMIT 1"
    row = db.execute(sql, (card_no,)).fetchone()
    if row is None:
        return None
    (cti,) = db.execute("SELECT cti FROM visit WHERE id = ?", (row[0],)).fetchone()
    return LentCard(cti, card_no, _visit(row))


def regulars(db: _Db, now_ms: int) -> tuple[int, ...]:
    """Return the numbers of couriers' cards that are lent for today."""
    sql = "SELECT card_no FROM visit WHERE is_regular = 1 AND until_ms > ? ORDER BY card_no"
    return tuple(number for (number,) in db.execute(sql, (now_ms,)))


def overstayed(db: _Db, now_ms: int) -> tuple[int, ...]:
    """Return the numbers of cards whose visitors came in and should have left."""
    sql = """SELECT card_no FROM visit WHERE until_ms <= ? AND has_entered = 1
        ORDER BY until_ms"""
    return tuple(number for (number,) in db.execute(sql, (now_ms,)))


def inside_cards(db: _Db) -> tuple[int, ...]:
    """Return the numbers of cards that are lent and whose visitors are inside."""
    sql = "SELECT card_no FROM visit WHERE has_entered = 1 ORDER BY card_no"
    return tuple(number for (number,) in db.execute(sql))


def waiting_form(db: _Db, now_ms: int, *, is_visitors: bool) -> WaitingForm | None:
    """Return the newest form that waits for its card."""
    sql = """SELECT id, utc_ms, seq, until_ms, sub, is_expected, is_regular FROM form
        WHERE utc_ms BETWEEN ? AND ? AND (until_ms IS NOT NULL) = ?
        ORDER BY seq DESC LIMIT 1"""
    since_ms = now_ms - int(CARD_WAIT_S * 1000)
    row = db.execute(sql, (since_ms, now_ms, is_visitors)).fetchone()
    if row is None:
        return None
    form, written_ms, seq, until_ms, sub, is_expected, is_regular = row
    flags = (bool(is_expected), bool(is_regular))
    return WaitingForm(form, written_ms, seq, until_ms, sub, *flags)


def has_supplies(db: _Db, item: str, sub: str) -> bool:
    """Whether a household took what is handed out."""
    sql = "SELECT 1 FROM supplies WHERE item = ? AND sub = ?"
    return db.execute(sql, (item, sub)).fetchone() is not None


def open_vehicle(db: _Db, now_ms: int) -> OpenVehicle | None:
    """Return the newest vehicle whose occupants are not all measured yet."""
    sql = """SELECT id, seats, well, is_admitted, seq FROM vehicle
        WHERE well < seats AND utc_ms > ? ORDER BY seq DESC LIMIT 1"""
    row = db.execute(sql, (now_ms - VEHICLE_HOLDS_MS,)).fetchone()
    if row is None:
        return None
    vehicle, seats, well, is_admitted, seq = row
    return OpenVehicle(vehicle, seats, well, bool(is_admitted), seq)


def passed_elsewhere(
    utc_ms: int, direction: Direction, gate: str, *, boot_id: str
) -> LastPassage:
    """Return a passage at another gate as one of ours: only the wall clock tells when."""
    return LastPassage(0, 0.0, boot_id, utc_ms, direction, Granted(), True, gate)


def strictest(orders: Iterable[Isolation]) -> Isolation | None:
    """Return the order that lasts longest."""
    return max(orders, key=lambda one: one.until_ms, default=None)


def _visit(row: tuple[Any, ...]) -> Visit:
    form, since_ms, until_ms, host, is_expected, is_regular, measured_ms, has_entered = row
    return Visit(
        form,
        since_ms,
        until_ms,
        host,
        bool(is_expected),
        bool(is_regular),
        measured_ms,
        bool(has_entered),
    )


def _passage(row: tuple[Any, ...] | None) -> LastPassage | None:
    if row is None:
        return None
    seq, at_s, boot_id, utc_ms, direction, decision, reason, has_passed, gate, estimate_c = row
    try:
        decided = decision_of(decision, reason)
        way = Direction(direction)
    except ValueError:
        return None
    decided = Granted() if decided is None else decided
    return LastPassage(
        seq, at_s, boot_id, utc_ms, way, decided, bool(has_passed), gate, estimate_c
    )
