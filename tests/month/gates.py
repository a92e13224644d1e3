"""Three gates of one community, in and out, each the real machine, register and index.

What one gate granted reaches the others through central, at once. Time is the script's; the
journal is a number that rises, as disks have tests of their own.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from kiosk.core import passing
from kiosk.core.machine import Idle, State, step
from kiosk.core.messages import Event, PassPresented, ReadingTaken, TakeReading, Tick
from kiosk.core.messages_staff import IsolationOrdered, OverrideGiven, Why
from kiosk.core.rules import Rules
from kiosk.core.words import (
    Credential,
    Direction,
    Entry,
    Facts,
    PassKind,
    PassWarning,
    Placement,
    Reading,
    Recorded,
    Surroundings,
)
from kiosk.core.words_home import Exemption, ExemptionKind, Isolation, Binding, Visit
from kiosk.register.elsewhere import Elsewhere
from kiosk.register.households import write_households
from kiosk.register.register import FromCentral, HouseRegister, open_register
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.informing import Informer
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from kiosk.simulate.month import Happening, Inhabitant, Month, What
from kiosk.timing import ClockState, ManualClock, Stamp
from kiosk.wire import ElsewherePart, ElsewhereRow
