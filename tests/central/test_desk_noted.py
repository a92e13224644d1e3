"""Whatever is typed into the desk's forms: refused or kept as text, and never unnoted."""

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, select

from kiosk.central.desk_fields import Refused, lines_in, reason_in
from kiosk.central.schema_office import issued, pass_order, revoked
from kiosk.central.store import reading, writing
from kiosk.passes.claims import check_label, masked
from tests.central.people import Person, Place, csrf_in, deeds, issued_to

NOW = int(time.time() * 1000)
END = (date.today() + timedelta(days=30)).isoformat()
ONE = {"kind": "resident", "size": "sheet", "end": END, "sub": "", "grid": "1", "label": ""}
OFFICE = {"issued", "revoked", "pass_order", "operator"}
_WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><svg/onload=alert(1)>",
    "'; DROP TABLE issued; --",
    "{{ 7*7 }}",
    "=cmd|' /C calc'!A0",
    "\x00",
    "\u202etxt.exe",
    "张*明",
    "\ud800",
    "%00%ff",
    "A" * 5000,
]


@contextmanager
def watched(engine: Engine) -> Iterator[list[set[str]]]:
    """Give the tables that each committed transaction wrote to."""
    open_now: dict[int, set[str]] = {}
    committed: list[set[str]] = []

    def wrote(db: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        if found := _WRITES.match(statement):
            open_now.setdefault(id(db.connection.dbapi_connection), set()).add(found[1])

    def kept(db: Connection) -> None:
        tables = open_now.pop(id(db.connection.dbapi_connection), None)
        if tables:
            committed.append(tables)

    def dropped(db: Connection) -> None:
        open_now.pop(id(db.connection.dbapi_connection), None)

    hooks = (("after_cursor_execute", wrote), ("commit", kept), ("rollback", dropped))
    for name, hook in hooks:
        event.listen(engine, name, hook)
    try:
        yield committed
    finally:
        for name, hook in hooks:
            event.remove(engine, name, hook)


DEEDS: list[tuple[str, dict[str, str]]] = [
    ("/desk/issue", ONE),
    ("/desk/issue", {**ONE, "list": "\n".join(["new 1"] * 21)}),
    ("/desk/order/agree", {}),
    ("/desk/order/refuse", {}),
    ("/desk/order/make", {}),
    ("/desk/pass/revoke", {"reason": "x"}),
    ("/desk/pass/restore", {}),
    ("/desk/pass/reissue", {"reason": "x", "size": "sheet"}),
    ("/desk/stock/revoke", {"reason": "x", "first": "0", "last": "999"}),
]
CARDS = itertools.count(900, -1)  # a new card has the highest number
ASK, MANY, AGREE, REFUSE, MAKE, REVOKE, RESTORE, REISSUE, STOCK = range(9)
# Each of them once where it does something: two pages of the same order come after it.
WALK = [
    *((False, DEEDS[deed], 0) for deed in (REVOKE, RESTORE, REISSUE, STOCK, MANY)),
    (True, DEEDS[AGREE], 0),
    *((False, DEEDS[deed], 0) for deed in (MAKE, ASK, REFUSE)),
    *((False, DEEDS[REFUSE], which) for which in (0, 1)),
]
ACTIONS = st.sampled_from(DEEDS)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(steps=WALK)
@given(steps=st.lists(st.tuples(st.booleans(), ACTIONS, st.integers(0, 9)), max_size=10))
def test_nothing_is_changed_without_a_deed_in_the_same_transaction(
    place: Place, lin: Person, zhou: Person, steps: list[Any]
) -> None:
    people = [(person, csrf_in(person.see("/desk").text)) for person in (lin, zhou)]
    issued_to(place.engine, place.folder, "0000000A", card_no=next(CARDS))
    with watched(place.engine) as committed:
        for is_first, (path, fields), which in steps:
            person, token = people[is_first]
            aim = _ids(place, path)
            chosen = {"id": aim[which % len(aim)]} if aim else {}
            answer = person.hand_in(path, {"csrf": token, **chosen, **fields})
            assert answer.status_code in (200, 400, 404, 409), answer.text
    if steps == WALK:
        done = {one.deed for one in deeds(place.engine)}
        assert done >= {
            "revoke",
            "restore",
            "reissue",
            "revoke stock",
            "ask",
            "agree",
            "refuse",
        }
    assert all("deed" in tables for tables in committed if tables & OFFICE), committed


def _ids(place: Place, path: str) -> list[str]:
    with reading(place.engine) as db:
        if path.startswith("/desk/order"):
            return list(db.scalars(select(pass_order.c.id).order_by(pass_order.c.id)))
        return [cti.hex() for cti in db.scalars(select(issued.c.cti).order_by(issued.c.cti))]


@pytest.mark.parametrize("typed", HOSTILE)
def test_whatever_stands_in_a_field_is_refused_or_text(
    place: Place, lin: Person, typed: str
) -> None:
    cti = issued_to(place.engine, place.folder, "K7Q2M9XD").hex()
    token = csrf_in(lin.see("/desk").text)
    for name in ONE:
        answer = lin.hand_in("/desk/issue", {"csrf": token, **ONE, name: typed})
        assert answer.status_code in (200, 400)
        assert "<script>" not in answer.text
        assert "<svg" not in answer.text
    for name in ("id", "reason", "size"):
        fields = {"csrf": token, "id": cti, "reason": " ", "size": "sheet", name: typed}
        for path in ("/desk/pass/revoke", "/desk/pass/reissue"):
            answer = lin.hand_in(path, {**fields, "size": "-"})
            assert answer.status_code in (200, 400), path
            assert "<script>" not in answer.text
    for path, name in (("/desk/passes", "q"), ("/desk/log", "who"), ("/desk/log", "day")):
        answer = lin.see(path, params={name: typed.encode("utf-8", "replace")})
        assert answer.status_code in (200, 400)
        assert "<script>" not in answer.text
        assert "<svg" not in answer.text
    assert place.count(issued) == 1


def _takes(read: Callable[[str], object], typed: str) -> bool:
    try:
        read(typed)
    except Refused:
        return False
    return True


def _free(_sub: str) -> bool:
    return True


@pytest.mark.needs_shared
def test_no_naughty_string_breaks_a_label_or_a_reason(
    place: Place, lin: Person, shared: Path
) -> None:
    strings = json.loads((shared / "data/vectors/naughty-strings.json").read_text("utf-8"))
    cti = issued_to(place.engine, place.folder, "K7Q2M9XD")
    token = csrf_in(lin.see("/desk").text)
    for naughty in strings:
        is_label = check_label(masked(naughty.strip())) is None
        assert (
            _takes(lambda text: lines_in({**ONE, "label": text}, _free, now_ms=NOW), naughty)
            == is_label
        )
        assert _takes(lambda text: reason_in({"reason": text}), naughty) in (True, False)
    for naughty in strings[::10]:  # each a commit or two
        fields = {"csrf": token, **ONE, "label": naughty}
        asked = lin.hand_in("/desk/issue", fields, allow_redirects=False).status_code
        is_label = check_label(masked(naughty.strip())) is None
        assert asked == (303 if is_label else 400), naughty
        fields = {"csrf": token, "id": cti.hex(), "reason": naughty}
        ended = lin.hand_in("/desk/pass/revoke", fields, allow_redirects=False).status_code
        assert ended in (303, 400), naughty
        if ended == 303:
            with writing(place.engine) as db:
                kept = db.scalar(select(revoked.c.reason))
                assert kept == " ".join(naughty.split())
                db.execute(revoked.delete())
    assert all(one.operator in ("lin", "test") for one in deeds(place.engine, limit=9999))


def test_a_reason_is_shown_as_text_wherever_it_is_shown(place: Place, lin: Person) -> None:
    cti = issued_to(place.engine, place.folder, "K7Q2M9XD").hex()
    token = csrf_in(lin.see("/desk").text)
    reason = "<img src=x onerror=alert(1)> & {{ 7*7 }}"
    fields = {"csrf": token, "id": cti, "reason": reason}
    shown = lin.hand_in("/desk/pass/revoke", fields).text
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; {{ 7*7 }}" in shown
    assert "<img" not in shown


def test_a_flood_of_fields_or_bytes_is_refused(lin: Person) -> None:
    token = csrf_in(lin.see("/desk").text)
    many = {"csrf": token, **{f"f{n}": "x" for n in range(50)}}
    assert lin.hand_in("/desk/issue", many).status_code == 400
    assert lin.hand_in("/desk/issue", {"csrf": token, "list": "x" * 70_000}).status_code == 413
    began_s = time.monotonic()
    nested = {"csrf": token, **ONE, "list": "new " * 9_000}
    assert lin.hand_in("/desk/issue", nested).status_code == 400
    assert time.monotonic() - began_s < 2
