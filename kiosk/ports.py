"""What the outside must look like: the borders between the gate and its devices.

Every blocking method takes `timeout_s`. Every `close` may be called twice. One thread owns
a device from open to close.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk.core.announcement import Announcement
from kiosk.core.duty import DutyBoard
from kiosk.core.faults import Fault
from kiosk.core.matters import CaseWord, Contact, MatterNow
from kiosk.core.messages import Measuring, PassPresented, Show, StaffEvent
from kiosk.core.messages_screen import Hint
from kiosk.core.words import (
    DisplayRecord,
    Entry,
    Facts,
    Held,
    Recorded,
    Sample,
    Sealed,
    Surroundings,
)
from kiosk.core.words_home import LentCard, OpenVehicle
from kiosk.timing import Stamp

GreyImage = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera image: grey levels, uint8 (H, W), row 0 on top; nobody writes to it."""

    grey: GreyImage
    at_s: float  # monotonic seconds at which it came off the line
    number: int  # counts up from 1 since the camera was opened


@dataclass(frozen=True, slots=True)
class FoundCode:
    """One code in a frame. `text` is ASCII as it stands in the code, or what is left of it.

    `reader` names the stage that read it: zxing, zxing-x1.5, ..., pyzbar.
    """

    text: str
    reader: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A code that was located and not read: what would help, and where its middle is."""

    hint: Hint
    x_px: float
    y_px: float


class Camera(Protocol):
    """Frames; the newest wins."""

    def capture(self, timeout_s: float) -> Frame:
        """Wait for a frame newer than the last one returned.

        Raises DeviceLost when none came within `timeout_s` or the source ended.
        """

    def newest(self) -> Frame | None:
        """Return the newest frame without waiting, for the preview. Any thread may ask."""

    def close(self) -> None:
        """Give the camera back."""


class CodeFinder(Protocol):
    """The reading cascade. `lacks` names a decoder that is missing, if one is."""

    lacks: str

    def find(self, frame: Frame) -> list[FoundCode]:
        """Return the codes in a frame, nearest the centre first."""

    def unread(self, frame: Frame) -> Unread | None:
        """Return what `find` located in this frame, if it read nothing there."""


class Thermometer(Protocol):
    """Samples of object and ambient temperature."""

    def read(self, timeout_s: float) -> list[Sample]:
        """Wait for new samples and return them, oldest first.

        Raises DeviceSilent after `timeout_s`, DeviceLost when the line is gone.
        """

    def restart(self) -> None:
        """Ask the module to stream again; discards what waits in the buffer."""

    @property
    def bad_share(self) -> float:
        """Return the share of bytes of the last minute that made no sound packet."""

    def close(self) -> None:
        """Give the line back."""


class Gate(Protocol):
    """The barrier."""

    def pulse(self) -> None:
        """Open for one person; returns at once. Raises DeviceFault."""

    def take_passage(self) -> bool:
        """Return whether the contact saw somebody go through since the last call."""

    def lamp(self, *, is_on: bool) -> None:
        """Light or darken the lamp at the gate, if there is one."""

    def close(self) -> None:
        """Shut the gate and give the pins back."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One entry as it stands in the journal, for the outbox: `body` is its CBOR."""

    seq: int
    body: bytes
    head: bytes
    is_urgent: bool


class Outbox(Protocol):
    """The journal as the sync thread sees it: read-only, through a connection of its own."""

    @property
    def device(self) -> str:
        """Return the device id that the chain begins with."""

    @property
    def epoch(self) -> bytes:
        """Return the random 8 bytes that name this journal file."""

    def newest(self) -> tuple[int, bytes]:
        """Return (seq, head) of the newest entry; (0, h_0) of an empty journal."""

    def head_at(self, seq: int) -> bytes | None:
        """Return the head after entry `seq` (h_0 for 0), None when it is not kept."""

    def pending(self, after_seq: int, limit: int, bytes_max: int) -> list[Waiting]:
        """Return entries above `after_seq`, oldest first."""

    def urgent(self, after_seq: int, limit: int) -> list[Waiting]:
        """Return urgent entries above `after_seq`, oldest first."""

    def boots(self) -> dict[str, int]:
        """Return the number of each boot that entries were written in, by its id."""

    def sealed(
        self, to_seq: int, bytes_max: int, done: frozenset[int]
    ) -> list[tuple[int, Sealed]]:
        """Return sealed fields of entries up to `to_seq` that are not in `done`.

        The oldest first, whole entries only: those of one at least, if any wait.
        """

    def sealed_seqs(self) -> frozenset[int]:
        """Return the entries whose sealed fields are still here."""

    def close(self) -> None:
        """Give the connection back."""


class Journal(Protocol):
    """Where entries are kept. The main thread alone writes."""

    def record(self, entry: Entry) -> Recorded:
        """Write one entry and its chain head in one commit, synced to disk.

        Raises JournalFull, JournalCorrupt or JournalError; then nothing was written.
        """

    def close(self) -> None:
        """Checkpoint and close."""


