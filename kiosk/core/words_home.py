"""What the community knows of a household, a person or a card: orders, trips, visits. Values.

Instants are UTC milliseconds; a day is a local one and begins `utc_offset_s` before midnight
UTC. The wire values of the enums are fixed: journals and central servers hold them.
"""

from dataclasses import dataclass
from enum import Enum

DAY_MS = 86_400_000
ORDER_BYTES = 8
CARD_WAIT_S = 180.0  # chosen: a form waits this long for the card that goes with it


@dataclass(frozen=True, slots=True)
class Isolation:
    """An order to stay at home. It ends by itself at `until_ms`, a local midnight."""

    order: bytes  # 8 bytes
    until_ms: int
    by: str  # who ordered it, a short name
    is_provisional: bool = False  # made at a gate; nobody has confirmed or lifted it yet


class ExemptionKind(Enum):
    """Why somebody may go out all the same."""

    WORK = "work"
    MEDICAL = "medical"
    CARING = "caring"


@dataclass(frozen=True, slots=True)
class Exemption:
    """A dated permission, with the name of who gave it. A medical one lifts isolation too."""

    kind: ExemptionKind
    from_ms: int
    until_ms: int
    by: str


@dataclass(frozen=True, slots=True)
class Trip:
    """One way out that was granted, was not withdrawn and uses up a quota."""

    cti: bytes
    utc_ms: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visitor's card is lent for, until it is handed back."""

    form: bytes  # 8 bytes that name the visit
    since_ms: int
    until_ms: int  # the stay limit
    host: str | None = None  # household reference
    is_expected: bool = False  # the household had said so before
    is_regular: bool = False  # a courier and the like: one reading per period
    measured_ms: int | None = None  # when the last normal reading was taken
    has_entered: bool = False


class CardState(Enum):
    """How a card of the stock stands that a gate gave to an unregistered resident."""

    PROVISIONAL = "provisional"  # bound at a gate; the desk has not looked yet
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Binding:
    """Whose a numbered card is: a household where the desk or the gate knows it."""

    state: CardState
    sub: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingForm:
    """A form that waits for the card that goes with it. `until_ms` None: a resident's."""

    form: bytes  # 8 bytes
    written_ms: int
    seq: int
    until_ms: int | None = None
    sub: str | None = None  # the household visited, or lived in
    is_expected: bool = False
    is_regular: bool = False


@dataclass(frozen=True, slots=True)
class LentCard:
    """A visitor's card that is out, by the number printed on it."""

    cti: bytes
    card_no: int
    visit: Visit


@dataclass(frozen=True, slots=True)
class OpenVehicle:
    """A vehicle at the gate: how many are in it, how many were measured and are well."""

    vehicle: bytes  # 8 bytes
    occupants: int
    well: int
    is_admitted: bool  # nothing but temperatures stands against it
    seq: int  # of its entry


class RiskClass(Enum):
    """How a region counts for those who come from there."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Home:
    """What is known of the holder's household, orders, trips and card, for the rules.

    `trips` are the household's, newest first, of the last 31 days and at most 200. `is_out`:
    the holder's newest granted passage led out. Ages are None where nothing was ever known.
    """

    is_known: bool = False  # the household stands on the register
    register_age_s: float | None = None
    isolation: Isolation | None = None  # the one that lasts longest, also one that has ended
    exemption: Exemption | None = None  # in force now
    trips: tuple[Trip, ...] = ()
    is_out: bool | None = None
    visit: Visit | None = None
    binding: Binding | None = None
    waiting: WaitingForm | None = None  # for a card that is nobody's yet: the newest form
    utc_offset_s: int = 8 * 3600  # of local time: China has one, without summer time


def local_day(utc_ms: int, utc_offset_s: int) -> int:
    """Return the number of the local day, counted from 1970-01-01."""
    return (utc_ms + utc_offset_s * 1000) // DAY_MS


def local_minute(utc_ms: int, utc_offset_s: int) -> int:
    """Return the minute of the local day, 0 to 1439."""
    return (utc_ms + utc_offset_s * 1000) % DAY_MS // 60_000


def midnight_after(utc_ms: int, days: int, utc_offset_s: int) -> int:
    """Return the local midnight, in UTC ms, that ends the last of `days` days.

    The day of `utc_ms` is day 0: 14 days from the 1st end at the midnight that ends the 15th,
    as the notices count (observation begins on the day after arrival).
    """
    return (local_day(utc_ms, utc_offset_s) + days + 1) * DAY_MS - utc_offset_s * 1000
