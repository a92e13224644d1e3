"""Printing takes seconds: meanwhile gates report, and nothing is issued twice."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select

from kiosk.central import orders
from kiosk.central.issuing import (
    Issued,
    Issuer,
    keep_stock,
    load_issuer,
    revoke_numbers,
    sign_stock,
)
from kiosk.central.operators import sign_in
from kiosk.central.orders import Line, ask, keep_order, sign_order
from kiosk.central.schema_office import issued
from kiosk.central.store import reading, writing
from kiosk.core.words import PassKind
from kiosk.errors import ConfigError
from tests.central.people import PASSWORD, Person, desk_at, make_central

NOW_MS = int(time.time() * 1000)
END_S = NOW_MS // 1000 + 86_400
LINES = [Line("K7Q2M9XD", PassKind.RESIDENT, 1, "", END_S)]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Engine]:
    engine = make_central(tmp_path / "central")
    yield engine
    engine.dispose()


def issuer_of(db: Connection, tmp_path: Path) -> Issuer:
    issuer = load_issuer(tmp_path / "central", db)
    assert issuer is not None
    return issuer


def test_others_write_while_a_long_list_is_printed(books: Engine, tmp_path: Path) -> None:
    waited_s: list[float] = []

    def print_and_look(texts: list[str], site: str, size: str) -> bytes:
        begun_s = time.monotonic()
        with writing(books) as db:
            ask(db, LINES, "sheet", by="zhou", now_ms=NOW_MS)
        waited_s.append(time.monotonic() - begun_s)
        return b"%PDF"

    with writing(books) as db:
        order = ask(db, LINES, "sheet", by="lin", now_ms=NOW_MS)
    token = sign_in(books, "lin", PASSWORD, now_ms=NOW_MS)
    with (
        desk_at(tmp_path / "central", books, printer=print_and_look) as url,
        Person(url) as lin,
    ):
        lin.cookies.set("desk", str(token), domain="127.0.0.1")
        made = lin.fill(f"/desk/order?id={order}", "/desk/order/make", id=order)
    assert made.content == b"%PDF"
    assert len(waited_s) == 1 and waited_s[0] < 3.0, "nobody holds the books"


def test_an_order_that_was_printed_twice_is_issued_once(books: Engine, tmp_path: Path) -> None:
    with writing(books) as db:
        order = ask(db, LINES, "sheet", by="lin", now_ms=NOW_MS)
        issuer = issuer_of(db, tmp_path)
        both = [sign_order(db, issuer, order, by="lin", now_ms=NOW_MS) for _ in range(2)]
    with writing(books) as db:
        keep_order(db, issuer, order, both[0], by="lin", now_ms=NOW_MS)
    with pytest.raises(ConfigError, match="made"), writing(books) as db:
        keep_order(db, issuer, order, both[1], by="lin", now_ms=NOW_MS)
    assert kept(books) == {both[0][0].claims.cti}
    with pytest.raises(ConfigError, match=orders.MADE), reading(books) as db:
        sign_order(db, issuer, order, by="lin", now_ms=NOW_MS)


def test_two_who_print_the_same_numbers_of_the_stock_are_told(
    books: Engine, tmp_path: Path
) -> None:
    with reading(books) as db:
        issuer = issuer_of(db, tmp_path)
        mine, others = (blanks(db, issuer) for _ in range(2))
    with writing(books) as db:
        keep_stock(db, issuer, others, by="zhou", now_ms=NOW_MS)
    with pytest.raises(ConfigError, match="somebody else"), writing(books) as db:
        keep_stock(db, issuer, mine, by="lin", now_ms=NOW_MS)
    assert kept(books) == {one.claims.cti for one in others}
    with writing(books) as db:
        assert revoke_numbers(db, 1, 3, by="lin", reason="lost", now_ms=NOW_MS) == 3


def blanks(db: Connection, issuer: Issuer) -> list[Issued]:
    kind, more = PassKind.VISITOR, {"exp_s": END_S, "now_ms": NOW_MS}
    return sign_stock(db, issuer, 3, kind=kind, grid=0, **more)


def kept(books: Engine) -> set[bytes]:
    with reading(books) as db:
        return set(db.scalars(select(issued.c.cti)))
