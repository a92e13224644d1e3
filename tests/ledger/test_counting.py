"""The ledger's promise: its tables add up to the journal, whatever the journal holds."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ledger.counting import DayLedger, Line, Tally, day_of
from kiosk.ledger.today import after, counts_of
from kiosk.wire import WireEntry
from tests.ledger.making import DAY, GRIDS, INFRARED, MOVING, WRIST, ZONE, backwards, wire

MINUTE_MS = 60_000
KINDS = (
    "passage", "passage", "passage", "override", "withdrawn", "visitor", "occupant",
    "persuaded", "card", "from_a_later_version",
)  # fmt: skip
OUTCOMES = (
    ("granted", None), ("referred", "elevated"), ("denied", "E_EXPIRED"), (None, None),
    ("of_a_later_version", "who_knows"),
)  # fmt: skip


def ledger_of(entries: list[WireEntry], **since: Any) -> DayLedger:
    tally = Tally(day_of(DAY.on, ZONE, **since) if since else DAY, GRIDS)
    tally.add_journal(backwards(entries))
    return tally.ledger()


@st.composite
def entry_at(draw: st.DrawFn, seq: int) -> WireEntry:
    """An entry within a day and a half around the ledger's day."""
    decision, reason = draw(st.sampled_from(OUTCOMES))
    kind = draw(st.sampled_from(KINDS))
    details = draw(st.sampled_from([{}, {"visit": "a1"}, {"visit": "b2"}]))
    if kind == "card" and draw(st.booleans()):
        details = {**details, "returned": 1}
    return wire(
        seq,
        DAY.start_ms + draw(st.integers(-6 * 60, 30 * 60)) * MINUTE_MS,
        kind=kind,
        clock=draw(st.sampled_from((0, 1, 2))),
        gate=draw(st.sampled_from(("南门", "北门"))),
        direction=draw(st.sampled_from(("in", "out", "sideways"))),
        decision=decision,
        reason=reason,
        sub=draw(st.sampled_from((None, "AB12CD34", "CD34EF56", "NOBODY00"))),
        readings=draw(st.sampled_from(((), (INFRARED,), (MOVING,), (INFRARED, WRIST, MOVING)))),
        staff=draw(st.sampled_from((None, "w1", "w2"))),
        refers_to_seq=draw(st.none() | st.integers(0, 3) | st.integers(0, seq + 2)),
        details=details,
    )


@st.composite
def journals(draw: st.DrawFn) -> list[WireEntry]:
    count = draw(st.integers(0, 14))
    entries = [draw(entry_at(seq)) for seq in range(1, count + 1)]
    if draw(st.booleans()):  # as a journal is when its clock goes on as it should
        times = sorted(one.utc_ms for one in entries)
        entries = [_at(one, utc) for one, utc in zip(entries, times, strict=True)]
    return entries


def _at(entry: WireEntry, utc_ms: int) -> WireEntry:
    fields = {name: getattr(entry, name) for name in WireEntry.__dataclass_fields__}
    return WireEntry(**{**fields, "utc_ms": utc_ms})


