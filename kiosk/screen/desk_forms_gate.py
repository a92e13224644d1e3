"""The forms of the gate: visitors, residents, returnees, vehicles, acts of staff. Keys alone.

What the texts say is checked by `desk_checks`; here stands which keys there are, and how
much of them is looked at.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from kiosk.core.messages_staff import Why
from kiosk.screen.desk_forms import Form

Short = Annotated[str, Field(max_length=64)]
ScanId = Annotated[UUID, Field(strict=False)]
CardNo = Annotated[int, Field(ge=1, le=9_999_999)]
Purpose = Literal[
    "", "family", "delivery", "repair", "care", "medical", "housework", "official", "other"
]


class Sheet(Form):
    """What staff write down. `key` stands for one sheet of a page, however often it is sent."""

    key: ScanId | None = None


class Person(Sheet):
    """Who somebody is, as told. It is sealed before the request is answered."""

    name: Short = ""
    id_number: Short = ""
    phone: Short = ""
    door: Short = ""
    is_sure: bool = False


class Visitor(Person):
    """A visitor: whom they visit (`door`) and why. A regular keeps the card for the day."""

    plate: Short = ""
    purpose: Purpose = ""
    is_regular: bool = False


class Resident(Person):
    """A resident without a pass."""


class Card(Sheet):
    """The number printed on a card."""

    card_no: CardNo


class Isolate(Sheet):
    """Somebody is to stay at home: of a case, or a household."""

    scan_id: ScanId | None = None
    door: Short = ""
    days: Annotated[int, Field(ge=1, le=60)] | None = None


class Returnee(Sheet):
    """Somebody came back from elsewhere."""

    scan_id: ScanId | None = None
    door: Short = ""
    name: Short = ""
    phone: Short = ""
    region: Short
    arrived: Short
    transport: Short = ""
    is_sure: bool = False


class Override(Form):
    """A case that is let through, and why."""

    scan_id: ScanId
    why: Literal["known", "papers", "medical", "coordinator", "measured"]

    @property
    def reason(self) -> Why:
        """Return why."""
        return Why(self.why)


class Emergency(Form):
    """Somebody must get out at once; the page has asked once."""

    is_sure: Literal[True]


class Persuade(Form):
    """Somebody was talked back in; of a case, where there is one."""

    scan_id: ScanId | None = None


class Hold(Form):
    """Somebody is to wait: of a case, where a pass was shown."""

    scan_id: ScanId | None = None


class Lift(Form):
    """A hold that is over."""

    scan_id: ScanId


class FullName(Form):
    """The case at the gate whose holder's name is read out of the directory."""

    scan_id: ScanId


class Supplies(Form):
    """What is handed out from now on; None: nothing."""

    item: Short | None


class Vehicle(Sheet):
    """A vehicle stopped at the gate."""

    plate: Short
    occupants: int
    door: Short = ""
    is_outside: bool
    is_sure: bool = False


class Occupant(Form):
    """A temperature of somebody in a vehicle, read off an instrument."""

    vehicle: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    value: Annotated[str, Field(pattern=r"^(3[0-9]|4[0-3])(\.[0-9])?$")]
    instrument: Literal["wrist", "forehead", "ear", "contact"]
    is_sure: bool = False
