"""Passes that were asked for at the desk: looked over, agreed to by two for many, made once.

Whoever asks sees what will be made and then makes it; the step from ready to made happens
once, so that a second click prints nothing. More than a handful from a list needs the
agreement of somebody else first, and many small lists count as one large one.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import cbor2
from sqlalchemy import Connection, Row, func, insert, select, update

from kiosk.central.deeds import note_deed
from kiosk.central.issuing import Issued, Issuer, Wanted, keep_passes, sign_passes
from kiosk.central.schema_office import pass_order
from kiosk.core.words import PassKind
from kiosk.errors import ConfigError

ALONE_MAX = 20  # from lists, in a day, by one person
LIST_MAX = 200  # chosen: printed and read back in a few seconds, while others wait
DAY_MS = 86_400_000
WAITING, READY, MADE, REFUSED = "waiting", "ready", "made", "refused"
OPEN = (WAITING, READY)


@dataclass(frozen=True, slots=True)
class Line:
    """One pass of an order. `exp_s` is UTC; it counts from when it is made."""

    sub: str
    kind: PassKind
    grid: int
    label: str
    exp_s: int


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked for. `decided_by` is the second person, where one is needed."""

    id: str
    asked_by: str
    asked_ms: int
    count: int
    size: str
    state: str
    lines: tuple[Line, ...]
    decided_by: str | None


def ask(db: Connection, lines: Sequence[Line], size: str, *, by: str, now_ms: int) -> str:
    """Ask for passes; returns the id of the order. Raises ConfigError for none or too many."""
    count = len(lines)
    if not 1 <= count <= LIST_MAX:
        raise ConfigError([f"{count} passes: 1 to {LIST_MAX} in one list"])
    is_bulk = count > 1 and count + _alone_today(db, by, now_ms) > ALONE_MAX
    order_id = secrets.token_hex(8)
    wanted = [[o.sub, int(o.kind), o.grid, o.label, o.exp_s] for o in lines]
    row = {
        "id": order_id,
        "asked_by": by,
        "asked_ms": now_ms,
        "pass_count": count,
        "size": size,
    }
    state = WAITING if is_bulk else READY
    db.execute(insert(pass_order).values(**row, state=state, wanted=cbor2.dumps(wanted)))
    note_deed(db, operator=by, deed="ask", subject=_subject(order_id, count), now_ms=now_ms)
    return order_id


def find_order(db: Connection, order_id: str) -> Order:
    """Return an order. Raises ConfigError when there is none."""
    row = db.execute(select(pass_order).where(pass_order.c.id == order_id)).one_or_none()
    if row is None:
        raise ConfigError(["no such order; see the list of those that are open"])
    return _order(row)


def open_orders(db: Connection) -> list[Order]:
    """Return what is neither made nor refused, the newest first."""
    wanted = select(pass_order).where(pass_order.c.state.in_(OPEN))
    return [_order(row) for row in db.execute(wanted.order_by(pass_order.c.asked_ms.desc()))]


def agree(db: Connection, order_id: str, *, by: str, now_ms: int) -> None:
    """Say yes as the second person. Raises ConfigError for the first one, and when too late."""
    order = find_order(db, order_id)
    if order.asked_by == by:
        raise ConfigError(["somebody else has to agree: two persons for many passes"])
    _turn(db, order, {"state": READY, "decided_by": by}, before=(WAITING,))
    subject = _subject(order_id, order.count)
    note_deed(db, operator=by, deed="agree", subject=subject, now_ms=now_ms)


def refuse_order(db: Connection, order_id: str, *, by: str, now_ms: int) -> None:
    """Let an order go, one's own or another's. Raises ConfigError when it is too late."""
    order = find_order(db, order_id)
    _turn(db, order, {"state": REFUSED, "wanted": None}, before=OPEN)
    subject = _subject(order_id, order.count)
    note_deed(db, operator=by, deed="refuse", subject=subject, now_ms=now_ms)


def sign_order(
    db: Connection, issuer: Issuer, order_id: str, *, by: str, now_ms: int
) -> list[Issued]:
    """Return the passes of an order that is ready; they are issued when they are kept.

    Raises ConfigError for others than who asked, and for an order that is not ready.
    """
    order = find_order(db, order_id)
    if order.asked_by != by:
        raise ConfigError([f"{order.asked_by} asked for these, and has to make them"])
    if order.state != READY:
        raise _too_late(order)
    now_s = now_ms // 1000
    wanted = [Wanted(o.sub, o.kind, o.grid, o.label, now_s, o.exp_s) for o in order.lines]
    return sign_passes(issuer, wanted)


def keep_order(
    db: Connection,
    issuer: Issuer,
    order_id: str,
    made: Sequence[Issued],
    *,
    by: str,
    now_ms: int,
) -> None:
    """Issue the signed passes of an order, once. Raises ConfigError: somebody was faster."""
    order = find_order(db, order_id)
    _turn(db, order, {"state": MADE, "wanted": None}, before=(READY,))
    keep_passes(db, issuer, made, by=by, now_ms=now_ms)


def _turn(
    db: Connection, order: Order, values: dict[str, str | None], *, before: tuple[str, ...]
) -> None:
    """Change an order's state, where nobody else has done so meanwhile."""
    is_it = (pass_order.c.id == order.id) & pass_order.c.state.in_(before)
    if db.execute(update(pass_order).where(is_it).values(**values)).rowcount == 0:
        raise _too_late(find_order(db, order.id))


def _too_late(order: Order) -> ConfigError:
    return ConfigError([f"this order is {order.state}"])


def _alone_today(db: Connection, by: str, now_ms: int) -> int:
    """Return how many passes of lists one person asked for in a day with nobody's agreement."""
    alone = (pass_order.c.asked_by == by) & pass_order.c.decided_by.is_(None)
    lists = (pass_order.c.pass_count > 1) & pass_order.c.state.in_((READY, MADE))
    wanted = select(func.sum(pass_order.c.pass_count)).where(
        alone, lists, pass_order.c.asked_ms > now_ms - DAY_MS
    )
    return int(db.scalar(wanted) or 0)


def _order(row: Row[tuple[object, ...]]) -> Order:
    lines = () if row.wanted is None else cbor2.loads(row.wanted)
    return Order(
        id=row.id,
        asked_by=row.asked_by,
        asked_ms=row.asked_ms,
        count=row.pass_count,
        size=row.size,
        state=row.state,
        lines=tuple(
            Line(sub, PassKind(kind), grid, label, exp_s)
            for sub, kind, grid, label, exp_s in lines
        ),
        decided_by=row.decided_by,
    )


def _subject(order_id: str, count: int) -> str:
    return f"{order_id} x{count}"
