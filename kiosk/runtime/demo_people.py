"""Made-up people: they watch the public page, hold up a pass, step to the thermometer, go.

They know only what a person could know: what the page says, whether the barrier moved.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from kiosk.core.messages_screen import TELLING
from kiosk.core.wording import Page
from kiosk.runtime.demo_volunteer import Volunteer
from kiosk.simulate.camera import Scene, StreamCamera
from kiosk.simulate.gate import GateWitness
from kiosk.simulate.thermometer import PtyThermometer
from kiosk.simulate.town import AFTER_S, Person, Shows
from kiosk.timing import boot_seconds

ON_THE_WAY = {
    Page.STARTING,
    Page.IDLE,
    Page.SEEN,
    Page.LOOK_TEMP,
    Page.AGAIN,
    Page.NO_TEMP,
    Page.STAFF_MEASURES,
    Page.QR_HARD,
    Page.HELP,
    *TELLING,
}
RESULT_PAGES = frozenset(
    p.value for p in set(Page) - ON_THE_WAY - {Page.CAM_COVERED, Page.ON_DUTY}
)
AGAIN_PAGES = frozenset({"again", "no_temp"})
LOOK_S = 0.05  # chosen: how often a person glances at the page
PUT_AWAY_S = 0.3  # chosen: between reading the page and bending to the thermometer
STEP_BACK_S = 0.6
WALK_S = 0.4
NEXT_AFTER_S = 2.0  # the next person's pass counts after two seconds of a page
PATIENCE_S = 40.0
SHOW_AGAIN_S = 6.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One view of the public page, and when it came."""

    page: str
    show: int  # counts the pages shown, so that the same page for the next person is a new one
    since_s: float
    is_alive: bool


class PageWatcher:
    """Reads the public page's event stream, as the browser at the gate does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._seen = Seen("", 0, boot_seconds(), is_alive=False)
        self._thread = threading.Thread(target=self._run, name="eyes", daemon=True)
        self._thread.start()

    def look(self) -> Seen:
        """Return what the page shows now."""
        return self._seen

    def close(self) -> None:
        """Look away."""
        self._stop.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(requests.RequestException, OSError, ValueError, KeyError):
                self._read_stream()
            self._tell("", 0, is_alive=False)
            self._stop.wait(0.1)

    def _read_stream(self) -> None:
        limits = (1.0, 5.0)  # a heartbeat comes every 2 s
        with requests.get(f"{self._url}/events", stream=True, timeout=limits) as answer:
            for line in answer.iter_lines(chunk_size=1):
                if self._stop.is_set():
                    return
                if line.startswith(b"data:") and (text := line[5:].strip()):
                    view = json.loads(text)
                    self._tell(str(view["page"]), int(view["show"]), is_alive=True)

    def _tell(self, page: str, show: int, *, is_alive: bool) -> None:
        seen = self._seen
        if (page, show, is_alive) != (seen.page, seen.show, seen.is_alive):
            self._seen = Seen(page, show, boot_seconds(), is_alive)


@dataclass(slots=True)
class Visit:
    """What became of one person."""

    person: Person
    came_s: float
    showings: list[int] = field(default_factory=list)  # the camera's numbers of its showings
    page: str = ""
    opened: bool = False
    left_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Street:
    """Everything that stands at the gate, seen from outside."""

    watcher: PageWatcher
    camera: StreamCamera
    thermometer: PtyThermometer
    gate: GateWitness
    pass_of: Callable[[Person], str]
    relay_pin: int
    contact_pin: int
    volunteer: Volunteer
    shown_s: dict[int, float] = field(default_factory=dict)  # when each person showed a pass


def visit(street: Street, person: Person) -> Visit:
    """Let one person come, be served, and leave. Returns what happened to them."""
    _until(lambda: _may_come(street.watcher.look()), PATIENCE_S)
    _until(lambda: _is_time_for(street, person), PATIENCE_S)
    outcome = Visit(person, boot_seconds())
    deadline_s = outcome.came_s + PATIENCE_S
    while boot_seconds() < deadline_s and not outcome.page:
        _show_pass(street, outcome)
        outcome.page = _follow_the_page(street, outcome)
    _hide(street)
    _leave(street, outcome)
    outcome.left_s = boot_seconds()
    return outcome


def _is_time_for(street: Street, person: Person) -> bool:
    """Who comes with another's pass comes a while after its owner showed it."""
    if person.story not in AFTER_S or person.same_as is None:
        return True
    shown_s = street.shown_s.get(person.same_as, 0.0)
    return boot_seconds() - shown_s >= AFTER_S[person.story]


