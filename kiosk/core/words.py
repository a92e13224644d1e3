"""The words of the gate: passes, people, readings, decisions, entries. Values only.

The wire values of the enums here are fixed: journals and central servers hold them.
"""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from kiosk.core.duty import DutyFacts
from kiosk.core.words_home import Home
from kiosk.core.words_pass import (
    FOREIGN,
    Credential,
    PassKind,
    PassWarning,
    Refusal,
    Refused,
)
from kiosk.timing import Stamp

__all__ = [
    "FOREIGN",
    "Credential",
    "Decision",
    "Denied",
    "Direction",
    "DisplayRecord",
    "Entry",
    "EntryKind",
    "Facts",
    "Granted",
    "Held",
    "Household",
    "LastPassage",
    "Missing",
    "NoReading",
    "PassKind",
    "PassWarning",
    "Placement",
    "Quality",
    "Reading",
    "Reason",
    "Recorded",
    "Referred",
    "Refusal",
    "Refused",
    "Retest",
    "Sample",
    "Sealed",
    "Source",
    "StaffMeasures",
    "Surroundings",
    "TraceLine",
]


@dataclass(frozen=True, slots=True)
class DisplayRecord:
    """What the staff page shows of a holder while the pass is in view; never kept or logged."""

    name: str  # masked, at most 32 signs
    photo: bytes = b""  # JPEG of at most 12 kB, or nothing


class Direction(Enum):
    """Which way the lane leads."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Household:
    """The dwelling whose members share rules and quotas."""

    sub: str
    grid: int
    door: str  # building-unit-room, for staff eyes only


@dataclass(frozen=True, slots=True)
class LastPassage:
    """The newest entry of one pass."""

    seq: int
    at_s: float  # monotonic seconds, in the boot named by `boot_id`
    boot_id: str
    utc_ms: int
    direction: Direction
    decision: "Decision"
    has_passed: bool  # the contact saw somebody go through after it
    gate: str = ""
    estimate_c: float | None = None  # of its last infrared reading, if there was one


class Placement(Enum):
    """Where the thermometer hangs; values as in config.yaml."""

    HEATED_LOBBY = "heated_lobby"
    OUTDOORS = "outdoors"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The place of the thermometer, and how warm it is there and outside, Celsius.

    None: not known, which counts as out of range and as cold.
    """

    placement: Placement
    room_c: float | None
    outdoor_c: float | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of a holder, looked up just before `step`."""

    gate: str
    direction: Direction
    household: Household | None = None
    last: LastPassage | None = None
    granted: LastPassage | None = None  # the newest that was granted and not withdrawn
    list_age_s: float | None = None  # of the revocation list; None: there is none here
    home: Home = Home()  # noqa: RUF009 - a value that cannot change
    surroundings: Surroundings | None = None  # None: nothing is known, as in the cold
    supplies: str | None = None  # what is handed out to who shows a pass now
    has_supplies: bool = False  # the household took it already
    is_typed_chosen: bool = False  # staff said that no infrared reading is to be believed
    duty: DutyFacts = DutyFacts()  # noqa: RUF009 - where somebody signs on or off
    is_held: bool = False  # staff asked the holder to wait: no rule opens for this pass
    has_fever: bool = False  # the holder's is not settled: contact counts, infrared does not


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair of object and ambient temperature from the sensor, Celsius."""

    at_s: float  # monotonic seconds
    object_c: float
    ambient_c: float | None
    body_c: float | None = None  # the device's own "body value": kept, never used
    distance_cm: float | None = None  # to whoever stands there, of devices that measure it


class Source(Enum):
    """What took a reading: the gate's own thermometer, or staff with one in the hand."""

    INFRARED = "infrared"
    TYPED_WRIST = "typed_wrist"
    TYPED_FOREHEAD = "typed_forehead"
    TYPED_EAR = "typed_ear"
    TYPED_CONTACT = "typed_contact"

    @property
    def is_typed(self) -> bool:
        """Whether staff read it off an instrument and typed it."""
        return self is not Source.INFRARED