def local(entry: WireEntry) -> datetime:
    """China has one zone, eight hours before UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=8, milliseconds=entry.utc_ms)


def of_the_day(entries: list[WireEntry]) -> list[WireEntry]:
    return [one for one in entries if local(one).date() == DAY.on]


def taken_back(entries: list[WireEntry]) -> set[int]:
    return {
        other.seq
        for one in entries
        for other in entries
        if one.kind == "withdrawn" and one.refers_to_seq == other.seq and other.seq < one.seq
    }


def who_passed(entries: list[WireEntry], among: list[WireEntry]) -> list[WireEntry]:
    gone = taken_back(entries)
    return [
        one
        for one in among
        if one.kind in ("passage", "override")
        and one.decision == "granted"
        and one.seq not in gone
    ]


def count_people(entries: list[WireEntry]) -> int:
    """Walk from each entry to the others of its case, one after the other."""
    cases = {one.seq: one for one in entries if one.kind in ("passage", "override")}
    links = {
        frozenset((one.seq, one.refers_to_seq))
        for one in cases.values()
        if one.refers_to_seq in cases and one.refers_to_seq < one.seq
    }
    left, people = set(cases), 0
    while left:
        people += 1
        reached = {left.pop()}
        while more := {s for link in links if link & reached for s in link} - reached:
            reached |= more
        left -= reached
    return people


def instrument(entry: WireEntry) -> str:
    values = [reading[7] for reading in entry.readings if reading[1] is not None]
    return values[-1] if values else ("no_value" if entry.readings else "not_measured")


def grid(entry: WireEntry) -> str:
    if entry.sub is None:
        return "no_household"
    return str(GRIDS.get(entry.sub, "not_on_register"))


SAYS = {
    "hour": lambda e: (f"{local(e).hour:02}",),
    "outcome": lambda e: (e.decision or "none", e.reason or ""),
    "kind": lambda e: (e.kind,),
    "direction": lambda e: (e.direction,),
    "grid": lambda e: (grid(e),),
    "instrument": lambda e: (instrument(e),),
    "staff": lambda e: (e.staff, e.kind) if e.staff else ("", ""),
    "gate": lambda e: (e.gate,),
}


@settings(max_examples=400, deadline=None)
@given(journals())
def test_every_table_adds_up_to_the_journal(entries: list[WireEntry]) -> None:
    ledger, today = ledger_of(entries), of_the_day(entries)
    passed = who_passed(entries, today)
    assert ledger.totals.entries == len(today)
    for name, key_of in SAYS.items():
        lines = ledger.tables[name]
        assert {key: line.entries for key, line in lines.items()} == Counter(map(key_of, today))
        for field in Line.__dataclass_fields__:
            total = sum(getattr(line, field) for line in lines.values())
            assert total == getattr(ledger.totals, field)
        went_in = Counter(key_of(one) for one in passed if one.direction == "in")
        assert {k: line.went_in for k, line in lines.items() if line.went_in} == went_in


@settings(max_examples=400, deadline=None)
@given(journals())
def test_the_totals_equal_an_obvious_count(entries: list[WireEntry]) -> None:
    ledger, today = ledger_of(entries), of_the_day(entries)
    passed, totals = who_passed(entries, today), ledger.totals
    decisions = Counter(one.decision for one in today)
    assert totals.went_in == sum(one.direction == "in" for one in passed)
    assert totals.went_out == sum(one.direction == "out" for one in passed)
    assert totals.granted == decisions["granted"]
    assert totals.referred == decisions["referred"]
    assert totals.denied == decisions["denied"]
    assert ledger.people == count_people(today)
    assert ledger.unsure == sum(one.clock == 2 for one in today)
    granted = [o for o in today if o.kind in ("passage", "override")]
    granted = [o for o in granted if o.decision == "granted"]
    assert ledger.taken_back == len(granted) - len(passed)


@settings(max_examples=400, deadline=None)
@given(journals(), st.none() | st.just(DAY.on))
def test_who_is_inside_is_who_came_and_did_not_leave(
    entries: list[WireEntry], since: date | None
) -> None:
    ledger = ledger_of(entries, since=since)
    until = [one for one in entries if local(one).date() <= DAY.on]
    if since is not None:
        until = [one for one in until if local(one).date() >= since]
    passed = who_passed(entries, until)
    for gate in ("南门", "北门"):
        here = Counter(one.direction for one in passed if one.gate == gate)
        if gate in ledger.inside:
            counted = ledger.inside[gate]
            assert (counted.came, counted.left) == (here["in"], here["out"])
            assert counted.difference == here["in"] - here["out"]
        else:
            assert not here
    assert ledger.visitors_inside == _visitors_inside(until, passed)


def _visitors_inside(entries: list[WireEntry], passed: list[WireEntry]) -> int:
    inside: dict[object, bool] = {}
    for one in entries:
        visit = one.details.get("visit")
        if visit is not None and one in passed:
            inside[visit] = one.direction == "in"
        elif visit is not None and one.kind == "card" and "returned" in one.details:
            inside[visit] = False
    return sum(inside.values())


@settings(max_examples=400, deadline=None)
@given(journals())
def test_the_staff_page_counts_as_the_ledger_does(entries: list[WireEntry]) -> None:
    until_now = [one for one in entries if one.utc_ms < DAY.end_ms]
    ledger, counts = ledger_of(until_now), counts_of(until_now, DAY.start_ms)
    by_kind, by_instrument = ledger.tables["kind"], ledger.tables["instrument"]
    empty = Line()
    assert (counts.entered, counts.left) == (ledger.totals.went_in, ledger.totals.went_out)
    assert (counts.referred, counts.denied) == (ledger.totals.referred, ledger.totals.denied)
    assert counts.visitors == by_kind.get(("visitor",), empty).entries
    assert counts.persuaded == by_kind.get(("persuaded",), empty).entries
    assert counts.withdrawn == by_kind.get(("withdrawn",), empty).entries
    assert counts.infrared == by_instrument.get(("infrared",), empty).entries
    typed = [v.entries for k, v in by_instrument.items() if k[0].startswith("typed_")]
    assert counts.typed == sum(typed)
    assert counts.inside == sum(gate.difference for gate in ledger.inside.values())


def test_a_grant_that_is_taken_back_twice_is_taken_back_once() -> None:
    back = {"kind": "withdrawn", "decision": None, "readings": ()}
    entries = [
        wire(1),
        wire(2),
        wire(3, refers_to_seq=1, **back),
        wire(4, refers_to_seq=1, **back),
        wire(5, refers_to_seq=99, **back),
    ]
    ledger, counts = ledger_of(entries), counts_of(entries, DAY.start_ms)
    assert (ledger.totals.went_in, ledger.taken_back) == (1, 1)
    assert (counts.entered, counts.inside, counts.withdrawn) == (1, 1, 3)


def test_a_passage_just_before_midnight_may_be_taken_back_after_it() -> None:
    entries = [
        wire(1, DAY.end_ms - 1),
        wire(2, DAY.end_ms + 9000, kind="withdrawn", decision=None, refers_to_seq=1),
    ]
    ledger, counts = ledger_of(entries), counts_of(entries, DAY.end_ms)
    assert (ledger.totals.granted, ledger.totals.went_in, ledger.taken_back) == (1, 0, 1)
    assert ledger.totals.entries == 1
    assert (counts.inside, counts.entered, counts.withdrawn) == (0, 0, 1)


def test_three_looks_at_one_person_are_one_of_the_people() -> None:
    entries = [
        wire(1, decision="referred", reason="elevated"),
        wire(2, decision="referred", reason="borderline", refers_to_seq=1),
        wire(3, refers_to_seq=1),
        wire(4),
    ]
    ledger = ledger_of(entries)
    assert (ledger.people, ledger.totals.entries) == (2, 4)


def test_the_day_after_begins_at_nought_but_for_who_is_inside() -> None:
    counts = counts_of([wire(1), wire(2)], DAY.start_ms)
    counts = after(counts, wire(3, DAY.end_ms, direction="out"), DAY.end_ms)
    assert (counts.entered, counts.left, counts.inside) == (0, 1, 1)


def test_more_who_left_than_came_is_told_as_it_is() -> None:
    inside = ledger_of([wire(1, direction="out"), wire(2, direction="out"), wire(3)]).inside
    assert (inside["南门"].came, inside["南门"].left, inside["南门"].difference) == (1, 2, -1)


def test_a_row_that_cannot_be_read_is_counted_apart() -> None:
    tally = Tally(DAY, GRIDS)
    tally.add_journal([None, *backwards([wire(1)]), None])
    assert (tally.ledger().totals.entries, tally.ledger().unreadable) == (1, 2)


def test_midnight_belongs_to_the_day_that_it_begins() -> None:
    entries = [wire(1, DAY.start_ms - 1), wire(2, DAY.start_ms), wire(3, DAY.end_ms)]
    ledger = ledger_of(entries)
    assert (ledger.totals.entries, ledger.inside["南门"].came) == (1, 2)
    assert ledger_of(entries, since=DAY.on).inside["南门"].came == 1
