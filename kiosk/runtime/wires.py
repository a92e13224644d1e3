"""What every worker is connected to."""

from dataclasses import dataclass

from kiosk.runtime.mailbox import Inbox
from kiosk.runtime.troubles import Troubles
from kiosk.timing import Clock


@dataclass(frozen=True, slots=True)
class Wires:
    """What every worker is connected to."""

    inbox: Inbox
    clock: Clock
    troubles: Troubles
