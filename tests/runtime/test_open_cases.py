"""A case that a person may still end is kept for staff, and its entries refer to each other."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from kiosk.core.messages import (
    Attend,
    ChooseMeasuring,
    Measuring,
    OpenCase,
    PassPresented,
    RecordEntry,
)
from kiosk.core.words import Granted, Reason, Referred
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.measuring import keep_measuring, read_measuring
from kiosk.runtime.open_cases import CASES_MAX, HOLDS_S
from kiosk.runtime.troubles import Troubles
from tests.core.making import ANA, FACTS
from tests.runtime.test_execute import World, _grant


def made(world: World, scan: int) -> tuple[RecordEntry, RecordEntry]:
    """Return the entry of a case that was referred, and the one that ends it."""
    granted = _grant(world)[0].entry
    granted = replace(granted, scan_id=UUID(int=scan), cti=scan.to_bytes(8))
    referred = replace(granted, decision=Referred(Reason.TOO_COLD))
    shown = PassPresented(world.clock.now(), UUID(int=scan), ANA, FACTS)
    return RecordEntry(referred, OpenCase(shown)), RecordEntry(granted)


def executor_of(world: World) -> Executor:
    ports = Ports(world, world, world, Latest(), Inbox())
    return Executor(ports, world.clock, Troubles(world.clock))


def test_the_entry_that_ends_a_case_refers_to_the_one_that_left_it_open() -> None:
    world = World()
    executor = executor_of(world)
    referred, granted = made(world, 7)
    executor.run((referred,))
    assert executor.open_cases.find(UUID(int=7)) is not None
    executor.run((granted,))
    assert [e.refers_to_seq for e in world.entries] == [None, 1]
    assert executor.open_cases.find(UUID(int=7)) is None
    assert world.entries[1].decision == Granted()


def test_an_entry_of_a_person_without_a_case_refers_to_nothing() -> None:
    world = World()
    executor = executor_of(world)
    executor.run((made(world, 1)[0], made(world, 2)[1]))
    assert [e.refers_to_seq for e in world.entries] == [None, None]


def test_open_cases_are_few_newest_first_and_do_not_grow_old() -> None:
    world = World()
    executor = executor_of(world)
    for scan in range(1, CASES_MAX + 3):
        executor.run((made(world, scan)[0],))
    kept = executor.open_cases.entries(world.clock.now())
    assert [e.scan_id.int for e in kept] == list(range(CASES_MAX + 2, 2, -1))
    world.clock.advance(HOLDS_S + 1)
    assert executor.open_cases.entries(world.clock.now()) == ()


def test_a_case_that_could_not_be_written_is_not_open() -> None:
    world = World(is_full=True)
    executor = executor_of(world)
    executor.run((made(world, 7)[0],))
    assert executor.open_cases.find(UUID(int=7)) is None


def test_who_is_signed_on_is_known_until_they_leave() -> None:
    executor = executor_of(World())
    executor.run((Attend("w01"),))
    assert executor.staff == "w01"
    executor.run((Attend(None),))
    assert executor.staff is None


def test_how_temperatures_are_taken_outlives_a_restart(tmp_path: Path) -> None:
    assert read_measuring(tmp_path) is Measuring.BY_WEATHER
    world, kept = World(), []
    ports = Ports(world, world, world, Latest(), Inbox())
    executor = Executor(ports, world.clock, Troubles(world.clock), keep_measuring=kept.append)
    executor.run((ChooseMeasuring(Measuring.TYPED),))
    keep_measuring(tmp_path, kept[0])
    assert (executor.measuring, read_measuring(tmp_path)) == (Measuring.TYPED, Measuring.TYPED)


def test_a_choice_that_cannot_be_read_or_kept_is_by_the_weather(tmp_path: Path) -> None:
    (tmp_path / "measuring.json").write_text("{half", "utf-8")
    assert read_measuring(tmp_path) is Measuring.BY_WEATHER
    keep_measuring(tmp_path / "nowhere", Measuring.TYPED)
    assert read_measuring(tmp_path / "nowhere") is Measuring.BY_WEATHER