@dataclass(frozen=True, slots=True)
class Quality:
    """What else is kept of a reading, for whoever asks later whether to believe it.

    `ambient_c` is the sensor's own temperature and `drift_c_per_min` how fast it changed;
    `body_c` is what the device itself made of it: kept, never used.
    """

    slope_c_per_s: float
    rate_hz: float
    ambient_c: float | None = None
    drift_c_per_min: float | None = None
    distance_cm: float | None = None
    body_c: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One temperature made from the samples of one presence in front of the sensor.

    `raw_c` is what the sensor said (75th percentile of the window), `estimate_c` what it
    means for the body, 0.1 C as shown. `presence_s` is the monotonic second of the first
    sample of the presence; `at_s` that of the last sample used.
    """

    raw_c: float
    estimate_c: float
    spread_c: float
    samples: int
    presence_s: float
    at_s: float
    room_c: float | None
    calibration_id: str
    source: Source = Source.INFRARED
    quality: Quality | None = None  # of infrared readings


class Missing(Enum):
    """Why there is no reading."""

    NO_FACE = "no_face"
    MOVING = "moving"
    LEFT = "left"
    TOO_COLD_OR_FAR = "too_cold_or_far"
    COLD_SKIN = "cold_skin"
    IMPLAUSIBLE_HOT = "implausible_hot"
    DISTANCE = "distance"
    BACKGROUND_HOT = "background_hot"
    AMBIENT_OUT_OF_RANGE = "ambient_out_of_range"
    NOT_ACCLIMATISED = "not_acclimatised"
    NOT_READY = "sensor_not_ready"
    NOT_CALIBRATED = "not_calibrated"
    SILENT = "silent"
    LOST = "lost"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class NoReading:
    """There is no temperature, and why. `raw_c` is what the sensor said, if anything.

    `is_fault` means that the instrument is at fault, not the person: another round would
    not help.
    """

    reason: Missing
    is_fault: bool
    at_s: float
    raw_c: float | None = None
    samples: int = 0
    presence_s: float | None = None


class Reason(Enum):
    """Why a decision is not "granted", beside the refusals of a pass."""

    ELEVATED = "elevated"
    BORDERLINE = "borderline"
    INCONSISTENT = "inconsistent"
    COLD_SKIN = "cold_skin"
    TOO_COLD = "too_cold"
    WARMING_UP = "warming_up"
    NOT_TYPED = "not_typed"
    NO_VALID_READING = "no_valid_reading"
    THERMOMETER = "thermometer"
    INTERRUPTED = "interrupted"
    CLOCK = "clock"
    PASSBACK = "passback"
    LIST_STALE = "list_stale"
    BLANK_CARD = "blank_card"
    CARD_CANCELLED = "card_cancelled"
    ISOLATION = "isolation"
    QUOTA = "quota"
    HOURS = "hours"
    ALREADY_OUT = "already_out"
    NOT_ON_REGISTER = "not_on_register"
    REGISTER_STALE = "register_stale"
    NO_VISIT = "no_visit"
    CARD_LENT = "card_lent"
    NO_VISITORS = "no_visitors"
    NO_APPOINTMENT = "no_appointment"
    NO_HOST = "no_host"
    OVERSTAY = "overstay"
    VEHICLE = "vehicle"
    STORAGE = "storage"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Granted:
    """The person may go through."""


@dataclass(frozen=True, slots=True)
class Referred:
    """A person decides."""

    reason: Reason | Refusal


@dataclass(frozen=True, slots=True)
class Denied:
    """Not with this pass."""

    reason: Reason | Refusal


@dataclass(frozen=True, slots=True)
class Retest:
    """Another round of the same case. Never recorded."""


@dataclass(frozen=True, slots=True)
class StaffMeasures:
    """Staff take the temperature and type it. Never recorded."""


Decision = Granted | Referred | Denied


class EntryKind(Enum):
    """What an entry is about."""

    PASSAGE = "passage"
    VISITOR = "visitor"
    OCCUPANT = "occupant"
    FEVER = "fever"
    INCIDENT = "incident"
    OVERRIDE = "override"
    WITHDRAWN = "withdrawn"
    DUTY = "duty"
    PERSUADED = "persuaded"
    SUPPLIES = "supplies"
    ISOLATION = "isolation"
    CARD = "card"
    VEHICLE = "vehicle"
    FAULT = "fault"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One rule and what it said: admit, retest, refer, deny, or nothing."""

    rule: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """One field of a form that only the office can read. `form` is random and binds it."""

    form: bytes  # 16 bytes, the same for all fields of a form
    field: str  # name, id_number, phone, plate, ...
    blob: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down of one scan and its decision, before the gate moves."""

    kind: EntryKind
    at: Stamp
    scan_id: UUID
    gate: str
    direction: Direction
    decision: Decision | None
    cti: bytes | None
    sub: str | None
    label: str  # masked; for the staff page, never in the journal
    rules_version: int
    readings: tuple[Reading | NoReading, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    staff: str | None = None
    refers_to_seq: int | None = None
    sealed_sha256: bytes | None = None
    earlier: LastPassage | None = None  # what speaks against it; for the staff page alone
    sealed: tuple[Sealed, ...] = ()  # kept beside the entry; the chain covers their hash
    details: tuple[tuple[str, int | str], ...] = ()  # what its kind adds, `core.words_entry`


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody whom staff asked to wait. `cti` None: nobody knows which pass is theirs."""

    scan_id: UUID
    at: Stamp
    staff: str
    cti: bytes | None = None
    sub: str | None = None
    label: str = ""  # for the staff page; not known after a restart


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry that is on disk, with its place in the chain."""

    entry: Entry
    seq: int
    head: bytes
