"""Plays one person at a time at the demo's gate: whom a visitor wished for, or anybody."""

import random
import threading
from dataclasses import dataclass

from kiosk.runtime.demo_cast import Part, Wish, anybody, parts_of
from kiosk.runtime.demo_people import PATIENCE_S, visit
from kiosk.runtime.demo_stage import Stage
from kiosk.runtime.demo_steps import Place
from kiosk.runtime.demo_world import SENSOR_ASKED_S, WorldKeeper
from kiosk.timing import boot_seconds

OUT_OF_SIGHT_S = 1.4  # chosen: so long somebody is seen to walk off
BETWEEN_S = (1.5, 3.5)  # chosen: pause between people who come by themselves
BESIDE_S = 120.0  # chosen: so long somebody waits at the side for a visitor at the staff page
FOREIGN_PATIENCE_S = 8.0  # the screen may say something else that no foreign code ends
CLOSE_S = 10.0


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is at the gate. `look` None: a stranger with somebody else's pass."""

    look: int | None
    number: int
    story: str
    waits_for: str = ""  # "weather", "owner", "volunteer": what keeps them


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the person who came last."""

    number: int
    page: str
    opened: bool


class Playground:
    """Lets one person at a time come to the gate. Any thread may ask."""

    def __init__(self, stage: Stage, world: WorldKeeper, *, seed: int = 1) -> None:
        self._stage, self._world = stage, world
        self._rng = random.Random(seed)
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_next = threading.Event()  # whoever waits at the side makes room
        self._count = 0
        self.guest: Guest | None = None
        self.outcome: Outcome | None = None
        self.is_auto = False

    @property
    def is_busy(self) -> bool:
        """Whether somebody is at the gate who cannot be passed."""
        thread = self._thread
        is_waiting = self.guest is not None and self.guest.waits_for == "volunteer"
        return thread is not None and thread.is_alive() and not is_waiting

    def come(self, wish: Wish) -> bool:
        """Let somebody come. Returns False while somebody else is at the gate."""
        with self._turn:
            if self.is_busy or self.is_auto:
                return False
            self._start(wish)
            return True

    def play_alone(self, *, is_on: bool) -> None:
        """Let people keep coming, or stop after the one who is at the gate."""
        with self._turn:
            was_on, self.is_auto = self.is_auto, is_on
            if is_on and not was_on and not self.is_busy:
                self._start(None)

    def close(self) -> None:
        """Send everybody home, and wait until they went."""
        self.is_auto = False
        self._stage.street.stop.set()
        self._is_next.set()
        if (thread := self._thread) is not None:
            thread.join(CLOSE_S)

    def _start(self, wish: Wish | None) -> None:
        self._is_next.set()
        if (before := self._thread) is not None:
            before.join(CLOSE_S)
        self._is_next.clear()
        self._thread = threading.Thread(
            target=self._run, args=(wish,), name="guest", daemon=True
        )
        self._thread.start()

    def _run(self, wish: Wish | None) -> None:
        street = self._stage.street
        try:
            if wish is not None:
                self._play(wish)
            while self.is_auto and not street.stop.is_set():
                self._play(anybody(self._rng))
                street.wait(self._rng.uniform(*BETWEEN_S))
        finally:
            self.guest = None
            street.steps.go(Place.AWAY)

    def _play(self, wish: Wish) -> None:
        self._await_weather(wish)
        parts = parts_of(wish, self._stage.town, self._count)
        self._count += len(parts)
        for part in parts:
            self._play_part(part, wish.story)

    def _await_weather(self, wish: Wish) -> None:
        """Nobody comes before the kiosk has had time to ask its sensor in the street."""
        if self._world.is_weather_news:
            self.guest = Guest(wish.resident, self._count, wish.story, "weather")
            self._stage.street.steps.go(Place.AWAY)
            self._stage.street.until(lambda: not self._world.is_weather_news, SENSOR_ASKED_S)

    def _play_part(self, part: Part, story: str) -> None:
        street, person = self._stage.street, part.person
        waits = "owner" if person.same_as is not None and part.look is None else ""
        self.guest = Guest(part.look, person.number, story, waits)
        if part.text:
            self._stage.desk.hand_out(person.number, part.text)
        patience_s = FOREIGN_PATIENCE_S if part.text else PATIENCE_S
        seen = visit(street, person, patience_s=patience_s)
        self.outcome = Outcome(person.number, seen.page, seen.opened)
        if part.text and not seen.page:
            self.guest = Guest(part.look, person.number, story, "ignored")
            street.wait(OUT_OF_SIGHT_S)
        if not seen.opened and self._world.now.volunteer == "visitor":
            self._wait_beside(part, story)
        street.wait(OUT_OF_SIGHT_S * street.pace)
        if not person.stays:
            street.steps.go(Place.AWAY)

    def _wait_beside(self, part: Part, story: str) -> None:
        """Stand aside while a visitor decides at the staff page, or until the next one."""
        street, since_s = self._stage.street, boot_seconds()
        self.guest = Guest(part.look, part.person.number, story, "volunteer")

        def is_over() -> bool:
            return self._is_next.is_set() or street.opened_since(since_s)

        street.until(is_over, BESIDE_S)
        if street.opened_since(since_s):
            street.steps.go(Place.THROUGH)
            street.gate.pass_through(street.contact_pin)
            page = street.watcher.look().page
            self.outcome = Outcome(part.person.number, page, opened=True)
