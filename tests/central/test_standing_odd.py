"""Reports that come late or in no order, clocks that are ahead, files that are damaged."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.core.words import EntryKind, Granted
from kiosk.core.words_home import CardState, midnight_after
from kiosk.register.directory import Directory
from kiosk.register.elsewhere import Elsewhere
from kiosk.timing import ClockState
from kiosk.wire import (
    Anchor,
    DirectoryPart,
    ElsewherePart,
    ElsewhereRow,
    encode_entry,
    next_head,
)
from tests.central.office import Office
from tests.central.test_standing import (
    _ENTRY,
    CARD,
    HOME,
    LATER_MS,
    NOW_MS,
    ORDER,
    PERSON,
    UTC_0_MS,
    Gate,
    gates,
    office,
    run,
)

__all__ = ["gates", "office"]  # fixtures
DAY_MS = 86_400_000
OTHER = "11" * 8
WITHIN_S = 5.0


def lend(gate: Gate, form: str) -> None:
    details = (("card", 5), ("visit", form), ("until", LATER_MS), ("host", HOME))
    gate.write(EntryKind.CARD, cti=CARD, details=details)


def give_back(gate: Gate, form: str) -> None:
    gate.write(EntryKind.CARD, cti=CARD, details=(("visit", form), ("returned", 1)))


def test_late_report_of_a_return_leaves_the_next_visit_alone(gates: tuple[Gate, Gate]) -> None:
    south, east = gates
    lend(east, OTHER)
    give_back(south, ORDER)
    south.hear()
    visit = south.standing.visit(CARD)
    assert visit is not None and visit.form.hex() == OTHER


def test_lending_that_is_reported_after_its_return_is_over(gates: tuple[Gate, Gate]) -> None:
    south, east = gates
    give_back(east, ORDER)
    lend(south, ORDER)
    east.hear()
    assert east.standing.visit(CARD) is None
    lend(south, OTHER)
    east.hear()
    assert east.standing.visit(CARD) is not None, "the card may be lent again"


def test_gate_with_a_clock_ahead_makes_no_other_forget_its_trips(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    south, east = gates
    granted = {"decision": Granted(), "details": (("trip", 1),)}
    at = replace(_ENTRY.at, utc=_utc(NOW_MS - DAY_MS))
    south.write(EntryKind.PASSAGE, cti=PERSON, sub=HOME, at=at, **granted)
    (trip,) = _trips_after(east)
    stamp = replace(_ENTRY.at, utc=_utc(NOW_MS + 90 * DAY_MS))
    south.write(EntryKind.PASSAGE, cti=b"other-01", sub="ZZ12CD34", at=stamp, **granted)
    assert _trips_after(east) == [trip]
    newest = east.elsewhere.newest(b"other-01")
    assert newest is not None and newest[0] == NOW_MS, "when it arrived"


def _utc(utc_ms: int) -> datetime:
    return datetime.fromtimestamp(utc_ms / 1000, UTC)


def _trips_after(gate: Gate) -> list[object]:
    gate.hear()
    return [*gate.elsewhere.trips(HOME, 0)]


def test_card_whose_number_was_cancelled_before_can_be_decided(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    south, _ = gates
    bound = {"sub": HOME, "details": (("card", 17), ("bound", 1), ("form", ORDER))}
    south.write(EntryKind.CARD, cti=CARD, **bound)
    assert run(office, "cancel-card", "17").exit_code == 0
    south.write(EntryKind.CARD, cti=b"card-new", **bound)
    assert run(office, "confirm-card", "17").exit_code == 0
    south.hear()
    old, new = south.standing.binding(CARD), south.standing.binding(b"card-new")
    assert old is not None and old.state is CardState.CANCELLED
    assert new is not None and new.state is CardState.CONFIRMED


ROWS = tuple(
    ElsewhereRow(n.to_bytes(8), f"AB12{n % 1000:04}", UTC_0_MS + n, "out", "南门", True)
    for n in range(3000)
)


def test_passages_in_a_file_that_is_damaged_in_use_are_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.db"
    kept = Elsewhere(path)
    assert kept.take(ElsewherePart(3000, ROWS)) == ""
    kept.close()
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))
    kept = Elsewhere(path)
    assert kept.trips("AB120001", 0) == []
    assert kept.seq == 0, "central sends everything again"
    assert kept.take(ElsewherePart(3000, ROWS)) == ""
    assert len(kept.trips("AB120001", 0)) == 3
    kept.close()


class Paused(tuple):  # type: ignore[type-arg]  # rows of either kind
    """Rows; while they are written, somebody looks and must not wait."""

    look: Callable[[], object]
    answers: list[object]

    def __iter__(self) -> Iterator[object]:
        yield from super().__iter__()
        looking = threading.Thread(target=lambda: self.answers.append(self.look()))
        looking.start()
        looking.join(WITHIN_S)


def paused(rows: tuple[object, ...], look: Callable[[], object]) -> Paused:
    made = Paused(rows)
    made.look, made.answers = look, []
    return made


def test_gate_looks_passages_up_while_the_sync_writes(tmp_path: Path) -> None:
    kept = Elsewhere(tmp_path / "elsewhere.db")
    assert kept.take(ElsewherePart(1, ROWS[:1])) == ""
    rows = paused(ROWS[1:9], lambda: (kept.trips("AB120000", 0), kept.seq))
    assert kept.take(ElsewherePart(9, rows)) == ""
    assert len(rows.answers) == 2, "asked each time the rows were gone through"
    trips, seq = rows.answers[0]  # type: ignore[misc]  # as looked up above
    assert (len(trips), seq, kept.seq) == (1, 1, 9), "what was whole before"
    kept.close()


def test_gate_looks_orders_up_while_the_sync_writes(tmp_path: Path) -> None:
    kept = Directory(tmp_path / "directory.db")
    assert kept.take(DirectoryPart(1, ((4, b"cold", b"old"),))) == ""
    rows = paused(((4, b"cold", b"new"),), lambda: kept.row(4, b"cold"))
    assert kept.take(DirectoryPart(2, rows)) == ""
    assert rows.answers == [b"old"], "what was whole before"
    assert kept.row(4, b"cold") == b"new"
    kept.close()


def test_orders_and_passages_live_in_memory_where_no_file_can_be_made(tmp_path: Path) -> None:
    orders = Directory(tmp_path / "missing" / "directory.db")
    passages = Elsewhere(tmp_path / "missing" / "elsewhere.db")
    assert orders.take(DirectoryPart(1, ((4, b"cold", b"row"),))) == ""
    assert passages.take(ElsewherePart(9, ROWS[:9])) == ""
    assert (orders.row(4, b"cold"), orders.seq, passages.seq) == (b"row", 1, 9)
    orders.close()
    passages.close()


FORTNIGHT = "2027-01-30 00:00"  # the midnight that ends 14 days after the 15th


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({"clock": 2, "utc_ms": NOW_MS - 3 * DAY_MS + 5000}, FORTNIGHT),
        ({"clock": 0, "anchors": (Anchor("boot", 1, 6000, NOW_MS + 5000, 100),)}, FORTNIGHT),
        ({"clock": 0, "utc_ms": NOW_MS}, "2027-01-27 00:00"),
    ],
    ids=["it still does not know the time", "it learnt the time in that boot", "nobody knows"],
)
def test_days_of_an_order_count_from_the_day_that_it_really_was(
    office: Office, gates: tuple[Gate, Gate], changes: dict[str, object], until: str
) -> None:
    south, east = gates
    made_ms = NOW_MS - 3 * DAY_MS  # by a clock that stood still while the power was out
    at = replace(_ENTRY.at, utc=_utc(made_ms), clock=ClockState.UNSURE)
    ends_ms = midnight_after(made_ms, 14, 8 * 3600)
    details = (("days", 14), ("order", ORDER), ("until", ends_ms))
    entry = replace(_ENTRY, kind=EntryKind.ISOLATION, cti=PERSON, at=at, details=details)
    south.far.bodies.append(encode_entry(entry, seq=1, boot_no=1))
    south.far.heads.append(next_head(south.far.heads[-1], south.far.bodies[-1]))
    office.intake.answer(south.far.request(south.far.part(1, 1), **changes))
    assert f"until {until}" in run(office, "list").output
    east.hear()
    (order,) = east.standing.isolations(PERSON, "")
    assert (order.until_ms > ends_ms) == (until == FORTNIGHT)
