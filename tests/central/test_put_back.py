"""Central is put back to an older copy: gates that heard more are told all, soon or late."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from kiosk.central import register
from kiosk.central.directory import put_row
from kiosk.central.put_back import AGAIN_MS, BELIEVED_MAX, MARGIN, Numbers
from kiosk.central.schema_office import directory
from kiosk.central.store import reading, writing
from kiosk.core.words import EntryKind, Granted, Household
from tests.central.office import Office
from tests.central.test_standing import HOME, LATER_MS, NOW_MS, Gate, gates, office

__all__ = ["gates", "office"]  # fixtures
NUMBERS = Numbers("directory_lost")


@contextmanager
def put_back(office: Office) -> Iterator[None]:
    """What is done meanwhile is lost to central."""
    with (
        closing(sqlite3.connect(office.folder / "central.db")) as central,
        closing(sqlite3.connect(":memory:")) as copy,
    ):
        central.backup(copy)
        yield
        copy.backup(central)


def isolate(gate: Gate, who: bytes, number: int) -> None:
    details = (("order", f"{number:016x}"), ("until", LATER_MS))
    gate.write(EntryKind.ISOLATION, cti=who, details=details)


def test_a_gate_that_was_off_line_meanwhile_lacks_nothing(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    south, east = gates
    passed = {"decision": Granted(), "sub": HOME, "details": (("trip", 1),)}
    isolate(south, b"before-1", 1)
    with put_back(office):
        for number in range(2, 8):
            isolate(south, b"lost-%03d" % number, number)
            south.write(EntryKind.PASSAGE, cti=b"lost-%03d" % number, **passed)
        east.hear()
    assert (east.directory.seq, east.elsewhere.seq) == (7, 6)
    south.far.begin_journal(b"epoch--2")
    south.hear()  # the first to come finds out that central lost something
    for number in range(8, 17):
        isolate(south, b"new-%04d" % number, number)
        south.write(EntryKind.PASSAGE, cti=b"new-%04d" % number, **passed)
    east.hear()
    assert all(east.standing.isolations(b"new-%04d" % number, "") for number in range(8, 17))
    assert east.elsewhere.newest(b"new-0008") is not None
    south.hear()
    east.hear()
    assert south.directory.seq == east.directory.seq, "and nothing is told over and over"


def test_whoever_is_told_all_anew_is_told_once(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    _, east = gates
    with writing(office.engine) as db:
        for number in range(40):
            put_row(db, 1, number.to_bytes(8), bytes(20_000))
    with put_back(office):
        with writing(office.engine) as db:
            put_row(db, 1, b"lost", b"x")
        for _ in range(8):
            east.hear()
    told = []
    for _ in range(8):
        before = east.directory.seq
        east.hear()
        told.append(east.directory.seq != before)
    assert told == [True] * 4 + [False] * 4, "some 800 kB in parts, from the beginning"


@pytest.mark.parametrize("claimed", [BELIEVED_MAX + 2, 2**62])
def test_a_kiosk_that_lies_uses_up_no_numbers(office: Office, claimed: int) -> None:
    with writing(office.engine) as db:
        put_row(db, 1, b"a", b"x")
        assert NUMBERS.heard(db, directory.c.seq, claimed, NOW_MS) == 0
        put_row(db, 1, b"b", b"x")
        assert NUMBERS.after(db, directory.c.seq) == 3
        for claim in (10, MARGIN + 500, 2 * MARGIN + 900):
            assert NUMBERS.heard(db, directory.c.seq, claim, NOW_MS) == 0
        assert NUMBERS.after(db, directory.c.seq) == 10 + MARGIN + 1, "once an hour"
        assert NUMBERS.heard(db, directory.c.seq, MARGIN + 500, NOW_MS + AGAIN_MS) == 0
        assert NUMBERS.after(db, directory.c.seq) == 2 * MARGIN + 501


def test_a_register_that_was_lost_is_no_reason_to_keep_it(office: Office) -> None:
    home = Household(HOME, 1, "1-1-101")
    with put_back(office), writing(office.engine) as db:
        lost = register.keep_register(db, [home], by="li", now_ms=NOW_MS)
    with writing(office.engine) as db:
        new = register.keep_register(db, [], by="li", now_ms=NOW_MS + 60_000)
    with reading(office.engine) as db:
        assert register.part_for(db, lost.version) == new
        assert register.part_for(db, new.version) is None
