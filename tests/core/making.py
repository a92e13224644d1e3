"""Events of one scan, as the workers would send them, and what the machine asks for."""

from dataclasses import replace
from uuid import UUID

from kiosk.core.machine import Idle, State, step
from kiosk.core.messages import (
    Command,
    Event,
    PassPresented,
    PulseGate,
    ReadingTaken,
    RecordEntry,
    Show,
)
from kiosk.core.rules import Rules
from kiosk.core.wording import Page
from kiosk.core.words import (
    Credential,
    Direction,
    Facts,
    Missing,
    NoReading,
    PassKind,
    Placement,
    Reading,
    Refusal,
    Refused,
    Surroundings,
)
from kiosk.timing import ManualClock, Stamp

RULES = Rules()
START = ManualClock(mono_s=1000.0).now()
ANA = Credential(b"ana-pass", "H3M25PQ7", "glnyuan", PassKind.RESIDENT, 7, "张*明", 2**31)
BO = replace(ANA, cti=b"bo--pass", label="王*")
FORGED = Refused(Refusal.SIG, b"forgery!")
STRANGE = Refused(Refusal.PREFIX, b"website!")
LOBBY = Surroundings(Placement.HEATED_LOBBY, room_c=22.0, outdoor_c=20.0)
FACTS = Facts("南门", Direction.IN, surroundings=LOBBY)
SCAN, OTHER = UUID(int=1), UUID(int=2)


def at(after_s: float) -> Stamp:
    return replace(START, mono_s=START.mono_s + after_s)


def shown(
    after_s: float, outcome: Credential | Refused = ANA, scan: UUID = SCAN
) -> PassPresented:
    return PassPresented(at(after_s), scan, outcome, FACTS)


def reading(estimate_c: float, after_s: float = 1.0, began_s: float = 0.2) -> Reading:
    return Reading(
        raw_c=estimate_c - 2,
        estimate_c=estimate_c,
        spread_c=0.1,
        samples=11,
        presence_s=START.mono_s + began_s,
        at_s=START.mono_s + after_s,
        room_c=22.0,
        calibration_id="c1",
    )


def taken(
    after_s: float, value: Reading | NoReading | float, round_no: int = 1, scan: UUID = SCAN
) -> ReadingTaken:
    answer = reading(value, after_s) if isinstance(value, float) else value
    return ReadingTaken(at(after_s), scan, round_no, answer)


def missed(reason: Missing, *, is_fault: bool = False) -> NoReading:
    return NoReading(reason, is_fault, START.mono_s + 1)


def play(*events: Event, rules: Rules = RULES) -> list[Command]:
    """Feed `events` to a fresh machine and return everything it asked for."""
    state: State = Idle()
    asked: list[Command] = []
    for event in events:
        state, commands = step(state, event, rules)
        asked += commands
    return asked


def in_weather(place: Surroundings | None) -> PassPresented:
    return replace(shown(0.0), facts=replace(FACTS, surroundings=place))


def decisions(asked: list[Command]) -> list[object]:
    return [c.entry.decision for c in asked if isinstance(c, RecordEntry)]


def pages(asked: list[Command]) -> list[Page]:
    return [c.page for c in asked if isinstance(c, Show)]


def pulses(asked: list[Command]) -> int:
    return sum(isinstance(c, PulseGate) for c in asked)
