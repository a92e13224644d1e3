"""What happened (events, past tense) and what to do (commands, imperative)."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from kiosk.core.faults import Fault
from kiosk.core.messages_screen import CodeUnreadable, Hint, ScreenCommand, ScreenEvent
from kiosk.core.messages_staff import ActEvent, DutyEvent, FormEvent, MatterEvent
from kiosk.core.wording import Page
from kiosk.core.words import (
    Credential,
    DisplayRecord,
    Entry,
    Facts,
    Held,
    NoReading,
    PassWarning,
    Reading,
    Refused,
    Source,
)
from kiosk.timing import Stamp


@dataclass(frozen=True, slots=True)
class PassPresented:
    """Somebody showed a code. `reader` names the decoder stage that read it."""

    at: Stamp
    scan_id: UUID
    outcome: Credential | Refused
    facts: Facts
    reader: str = ""
    display: DisplayRecord | None = None  # of the holder, while the pass is in view
    voucher: str | None = None  # who of the staff vouches for a holder who forgot the pass


@dataclass(frozen=True, slots=True)
class ReadingTaken:
    """The thermometer answered for round `round_no` of a scan, one way or the other."""

    at: Stamp
    scan_id: UUID
    round_no: int
    reading: Reading | NoReading


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that a person may still end: who it is about, and what was measured so far."""

    shown: PassPresented
    readings: tuple[Reading | NoReading, ...] = ()


@dataclass(frozen=True, slots=True)
class TemperatureTyped:
    """Staff read a temperature off an instrument, for the case of `scan_id`.

    The main thread adds `staff` (who is signed on) and `case` (what `scan_id` stands for)
    before `step`; None: nobody is, or there is no such case any more.
    """

    at: Stamp
    scan_id: UUID
    value_c: float
    source: Source
    staff: str | None = None
    case: OpenCase | None = None


@dataclass(frozen=True, slots=True)
class RepeatAsked:
    """The person measured, or staff, asks for another reading of a case."""

    at: Stamp
    scan_id: UUID
    case: OpenCase | None = None


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Somebody of the staff took over, by a PIN. `staff` is their short name in the list.

    Of this event and the next two, the main thread adds `facts`: the gate and the lane.
    """

    at: Stamp
    staff: str
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class SignedOff:
    """Whoever was signed on left."""

    at: Stamp
    staff: str | None = None  # added by the main thread, as below
    facts: Facts | None = None
    is_restart: bool = False  # nobody left: the gate was started anew


class Measuring(Enum):
    """How temperatures are taken: as the weather says, or typed by staff in any weather."""

    BY_WEATHER = "by_weather"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class MeasuringChosen:
    """Staff said how temperatures are taken from now on."""

    at: Stamp
    measuring: Measuring
    staff: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class PassageSeen:
    """The contact saw somebody go through."""

    at: Stamp


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A command of this scan could not be done; whatever followed it was dropped."""

    at: Stamp
    scan_id: UUID
    fault: Fault


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went on and nothing else happened."""

    at: Stamp


StaffEvent = (
    TemperatureTyped
    | RepeatAsked
    | SignedOn
    | SignedOff
    | MeasuringChosen
    | FormEvent
    | ActEvent
    | DutyEvent
    | MatterEvent
    | ScreenEvent
)
Event = (
    PassPresented
    | ReadingTaken
    | PassageSeen
    | CommandFailed
    | Tick
    | CodeUnreadable
    | StaffEvent
)


@dataclass(frozen=True, slots=True)
class TakeReading:
    """Measure whoever stands before the thermometer, for this scan alone."""

    scan_id: UUID
    round_no: int


@dataclass(frozen=True, slots=True)
class StopReading:
    """Forget the reading that was asked for."""

    scan_id: UUID


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """Write the entry down, durably, before anything that follows.

    `case` is kept for staff where a person may still end it with a typed temperature. An
    entry with the scan id of an earlier one refers to it.
    """

    entry: Entry
    case: OpenCase | None = None
    may_wait: bool = False  # what follows is done in any case; it is written when it can be


@dataclass(frozen=True, slots=True)
class PulseGate:
    """Open the barrier for one person."""

    scan_id: UUID


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell the log that a pass asks for a second look. Nothing is written down for it."""

    scan_id: UUID
    warning: PassWarning


@dataclass(frozen=True, slots=True)
class Show:
    """Put a page on the resident's screen. `entry` is the case behind it, for staff.

    `until_s` is the monotonic second at which the page ends by itself, None for pages
    that stay until something happens. `when_s` fills a date slot of the page.
    """

    page: Page
    since_s: float
    until_s: float | None
    entry: Entry | None = None
    when_s: int | None = None
    hint: Hint | None = None  # of a code that was seen and not read


@dataclass(frozen=True, slots=True)
class Attend:
    """Take `staff` as who is signed on from now; None: nobody."""

    staff: str | None


@dataclass(frozen=True, slots=True)
class ChooseMeasuring:
    """Take temperatures this way from now on, also after a restart."""

    measuring: Measuring


@dataclass(frozen=True, slots=True)
class HandOut:
    """Passes that are shown from now on take this; None: they let through again."""

    item: str | None


@dataclass(frozen=True, slots=True)
class HoldPass:
    """From now on no pass of this hold opens the gate by itself."""

    held: Held


@dataclass(frozen=True, slots=True)
class ReleasePass:
    """The hold of this scan is over, and every other on the same pass."""

    scan_id: UUID
    cti: bytes | None


Command = (
    TakeReading
    | StopReading
    | RecordEntry
    | PulseGate
    | Warn
    | Show
    | Attend
    | ChooseMeasuring
    | HandOut
    | ScreenCommand
    | HoldPass
    | ReleasePass
)
