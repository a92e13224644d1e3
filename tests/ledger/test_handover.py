"""What is handed over is what the journal holds; every entry is in somebody's watch."""

from dataclasses import astuple
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.duty import Counts, Watch
from kiosk.ledger.counting import Day, DayLedger, Tally
from kiosk.ledger.handover import after, details_of, sheet_of, watch_of
from kiosk.wire import WireEntry
from tests.ledger.making import ZONE, backwards, wire

EVER = Day(date(2027, 1, 5), ZONE, -(2**62), 2**62)
NOBODY = {"cases": 0, "cards": 0, "overstayed": 0, "faults": (), "is_sure": True}


def said(seq: int, what: str, staff: str | None = "w01", **changes: object) -> WireEntry:
    plain = {"kind": "duty", "decision": None, "readings": (), "cti": None, "sub": None}
    return wire(seq, trace=(f"duty:{what}",), staff=staff, **{**plain, **changes})


def counted(entries: list[WireEntry]) -> DayLedger:
    tally = Tally(EVER, {})
    tally.add_journal(backwards(entries))
    return tally.ledger()


ACTS = st.one_of(
    st.tuples(st.just("way"), st.sampled_from(["in", "out"])),
    st.tuples(st.just("decided"), st.sampled_from(["referred", "denied"])),
    st.tuples(st.just("back"), st.integers(1, 3)),
    st.tuples(st.just("noted"), st.sampled_from(["visitor", "card", "never_heard_of"])),
    st.tuples(st.just("duty"), st.sampled_from(["w01", "w02", "w03", "off"])),
)


def journal_of(acts: list[tuple[str, str | int]]) -> tuple[list[WireEntry], list[WireEntry]]:
    """Write a journal as the gate does; returns it and its sheets."""
    entries: list[WireEntry] = []
    watch = Watch()

    def write(entry: WireEntry) -> WireEntry:
        nonlocal watch
        entries.append(entry)
        watch = after(watch, entry)
        return entry

    sheets = []
    for act, value in acts:
        seq = len(entries) + 1
        match act:
            case "way":
                write(wire(seq, direction=value, kind="passage" if seq % 3 else "override"))
            case "decided":
                write(wire(seq, decision=value, reason="elevated"))
            case "back":
                refers = max(1, seq - int(value))
                write(wire(seq, kind="withdrawn", decision=None, refers_to_seq=refers))
            case "noted":
                write(wire(seq, kind=value, decision=None))
            case "duty":
                if watch.staff is not None and watch.staff != value:
                    details = dict(details_of(watch, **NOBODY))  # type: ignore[arg-type]
                    left = said(seq, "handover", watch.staff, details=details)
                    sheets.append(write(left))
                seq = len(entries) + 1
                is_off = value == "off"
                write(said(seq, "off" if is_off else "on", "w09" if is_off else str(value)))
    return entries, sheets


@given(st.lists(ACTS, min_size=20, max_size=60))
def test_each_sheet_has_the_numbers_of_its_entries_in_the_journal(
    acts: list[tuple[str, str | int]],
) -> None:
    entries, sheets = journal_of(acts)
    for entry in sheets:
        sheet = sheet_of(entry)
        assert sheet is not None
        within = [one for one in entries if sheet.first <= one.seq <= sheet.last]
        assert astuple(sheet.counts) == astuple(counted(within).totals)
        came = {one.staff for one in within if one.trace[:1] == ("duty:on",)}
        assert came == {sheet.staff}


@given(st.lists(ACTS, min_size=20, max_size=60))
def test_every_entry_of_a_day_is_in_the_watch_of_who_was_on_duty(
    acts: list[tuple[str, str | int]],
) -> None:
    entries, _ = journal_of(acts)
    ledger = counted(entries)
    expected: dict[str, int] = {}
    on_duty = "?"
    for entry in entries:
        if entry.trace[:1] == ("duty:on",):
            on_duty = entry.staff or ""
        elif entry.trace[:1] == ("duty:off",):
            on_duty = ""
        expected[on_duty] = expected.get(on_duty, 0) + 1
    table = {key[0]: line.entries for key, line in ledger.tables["on_duty"].items()}
    assert table == expected
    assert sum(table.values()) == ledger.totals.entries


def test_who_is_taken_back_within_the_watch_did_not_go_through() -> None:
    acts: list[tuple[str, str | int]] = [("way", "in"), ("duty", "w01"), ("way", "in")]
    _, (entry,) = journal_of([*acts, ("way", "out"), ("back", 1), ("back", 4), ("duty", "off")])
    sheet = sheet_of(entry)
    assert sheet is not None
    assert (sheet.counts.went_in, sheet.counts.went_out, sheet.counts.granted) == (1, 0, 2)


def test_who_signs_on_takes_the_sheet_before() -> None:
    watch = watch_of([said(1, "on"), wire(2), said(3, "note", details={"note": "钥匙在抽屉"})])
    details = dict(details_of(watch, **{**NOBODY, "cases": 2, "faults": ("camera_lost",)}))
    after_all = [said(4, "handover", details=details), said(5, "on", "w02", refers_to_seq=4)]
    watch = watch_of([said(1, "on"), wire(2), watch_note(), *after_all])
    sheet = watch.sheet
    assert sheet is not None and (sheet.staff, sheet.taken_by, sheet.cases) == ("w01", "w02", 2)
    assert sheet.faults == ("camera_lost",)
    assert [note.text for note in sheet.notes] == ["钥匙在抽屉"]
    assert (watch.staff, watch.notes, watch.counts) == ("w02", (), Counts(1, undecided=1))


def watch_note() -> WireEntry:
    return said(3, "note", details={"note": "钥匙在抽屉"})


def test_a_watch_of_a_doubtful_clock_is_marked() -> None:
    for doubtful in (1, 4):
        watch = watch_of([said(1, "on", clock=2 if doubtful == 1 else 0)])
        details = dict(details_of(watch, **NOBODY))  # type: ignore[arg-type]
        entry = said(4, "handover", details=details, clock=2 if doubtful == 4 else 0)
        sheet = sheet_of(entry)
        assert sheet is not None and not sheet.is_sure


@given(
    st.dictionaries(
        st.sampled_from(["since", "first", "last", "entries", "cases", "faults", "sure"]),
        st.one_of(st.integers(-(2**63), 2**63 - 1), st.text(max_size=9)),
    ),
    st.text(max_size=12),
)
def test_hostile_details_are_no_sheet_and_no_crash(
    details: dict[str, int | str], verdict: str
) -> None:
    entry = said(7, "handover", details=details)
    assert sheet_of(entry) is None
    watch = after(Watch(), said(8, verdict, details=details))
    assert watch.last == 8
