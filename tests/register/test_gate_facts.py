"""What a gate's own index answers of orders, visits, supplies, vehicles, from its entries."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core.words_home import Isolation
from kiosk.register import gate_facts
from kiosk.register import passages_rows as rows
from kiosk.register.passages_schema import commit, connect

NOW_MS = 1_799_107_200_000
HOUR_MS = 3_600_000
CTI, SUB = b"resident", "H3M25PQ7"
VISIT, CAR = b"visit-01", b"car-0001"
PLAIN = rows.Noted(
    seq=1, kind="passage", at_s=1.0, boot_id="boot", utc_ms=NOW_MS, gate="南门",
    direction="out", decision="granted", reason=None, cti=CTI, sub=SUB, estimate_c=36.4,
    is_measured=True, staff="li", refers_to_seq=None, details={},
)  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = connect(tmp_path / "passages.db")
    yield db
    db.close()


def note(db: sqlite3.Connection, *noted: rows.Noted) -> None:
    with commit(db):
        for one in noted:
            rows.put(db, one)


def entry(seq: int, kind: str, cti: bytes | None = CTI, **details: object) -> rows.Noted:
    return replace(PLAIN, seq=seq, kind=kind, cti=cti, decision=None, details=details)  # type: ignore[arg-type]


def lent(seq: int, cti: bytes, visit: bytes, card: int, **details: object) -> rows.Noted:
    told = {"visit": visit.hex(), "card": card, "until": NOW_MS + HOUR_MS, **details}
    return entry(seq, "card", cti, **told)


def came_in(seq: int, cti: bytes, visit: bytes) -> rows.Noted:
    return replace(PLAIN, seq=seq, cti=cti, direction="in", details={"visit": visit.hex()})


def test_of_several_orders_the_one_that_lasts_longest_counts() -> None:
    orders = [Isolation(bytes([n] * 8), NOW_MS + n * HOUR_MS, "li") for n in (2, 3, 1)]
    assert gate_facts.strictest(orders) == orders[1]
    assert gate_facts.strictest([]) is None


def test_orders_of_a_person_and_of_the_household_are_found_together(
    db: sqlite3.Connection,
) -> None:
    about = {"order": (b"\1" * 8).hex(), "until": NOW_MS + HOUR_MS}
    of_home = replace(entry(2, "isolation", None, order=(b"\2" * 8).hex(), until=NOW_MS))
    note(db, entry(1, "isolation", **about), of_home)
    found = gate_facts.isolations(db, CTI, SUB)
    assert {(one.order, one.is_provisional) for one in found} == {
        (b"\1" * 8, True),
        (b"\2" * 8, True),
    }
    assert len(gate_facts.isolations(db, b"somebody", SUB)) == 1


def test_the_alarm_is_about_visitors_who_are_inside_past_their_time(
    db: sqlite3.Connection,
) -> None:
    note(db, lent(1, b"card-005", VISIT, 5), lent(2, b"card-006", b"visit-02", 6))
    note(db, came_in(3, b"card-005", VISIT))
    end_ms = NOW_MS + HOUR_MS
    assert gate_facts.overstayed(db, end_ms - 1) == ()
    assert gate_facts.overstayed(db, end_ms) == (5,), "the holder of card 6 never came in"
    back = {"visit": VISIT.hex(), "returned": 1}
    note(db, entry(4, "card", b"card-005", **back))
    assert gate_facts.overstayed(db, end_ms) == () == gate_facts.regulars(db, NOW_MS)
    assert gate_facts.lent_card(db, 5) is None


def test_a_courier_s_card_is_offered_until_its_day_is_over(db: sqlite3.Connection) -> None:
    note(db, lent(1, b"card-012", VISIT, 12, regular=1), lent(2, b"card-005", b"visit-02", 5))
    assert gate_facts.regulars(db, NOW_MS + HOUR_MS - 1) == (12,)
    assert gate_facts.regulars(db, NOW_MS + HOUR_MS) == ()


def test_a_form_waits_three_minutes_for_its_own_kind_of_card(db: sqlite3.Connection) -> None:
    visitor = entry(1, "visitor", None, visit=VISIT.hex(), until=NOW_MS + HOUR_MS)
    note(db, visitor, entry(2, "card", None, form=(b"\7" * 8).hex()))
    for is_visitors, form in ((True, VISIT), (False, b"\7" * 8)):
        waits = gate_facts.waiting_form(db, NOW_MS + 180_000, is_visitors=is_visitors)
        assert waits is not None and waits.form == form
        late = gate_facts.waiting_form(db, NOW_MS + 180_001, is_visitors=is_visitors)
        assert late is None
    note(db, lent(3, b"card-005", VISIT, 5))
    assert gate_facts.waiting_form(db, NOW_MS, is_visitors=True) is None


def test_each_thing_is_handed_to_each_household_once(db: sqlite3.Connection) -> None:
    note(db, entry(1, "supplies", item="masks"))
    assert gate_facts.has_supplies(db, "masks", SUB)
    assert not gate_facts.has_supplies(db, "rice", SUB)
    assert not gate_facts.has_supplies(db, "masks", "ZZZZZZZZ")


def test_a_trip_on_the_first_moment_counts_and_one_taken_back_does_not(
    db: sqlite3.Connection,
) -> None:
    note(db, replace(PLAIN, details={"trip": 1}), replace(PLAIN, seq=2, utc_ms=NOW_MS + 1))
    assert [trip.utc_ms for trip in gate_facts.trips(db, SUB, NOW_MS)] == [NOW_MS]
    assert gate_facts.trips(db, SUB, NOW_MS + 1) == []
    note(db, replace(entry(3, "withdrawn"), refers_to_seq=1))
    assert gate_facts.trips(db, SUB, NOW_MS) == []


def test_a_vehicle_is_open_until_everybody_in_it_is_well_or_half_an_hour_is_over(
    db: sqlite3.Connection,
) -> None:
    note(db, entry(1, "vehicle", None, vehicle=CAR.hex(), seats=2))
    well = replace(entry(2, "occupant", None, vehicle=CAR.hex()), decision="granted")
    ill = replace(well, seq=3, decision="referred")
    note(db, well, ill)
    car = gate_facts.open_vehicle(db, NOW_MS)
    assert car is not None and (car.occupants, car.well, car.is_admitted) == (2, 1, True)
    assert gate_facts.open_vehicle(db, NOW_MS + 30 * 60_000) is None
    note(db, replace(well, seq=4))
    assert gate_facts.open_vehicle(db, NOW_MS) is None
