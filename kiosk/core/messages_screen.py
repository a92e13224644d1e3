"""What comes from the resident's page and from the eye of the reader, and what answers it.

None of it lets anybody through: a hint, a call for help, a page that tells something.
"""

from dataclasses import dataclass
from enum import Enum

from kiosk.core.wording import Page
from kiosk.core.words import Facts
from kiosk.timing import Stamp


class Hint(Enum):
    """What would make a code readable that was seen; the value ends a key of the catalogues."""

    CLOSER = "closer"
    FURTHER = "further"
    FLATTER = "flatter"
    BRIGHTER = "brighter"
    GLARE = "glare"


@dataclass(frozen=True, slots=True)
class CodeUnreadable:
    """A code has been in view for a while, and nothing read it. `since_s`: since when."""

    at: Stamp
    hint: Hint
    since_s: float


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """Somebody at the gate pressed the button that asks for a person."""

    at: Stamp


@dataclass(frozen=True, slots=True)
class HelpAnswered:
    """Staff went to whoever asked. The main thread adds `staff` and `facts`."""

    at: Stamp
    staff: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class PageChosen:
    """Staff put a page on the resident's screen that tells what they do; one of `TELLING`.

    The main thread adds `staff`. Signing on asks for nobody who is signed on.
    """

    at: Stamp
    page: Page
    staff: str | None = None


# Pages that staff may put on the screen. Each gives way to the next pass at once.
TELLING = frozenset({Page.FORGOT, Page.VISITOR_WAIT, Page.VEHICLE, Page.STAFF_SIGNIN})


@dataclass(frozen=True, slots=True)
class CallHelp:
    """Tell staff that somebody waits for them."""

    at: Stamp


@dataclass(frozen=True, slots=True)
class EndHelp:
    """Nobody waits for help any more."""

    at: Stamp


ScreenEvent = HelpAsked | HelpAnswered | PageChosen
ScreenCommand = CallHelp | EndHelp
