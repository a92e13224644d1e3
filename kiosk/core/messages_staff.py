"""What staff did at the gate beyond temperatures: forms, cards, orders, overrides. Past tense.

Of every event the main thread adds `staff` (who is signed on), `facts` (the gate and its
direction) and what its other fields after them say, before `step`. Without somebody signed
on nothing happens, but for an emergency, which waits for nobody.
"""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from kiosk.core.matters import Act, Matter
from kiosk.core.words import Credential, Entry, Facts, Held, Refused, Sealed, Source
from kiosk.core.words_home import LentCard, OpenVehicle
from kiosk.timing import Stamp


@dataclass(frozen=True, slots=True)
class VisitorWritten:
    """Staff wrote a visitor down. What was told is sealed already; nobody here can read it.

    `host` is the household visited. The next visitor's card that is shown is lent for it.
    """

    at: Stamp
    scan_id: UUID
    sealed: tuple[Sealed, ...]
    host: str | None = None
    is_regular: bool = False
    staff: str | None = None
    facts: Facts | None = None
    is_expected: bool = False  # the household said so before


@dataclass(frozen=True, slots=True)
class ResidentWritten:
    """Staff wrote a resident without a pass down; the next card of the stock is theirs."""

    at: Stamp
    scan_id: UUID
    sealed: tuple[Sealed, ...]
    household: str | None = None
    staff: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class CardReturned:
    """A visitor handed the card back."""

    at: Stamp
    card_no: int
    staff: str | None = None
    facts: Facts | None = None
    lent: LentCard | None = None


@dataclass(frozen=True, slots=True)
class RegularCame:
    """A courier whose card is lent already came again, without showing it."""

    at: Stamp
    scan_id: UUID
    card_no: int
    staff: str | None = None
    facts: Facts | None = None  # with what is known of the card
    lent: LentCard | None = None


@dataclass(frozen=True, slots=True)
class PassForgotten:
    """Staff vouch for a resident who forgot the pass: known in person, or by a right answer.

    `holder` is what the pass would have been; the rules are asked as if it had been shown.
    """

    at: Stamp
    scan_id: UUID
    holder: Credential | Refused
    staff: str | None = None
    facts: Facts | None = None  # with what is known of the holder


@dataclass(frozen=True, slots=True)
class IsolationOrdered:
    """Staff ordered the person of a case, or a household, to stay at home from today."""

    at: Stamp
    scan_id: UUID
    days: int | None = None  # None: as many as the rules say
    household: str | None = None  # where there is no case
    staff: str | None = None
    facts: Facts | None = None
    about: Entry | None = None


@dataclass(frozen=True, slots=True)
class ReturneeWritten:
    """Somebody came back from elsewhere. The rules say by the region how long they stay in."""

    at: Stamp
    scan_id: UUID  # of the case, where a pass was shown
    sealed: tuple[Sealed, ...]  # from where, by what, whom to call
    region: str  # administrative code, digits
    arrived_ms: int  # an instant of the day of arrival
    household: str | None = None
    staff: str | None = None
    facts: Facts | None = None
    about: Entry | None = None


class Why(Enum):
    """Why staff let somebody through whom the rules did not."""

    KNOWN = "known"  # known in person
    PAPERS = "papers"
    MEDICAL = "medical"
    COORDINATOR = "coordinator"  # said so by telephone
    MEASURED = "measured"  # again, by hand
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class OverrideGiven:
    """Staff let the person of a case through, and say why."""

    at: Stamp
    scan_id: UUID
    why: Why
    staff: str | None = None
    facts: Facts | None = None
    about: Entry | None = None
    held: Held | None = None  # the hold on this pass: whoever lets it through has ended it


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """Staff ask somebody to wait: the gate opens for this pass for nobody but a person.

    `scan_id` is that of the case; of a new scan where no pass was shown.
    """

    at: Stamp
    scan_id: UUID
    staff: str | None = None
    facts: Facts | None = None
    about: Entry | None = None
    held: Held | None = None  # the hold on this pass that there is already


@dataclass(frozen=True, slots=True)
class HoldLifted:
    """Staff let whoever was asked to wait go on. `scan_id` is that of the hold."""

    at: Stamp
    scan_id: UUID
    staff: str | None = None
    facts: Facts | None = None
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class EmergencyOpened:
    """Somebody must get out at once. Nobody needs to be signed on for it."""

    at: Stamp
    scan_id: UUID
    staff: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Persuaded:
    """Somebody on the way out was talked back in. `scan_id` is that of the case, if any."""

    at: Stamp
    scan_id: UUID
    staff: str | None = None
    facts: Facts | None = None
    about: Entry | None = None


@dataclass(frozen=True, slots=True)
class SuppliesChosen:
    """From now on passes that are shown take `item`; None: the handing out is over."""

    at: Stamp
    item: str | None
    staff: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class VehicleWritten:
    """A vehicle stopped at the gate. The plate is sealed; everybody in it is measured."""

    at: Stamp
    scan_id: UUID
    sealed: tuple[Sealed, ...]
    occupants: int
    host: str | None = None  # household reference; None: not known, or none
    is_outside: bool = True  # it belongs to nobody here
    staff: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class OccupantTyped:
    """Staff read the temperature of somebody in a vehicle off an instrument."""

    at: Stamp
    scan_id: UUID
    vehicle: bytes
    value_c: float
    source: Source
    staff: str | None = None
    facts: Facts | None = None
    open_vehicle: OpenVehicle | None = None


@dataclass(frozen=True, slots=True)
class IncidentCalled:
    """Staff called the coordinator, with one tap. Nobody needs to be signed on for it.

    `running` is the incident that the tap is about, where one runs already.
    """

    at: Stamp
    staff: str | None = None
    facts: Facts | None = None
    running: Matter | None = None


@dataclass(frozen=True, slots=True)
class MatterActed:
    """Staff did something about the fever or incident that entry `seq` opened."""

    at: Stamp
    seq: int
    act: Act
    staff: str | None = None
    facts: Facts | None = None
    matter: Matter | None = None


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """A note for whoever comes next. The main thread adds `staff` and `facts`."""

    at: Stamp
    text: str
    staff: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class CoverChosen:
    """Whoever is on duty looks after another gate too, from now on, or no longer."""

    at: Stamp
    gate: str
    is_on: bool
    staff: str | None = None
    facts: Facts | None = None


FormEvent = (
    VisitorWritten
    | ResidentWritten
    | CardReturned
    | RegularCame
    | PassForgotten
    | IsolationOrdered
    | ReturneeWritten
)
ActEvent = (
    OverrideGiven
    | EmergencyOpened
    | Persuaded
    | SuppliesChosen
    | VehicleWritten
    | OccupantTyped
    | HoldPlaced
    | HoldLifted
)
MatterEvent = IncidentCalled | MatterActed
DutyEvent = NoteWritten | CoverChosen
