"""Whoever staff ask to wait is let through by staff alone, whatever happens at the gate."""

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.machine import AwaitingReading, Idle, Showing, State, step
from kiosk.core.messages import (
    Attend,
    Command,
    Event,
    PassPresented,
    PulseGate,
    ReadingTaken,
    RepeatAsked,
    Show,
    StopReading,
    TemperatureTyped,
    Tick,
)
from kiosk.core.messages_staff import HoldLifted, HoldPlaced, OverrideGiven, PassForgotten, Why
from kiosk.core.rules import Rules
from kiosk.core.wording import ONE_MOMENT, Page
from kiosk.core.words import (
    Credential,
    Entry,
    EntryKind,
    Facts,
    Granted,
    LastPassage,
    Reason,
    Recorded,
    Referred,
    Source,
    TraceLine,
)
from kiosk.errors import JournalError
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.holds import PLACED, Holds, read_holds
from kiosk.runtime.informing import Informer
from kiosk.runtime.late import LateJournal
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from kiosk.timing import ManualClock, Stamp
from tests.core.making import ANA, BO, FACTS, LOBBY, reading
from tests.journal.making import make_entry, open_here
from tests.runtime.test_execute import World

RULES = Rules()
PASSES = (ANA, BO)


@dataclass
class HoldWorld(World):
    """The outside, which also knows what each pass did last."""

    written: list[Recorded] = field(default_factory=list)
    was_set_aside: bool = False

    def record(self, entry: Entry) -> Recorded:
        """Write it down."""
        recorded = super().record(entry)
        self.written.append(recorded)
        return recorded

    def newest_of(self, kinds: Collection[EntryKind], back: int) -> tuple[Recorded, ...]:
        """The newest entries of these kinds."""
        return tuple(one for one in self.written[: -back - 1 : -1] if one.entry.kind in kinds)

    def lane(self, _at: Stamp) -> Facts:
        """This gate."""
        return FACTS

    def facts(self, event: PassPresented, **_: Any) -> Facts:
        """What this pass did last."""
        assert isinstance(event.outcome, Credential)
        return replace(FACTS, last=self.last(event.outcome.cti))

    def last(self, cti: bytes) -> LastPassage | None:
        """The newest decision on a pass."""
        for one in reversed(self.written):
            entry = one.entry
            if entry.cti == cti and entry.decision is not None:
                at = entry.at
                return LastPassage(
                    one.seq, at.mono_s, at.boot_id, 0, entry.direction, entry.decision, False
                )
        return None

    def held(self) -> set[bytes]:
        """Which passes the entries say are held."""
        found: set[bytes] = set()
        for entry in self.entries:
            if entry.cti is None or entry.kind not in (EntryKind.HOLD, EntryKind.OVERRIDE):
                continue
            is_placed = entry.kind is EntryKind.HOLD and dict(entry.details) == {"held": 1}
            (found.add if is_placed else found.discard)(entry.cti)
        return found


class Lane:
    """The main thread's turn, without its thread."""

    def __init__(self) -> None:
        self.world = HoldWorld()
        self.scans: dict[UUID, bytes] = {}
        self.state: State = Idle()
        self.start(Holds())

    def start(self, holds: Holds) -> None:
        """Begin, or begin again after a power cut."""
        ports = Ports(self.world, self.world, self.world, Latest(), Inbox())
        troubles = Troubles(self.world.clock)
        self.executor = Executor(ports, self.world.clock, troubles, holds=holds)
        self.informer = Informer(ports, self.executor, lambda: LOBBY, lambda _at: None)
        self.state = Idle()
        self.executor.run((Attend("w01"),))

    def serve(self, event: Event) -> tuple[Command, ...]:
        """One event, as the main thread serves it."""
        self.state, commands = step(self.state, self.informer.informed(event), RULES)
        if (failed := self.executor.run(commands)) is not None:
            self.state, more = step(self.state, failed, RULES)
            self.executor.run(more)
        return commands

    @property
    def now(self) -> Stamp:
        return self.world.clock.now()

    def show(self, who: Credential) -> tuple[Command, ...]:
        """A pass is shown."""
        scan = UUID(int=len(self.scans) + 1)
        self.scans[scan] = who.cti
        return self.serve(PassPresented(self.now, scan, who, FACTS))

    def measure(self, value_c: float) -> tuple[Command, ...]:
        """The thermometer answers whoever is being served."""
        if not isinstance(self.state, AwaitingReading):
            return self.serve(Tick(self.now))
        round_no = len(self.state.readings) + 1
        scan = self.state.shown.scan_id
        return self.serve(ReadingTaken(self.now, scan, round_no, reading(value_c, 1.0)))

    def scan(self, number: int) -> UUID:
        """One of the scans so far, or a new one."""
        return list(self.scans)[-1 - number % len(self.scans)] if self.scans else UUID(int=999)


