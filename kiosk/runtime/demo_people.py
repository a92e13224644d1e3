"""Made-up people: they watch the public page, hold up a pass, step to the thermometer, go.

They know only what a person could know: what the page says, whether the barrier moved.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.core.messages_screen import TELLING
from kiosk.core.wording import Page
from kiosk.runtime.demo_follow import Follower
from kiosk.runtime.demo_steps import Place, Steps
from kiosk.runtime.demo_volunteer import Volunteer
from kiosk.simulate.camera import Scene, StreamCamera
from kiosk.simulate.gate import GateWitness
from kiosk.simulate.thermometer import PtyThermometer
from kiosk.simulate.town import AFTER_S, COPY_DOUBT_S, COPY_ENDS_S, Person, Shows, Story
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
WALK_UP_S, READS_S = 1.3, 0.8  # chosen: from the corner to the camera; a look at the page


@dataclass(frozen=True, slots=True)
class Seen:
    """One view of the public page, and when it came."""

    page: str
    show: int  # counts the pages shown, so that the same page for the next person is a new one
    since_s: float
    is_alive: bool


class PageWatcher(Follower):
    """Reads the public page's event stream, as the browser at the gate does."""

    def __init__(self, url: str) -> None:
        self._seen = Seen("", 0, boot_seconds(), is_alive=False)
        super().__init__(f"{url}/events")

    def look(self) -> Seen:
        """Return what the page shows now."""
        return self._seen

    def take(self, view: dict[str, Any] | None) -> None:
        """Keep a view, and note since when its page is shown."""
        page, show = (str(view["page"]), int(view["show"])) if view else ("", 0)
        super().take(view)
        seen = self._seen
        if (page, show, self.is_alive) != (seen.page, seen.show, seen.is_alive):
            self._seen = Seen(page, show, boot_seconds(), self.is_alive)


@dataclass(slots=True)
class Visit:
    """What became of one person."""

    person: Person
    came_s: float
    patience_s: float = PATIENCE_S
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
    pace: float = 0.0  # 1: people take their time, so that whoever watches can follow
    steps: Steps = field(default_factory=Steps)
    stop: threading.Event = field(default_factory=threading.Event)  # everybody goes home

    def wait(self, seconds: float) -> None:
        """Let time go on, unless everybody goes home."""
        self.stop.wait(seconds)

    def until(self, is_so: Callable[[], bool], limit_s: float) -> bool:
        """Wait for something. Returns whether it came."""
        deadline_s = boot_seconds() + limit_s
        while boot_seconds() < deadline_s and not self.stop.is_set():
            if is_so():
                return True
            self.wait(LOOK_S)
        return False

    def opened_since(self, since_s: float) -> bool:
        """Return whether the relay closed since then, CLOCK_BOOTTIME seconds."""
        return any(
            at_s >= since_s
            for at_s, pin, level in self.gate.pulses()
            if pin == self.relay_pin and level
        )


def visit(street: Street, person: Person, *, patience_s: float = PATIENCE_S) -> Visit:
    """Let one person come, be served, and leave. Returns what happened to them."""
    street.until(lambda: _may_come(street.watcher.look()), PATIENCE_S)
    street.until(lambda: _is_time_for(street, person), PATIENCE_S)
    street.steps.go(Place.COMING)
    street.wait(WALK_UP_S * street.pace)
    outcome = Visit(person, boot_seconds(), patience_s)
    deadline_s = outcome.came_s + patience_s
    while boot_seconds() < deadline_s and not outcome.page and not street.stop.is_set():
        _show_pass(street, outcome)
        outcome.page = _follow_the_page(street, outcome)
    street.wait(READS_S * street.pace)
    _hide(street)
    _leave(street, outcome)
    outcome.left_s = boot_seconds()
    return outcome


def _is_time_for(street: Street, person: Person) -> bool:
    """Who comes with another's pass comes a while after its owner showed it."""
    if person.story not in AFTER_S or person.same_as is None:
        return True
    shown_s = street.shown_s.get(person.same_as, 0.0)
    ago_s = boot_seconds() - shown_s
    is_in_doubt = person.story is Story.COPIED and abs(ago_s - COPY_ENDS_S) < COPY_DOUBT_S
    return ago_s >= AFTER_S[person.story] and not is_in_doubt


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
    street.steps.go(Place.CAMERA)
    outcome.showings.append(street.camera.show(scene))


def _hide(street: Street) -> None:
    street.camera.show(Scene.nobody())


def _follow_the_page(street: Street, outcome: Visit) -> str:
    """Do what the page says until it tells a result; empty when it died or nothing came."""
    began_s = boot_seconds()
    asked_since_s = 0.0
    while boot_seconds() - began_s < outcome.patience_s / 2 and not street.stop.is_set():
        seen = street.watcher.look()
        if not seen.is_alive:
            _step_back(street)
            _hide(street)
            street.until(
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
            street.steps.go(Place.STAFF)
            street.volunteer.measure(outcome.person.body_c)
        elif seen.page == "idle" and boot_seconds() - began_s > SHOW_AGAIN_S:
            _hide(street)
            street.wait(2.2)
            return ""
        if seen.page == Page.STAFF_MEASURES.value and street.volunteer.is_away:
            began_s = boot_seconds()  # the kiosk itself says when nobody types
        street.wait(LOOK_S)
    return ""


def _go_to_thermometer(street: Street, person: Person, *, is_again: bool) -> None:
    street.wait(READS_S * street.pace)
    _hide(street)
    if is_again:
        _step_back(street)
        street.wait(STEP_BACK_S)
    else:
        street.wait(PUT_AWAY_S)
    street.steps.go(Place.THERMOMETER)
    street.thermometer.approach(person.skin_c)


def _step_back(street: Street) -> None:
    street.thermometer.leave()
    if street.steps.place is Place.THERMOMETER:
        street.steps.go(Place.BACK)


def _leave(street: Street, outcome: Visit) -> None:
    """Look whether the barrier opened, then go through or step aside."""
    street.wait(WALK_S)
    outcome.opened = street.opened_since(outcome.came_s)
    _step_back(street)
    if outcome.opened and not outcome.person.stays:
        street.steps.go(Place.THROUGH)
        street.gate.pass_through(street.contact_pin)
    elif not outcome.opened:
        street.steps.go(Place.ASIDE)