class Register(Protocol):
    """Who lives here and what they did last."""

    def facts(self, event: PassPresented, *, supplies: str | None = None) -> Facts:
        """Return what the rules need to know of the holder; `supplies` are handed out now."""

    def lane(self, at: Stamp) -> Facts:
        """Return the gate and its direction, of entries that are about nobody."""

    def has_appointment(self, sub: str, at: Stamp) -> bool:
        """Return whether a household announced a visitor for now."""

    def lent_card(self, card_no: int) -> LentCard | None:
        """Return a visitor's card that is out, by its number."""

    def age_s(self, at: Stamp) -> float | None:
        """Return how old the register of households is; None: there is none."""

    def open_vehicle(self, at: Stamp) -> OpenVehicle | None:
        """Return the vehicle whose occupants are being measured."""

    def regulars(self, at: Stamp) -> tuple[int, ...]:
        """Return the numbers of couriers' cards that are lent for today."""

    def overstayed(self, at: Stamp) -> tuple[int, ...]:
        """Return the numbers of cards whose visitors should have left."""

    def inside_cards(self) -> tuple[int, ...]:
        """Return the numbers of cards whose visitors are inside."""

    def has_waiting_form(self, at: Stamp) -> bool:
        """Return whether a form waits for the card that goes with it."""

    def note(self, recorded: Recorded) -> None:
        """Remember an entry that was written."""

    def note_passage(self, seq: int | None) -> None:
        """Remember that somebody went through who was granted in entry `seq`.

        None: the contact saw somebody, and nobody was awaited; it was the newest grant's.
        """

    def close(self) -> None:
        """Give the files back."""


class FaultReport(Protocol):
    """How a part says that a trouble began or ended. Any thread; never blocks."""

    def __call__(self, fault: Fault, *, is_on: bool, detail: str = "") -> None:
        """Say that `fault` holds, or does not. Saying it again changes nothing."""


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A trouble that holds now. `detail` is for ops: device path, error text."""

    fault: Fault
    since: Stamp
    detail: str


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What the sync thread last knew; read by other threads as one value."""

    waiting: int = 0  # entries that central has not acknowledged
    answered_s: float | None = None  # monotonic second of central's last good answer
    sent_to: int = 0  # central lacks no entry up to here
    sent: frozenset[int] = frozenset()  # and has these urgent ones above
    words: tuple[CaseWord, ...] = ()  # of fevers and incidents, as far as they are known
    contacts: tuple[Contact, ...] = ()  # who is called, in this order


@dataclass(frozen=True, slots=True)
class Asking:
    """Which fevers and incidents central is to be asked for, and how urgently."""

    seqs: tuple[int, ...] = ()
    is_waiting: bool = False  # nobody answered one of them yet
    fast_until_s: float = 0.0  # monotonic second until which every second counts


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement that is on the screen now: the `place`-th of `count`."""

    one: Announcement
    place: int
    count: int
    until_s: float  # monotonic second at which it gives way


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the pages are drawn from, as it stood at one instant."""

    at: Stamp
    show: Show
    recent: tuple[Recorded, ...]  # newest first, at most 5
    faults: tuple[ActiveFault, ...]
    sync: SyncStatus | None  # None: this gate works alone
    trust_issued_s: int | None  # UTC seconds of the trust list in force
    staff: str | None = None  # who is signed on
    measuring: Measuring = Measuring.BY_WEATHER
    surroundings: Surroundings | None = None
    is_by_hand: bool = False  # staff take every temperature: the weather's, or their, choice
    display: DisplayRecord | None = None  # of the holder whose pass was shown just now
    has_look_up: bool = False  # a duty card was shown since power-up: people can be looked up
    open_cases: tuple[Entry, ...] = ()  # that a typed temperature may end, newest first
    regulars: tuple[int, ...] = ()  # couriers' cards that are lent for today
    overstayed: tuple[int, ...] = ()  # cards of visitors who should have left
    open_vehicle: OpenVehicle | None = None  # whose occupants are being measured
    supplies: str | None = None  # what is handed out now
    supplies_choices: tuple[str, ...] = ()  # what may be handed out
    counts: tuple[tuple[str, int], ...] = ()  # of today: key of a word count.*, number
    register_age_s: float | None = None  # None: central never sent a register
    rules_version: int = 0  # 0: the rules that this software came with
    rules_name: str = ""
    waiting_form: bool = False  # a form waits for the card that goes with it
    duty: DutyBoard = DutyBoard()  # noqa: RUF009 - the watch, the roster, the other gates
    help_since: Stamp | None = None  # since when somebody waits for a person, if one does
    matters: tuple[MatterNow, ...] = ()  # fevers and incidents that are open, oldest first
    is_call_owed: bool = False  # staff called, and it could not be written down yet
    announced: Announced | None = None  # what everybody is told while nobody is served
    held: tuple[Held, ...] = ()  # who was asked to wait, newest first
    at_gate: Entry | None = None  # what is known of whoever is being served
    attended_s: float | None = None  # when whoever is signed on last showed card or PIN
    announcements: tuple[Announcement, ...] = ()  # told these days, oldest first


class Screen(Protocol):
    """The pages, as the main thread sees them."""

    def publish(self, snapshot: Snapshot) -> None:
        """Hand the newest state to every browser. Never blocks."""


class Found(Protocol):
    """Somebody who was looked up."""

    @property
    def name(self) -> str:
        """Return the name, for staff eyes."""

    @property
    def door(self) -> str:
        """Return where they live."""

    @property
    def cti(self) -> bytes:
        """Return the id of the pass, empty without one."""


class StaffDesk(Protocol):
    """Where the staff page hands in what somebody did. Any thread; never blocks."""

    def __call__(self, make: Callable[[Stamp], StaffEvent]) -> Future[Fault | None] | None:
        """Queue the event made for this instant. Returns None when there is no room.

        The answer comes when the event was served: the fault that kept it from being done.
        """


Beat = Callable[[], None]