def _may_come(seen: Seen) -> bool:
    is_over = seen.page in RESULT_PAGES and boot_seconds() - seen.since_s >= NEXT_AFTER_S
    is_free = seen.page in ("idle", "announce")
    return seen.is_alive and (is_free or is_over)


def _show_pass(street: Street, outcome: Visit) -> None:
    """Hold up the pass, and note which showing it was."""
    person = outcome.person
    text = street.pass_of(person)
    street.shown_s[person.number] = boot_seconds()
    if person.shows is Shows.CARD:
        scene = Scene.card(text)
    else:
        scene = Scene.phone(text, is_dark=person.shows is Shows.DARK_PHONE)
    outcome.showings.append(street.camera.show(scene))


def _hide(street: Street) -> None:
    street.camera.show(Scene.nobody())


def _follow_the_page(street: Street, outcome: Visit) -> str:
    """Do what the page says until it tells a result; empty when it died or nothing came."""
    began_s = boot_seconds()
    asked_since_s = 0.0
    while boot_seconds() - began_s < PATIENCE_S / 2:
        seen = street.watcher.look()
        if not seen.is_alive:
            _step_back(street)
            _hide(street)
            _until(
                lambda: street.watcher.look().page in {"idle", *RESULT_PAGES}, PATIENCE_S / 2
            )
            return ""
        if seen.since_s < outcome.came_s and seen.page in RESULT_PAGES:
            pass  # still the page of whoever came before
        elif seen.page in RESULT_PAGES:
            return seen.page
        elif seen.page in {"look_temp", *AGAIN_PAGES} and seen.since_s > asked_since_s:
            asked_since_s = seen.since_s
            _go_to_thermometer(street, outcome.person, is_again=seen.page in AGAIN_PAGES)
        elif seen.page == Page.STAFF_MEASURES.value and seen.since_s > asked_since_s:
            asked_since_s = seen.since_s
            _hide(street)
            street.volunteer.measure(outcome.person.body_c)
        elif seen.page == "idle" and boot_seconds() - began_s > SHOW_AGAIN_S:
            _hide(street)
            time.sleep(2.2)
            return ""
        time.sleep(LOOK_S)
    return ""


def _go_to_thermometer(street: Street, person: Person, *, is_again: bool) -> None:
    _hide(street)
    if is_again:
        _step_back(street)
        time.sleep(STEP_BACK_S)
    else:
        time.sleep(PUT_AWAY_S)
    street.thermometer.approach(person.skin_c)


def _step_back(street: Street) -> None:
    street.thermometer.leave()


def _leave(street: Street, outcome: Visit) -> None:
    """Look whether the barrier opened, then go through or step aside."""
    time.sleep(WALK_S)
    outcome.opened = any(pulse_s >= outcome.came_s for pulse_s in _pulses_s(street))
    if outcome.opened and not outcome.person.stays:
        street.gate.pass_through(street.contact_pin)
    _step_back(street)


def _pulses_s(street: Street) -> list[float]:
    return [
        at_s for at_s, pin, level in street.gate.pulses() if pin == street.relay_pin and level
    ]


def _until(is_so: Callable[[], bool], limit_s: float) -> bool:
    deadline_s = boot_seconds() + limit_s
    while boot_seconds() < deadline_s:
        if is_so():
            return True
        time.sleep(LOOK_S)
    return False