Act = Callable[[Lane], tuple[Command, ...]]
NUMBERS = st.integers(0, 3)


def feverish(lane: Lane, who: Credential) -> tuple[Command, ...]:
    """Somebody whose case stays open: a typed temperature may still end it."""
    commands = lane.show(who)
    for _ in range(RULES.rounds_max):
        lane.world.clock.advance(1.0)
        commands += lane.measure(38.2)
    return commands


def typed(lane: Lane, number: int) -> tuple[Command, ...]:
    scan = lane.scan(number)
    return lane.serve(TemperatureTyped(lane.now, scan, 36.4, Source.TYPED_CONTACT))


def lifted(lane: Lane, number: int) -> tuple[Command, ...]:
    held = lane.executor.holds.standing()
    scan = held[number % len(held)].scan_id if held else lane.scan(number)
    return lane.serve(HoldLifted(lane.now, scan))


def vouched(lane: Lane, who: Credential) -> tuple[Command, ...]:
    """Somebody forgot the pass, and staff know them."""
    scan = UUID(int=len(lane.scans) + 1)
    lane.scans[scan] = who.cti
    return lane.serve(PassForgotten(lane.now, scan, who))


def overridden(lane: Lane, number: int) -> tuple[Command, ...]:
    return lane.serve(OverrideGiven(lane.now, lane.scan(number), Why.KNOWN))


def ticked(lane: Lane) -> tuple[Command, ...]:
    return lane.serve(Tick(lane.now))


def power_cut(lane: Lane) -> tuple[Command, ...]:
    lane.start(read_holds(lane.world))
    return ()


ACTS: st.SearchStrategy[tuple[str, Act]] = st.one_of(
    st.sampled_from(PASSES).map(lambda who: ("show", lambda lane: lane.show(who))),
    st.sampled_from((36.4, 36.4, 37.1, 38.2)).map(
        lambda c: ("measure", lambda lane: lane.measure(c))
    ),
    st.sampled_from(PASSES).map(lambda who: ("fever", lambda lane: feverish(lane, who))),
    st.sampled_from(PASSES).map(lambda who: ("vouch", lambda lane: vouched(lane, who))),
    NUMBERS.map(lambda n: ("typed", lambda lane: typed(lane, n))),
    NUMBERS.map(
        lambda n: ("repeat", lambda lane: lane.serve(RepeatAsked(lane.now, lane.scan(n))))
    ),
    NUMBERS.map(
        lambda n: ("hold", lambda lane: lane.serve(HoldPlaced(lane.now, lane.scan(n))))
    ),
    NUMBERS.map(lambda n: ("lift", lambda lane: lifted(lane, n))),
    NUMBERS.map(lambda n: ("override", lambda lane: overridden(lane, n))),
    st.just(("power_cut", power_cut)),
)
SCRIPTS = st.lists(st.tuples(ACTS, st.sampled_from((0.1, 1.0, 3.0, 30.0))), max_size=25)


@given(SCRIPTS)
def test_no_script_opens_the_gate_for_a_held_pass_but_by_a_person(
    script: list[tuple[tuple[str, Act], float]],
) -> None:
    lane = Lane()
    for (name, act), wait_s in script:
        lane.world.clock.advance(wait_s)
        acts: tuple[tuple[str, Act], ...] = (("tick", ticked), (name, act))
        for what, one in acts:
            held = lane.world.held()
            for command in one(lane):
                if isinstance(command, PulseGate) and what != "override":
                    assert lane.scans.get(command.scan_id) not in held, what


def at_the_gate() -> tuple[Lane, UUID]:
    """Ana shows her pass and is being measured."""
    lane = Lane()
    lane.show(ANA)
    return lane, lane.scan(0)


def kinds(lane: Lane) -> list[tuple[EntryKind, str | None]]:
    return [(entry.kind, entry.staff) for entry in lane.world.entries]


def test_a_hold_stops_who_is_being_measured_and_is_written_before_it_acts() -> None:
    lane, scan = at_the_gate()
    commands = lane.serve(HoldPlaced(lane.now, scan))
    assert isinstance(commands[0], StopReading)
    assert kinds(lane) == [(EntryKind.PASSAGE, None), (EntryKind.HOLD, "w01")]
    assert lane.world.entries[0].decision == Referred(Reason.HELD)
    assert lane.executor.show is not None and lane.executor.show.page is Page.HOLD
    assert Page.HOLD in ONE_MOMENT, "the public sees what it sees of any other"
    lane.measure(36.4)
    assert lane.world.pulses == 0


def test_a_held_pass_is_referred_without_a_reading_and_others_go_through() -> None:
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    lane.world.clock.advance(30.0)
    lane.show(ANA)
    assert lane.world.entries[-1].decision == Referred(Reason.HELD)
    lane.world.clock.advance(3.0)
    lane.show(BO)
    lane.measure(36.4)
    assert lane.world.entries[-1].decision == Granted()
    assert lane.world.pulses == 1


def test_a_hold_is_lifted_by_name_and_then_the_pass_is_served() -> None:
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    lane.world.clock.advance(3.0)
    lane.serve(HoldLifted(lane.now, scan))
    assert (kinds(lane)[-1], lane.world.held()) == ((EntryKind.HOLD, "w01"), set())
    lane.show(ANA)
    lane.measure(36.4)
    assert lane.world.pulses == 1


def test_whoever_lets_a_held_person_through_has_ended_the_hold() -> None:
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    lane.serve(OverrideGiven(lane.now, scan, Why.KNOWN))
    assert lane.world.pulses == 1
    assert lane.executor.holds.standing() == ()


def test_an_override_is_written_down_where_the_barrier_is_stuck_and_lifted_by_hand() -> None:
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    lane.world.is_stuck = True
    lane.serve(OverrideGiven(lane.now, scan, Why.KNOWN))
    assert kinds(lane)[-1] == (EntryKind.OVERRIDE, "w01")
    assert lane.executor.holds.standing() == ()
    assert lane.executor.show is not None and lane.executor.show.page is Page.HOLD


def test_who_lets_a_held_person_out_is_told_what_the_pass_was_and_not_of_the_hold() -> None:
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    about = lane.informer.informed(OverrideGiven(lane.now, scan, Why.KNOWN)).about
    assert about is not None and about.kind is EntryKind.PASSAGE
    assert about.decision == Referred(Reason.HELD)


def test_the_second_of_two_who_hold_or_lift_changes_nothing() -> None:
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    lane.serve(HoldPlaced(lane.now, scan))
    assert [kind for kind, _ in kinds(lane)].count(EntryKind.HOLD) == 1
    lane.serve(HoldLifted(lane.now, scan))
    lane.serve(HoldLifted(lane.now, scan))
    assert [kind for kind, _ in kinds(lane)].count(EntryKind.HOLD) == 2


def test_a_hold_on_somebody_without_a_pass_is_written_and_shuts_out_nobody() -> None:
    lane = Lane()
    lane.serve(HoldPlaced(lane.now, UUID(int=77)))
    (entry,) = lane.world.entries
    assert (entry.kind, entry.cti, entry.staff) == (EntryKind.HOLD, None, "w01")
    lane.show(ANA)
    lane.measure(36.4)
    assert lane.world.pulses == 1


def test_nobody_is_held_where_nobody_is_on_duty_or_nothing_can_be_written() -> None:
    lane, scan = at_the_gate()
    lane.executor.run((Attend(None),))
    lane.serve(HoldPlaced(lane.now, scan))
    assert lane.world.entries == []
    lane.executor.run((Attend("w01"),))
    lane.world.is_full = True
    lane.serve(HoldPlaced(lane.now, scan))
    assert lane.executor.holds.standing() == ()
    assert isinstance(lane.state, Showing | AwaitingReading)


def test_holds_outlive_a_power_cut() -> None:
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    power_cut(lane)
    (held,) = lane.executor.holds.standing()
    assert (held.cti, held.staff) == (ANA.cti, "w01")
    commands = lane.show(ANA)
    assert [c.page for c in commands if isinstance(c, Show)] == [Page.HOLD]
    lane.serve(HoldLifted(lane.now, held.scan_id))
    assert lane.world.held() == set()


def test_a_hold_stands_over_a_restart_however_many_came_since(tmp_path: Path) -> None:
    clock = ManualClock()
    journal = open_here(tmp_path, clock)
    scan = UUID(int=1)
    held = make_entry(clock.now(), 7, None, kind=EntryKind.HOLD)
    for entry in (
        replace(held, trace=PLACED, cti=ANA.cti, scan_id=scan),
        replace(held, trace=PLACED, cti=BO.cti),
        replace(held, trace=(TraceLine("hold", "lifted"),), cti=BO.cti),
    ):
        journal.record(entry)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as others, others:
        rows = ((4 + n, b"an entry of a passage") for n in range(20_000))
        others.executemany("INSERT INTO entry VALUES (?, 0, 0, ?, x'')", rows)
    assert [one.cti for one in read_holds(journal).standing()] == [ANA.cti]
    journal.close()


def test_holds_are_known_as_soon_as_a_journal_that_opens_late_is_there() -> None:
    """The card was not ready at the start; the first pass after it is one that is held."""
    lane, scan = at_the_gate()
    lane.serve(HoldPlaced(lane.now, scan))
    is_sound = [False]

    def open_journal() -> HoldWorld:
        if not is_sound[0]:
            raise JournalError("the disk is not there yet")
        return lane.world

    clock = lane.world.clock
    journal = LateJournal(open_journal, clock, Troubles(clock))
    lane.start(read_holds(journal))
    is_sound[0] = True
    clock.advance(6.0)
    commands = lane.show(ANA)
    assert [c.page for c in commands if isinstance(c, Show)] == [Page.HOLD]
    assert [held.cti for held in lane.executor.holds.standing()] == [ANA.cti]


def test_a_temperature_typed_for_an_earlier_case_opens_nothing_for_a_held_pass() -> None:
    lane = Lane()
    feverish(lane, ANA)
    earlier = lane.scan(0)
    lane.world.clock.advance(30.0)
    lane.show(ANA)
    lane.serve(HoldPlaced(lane.now, lane.scan(0)))
    lane.serve(TemperatureTyped(lane.now, earlier, 36.4, Source.TYPED_CONTACT))
    assert lane.world.pulses == 0
    assert lane.world.entries[-1].decision == Referred(Reason.HELD)
    lane.serve(RepeatAsked(lane.now, earlier))
    assert not isinstance(lane.state, AwaitingReading)


def test_a_pass_that_waits_behind_another_knows_of_a_hold_placed_meanwhile() -> None:
    lane = Lane()
    lane.show(BO)
    lane.measure(36.4)
    bo = lane.scan(0)
    lane.world.clock.advance(30.0)
    lane.show(ANA)
    lane.measure(36.4)
    lane.show(BO)  # Ana's page has not been there for two seconds
    lane.serve(HoldPlaced(lane.now, bo))
    lane.world.clock.advance(3.0)
    ticked(lane)
    lane.measure(36.4)
    assert lane.world.pulses == 2
    assert lane.world.entries[-1].decision == Referred(Reason.HELD)
