"""What all forms of the staff page share: how they are refused, where they are handed in."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from kiosk.ports import Snapshot, StaffDesk
from kiosk.screen.desk_checks import Mistake, check_door, cuts, parts
from kiosk.screen.desk_forms import Refusal
from kiosk.screen.desk_kept import Kept, kept
from kiosk.screen.desk_lock import Lock
from kiosk.screen.desk_parts import FindDoor, Make, Seal, SealedForm, Take
from kiosk.screen.hub import Hub
from kiosk.screen.view import Scenery

ACTED_MAX = 64  # chosen: acts that are remembered so that a second one is told
QUESTIONS = frozenset({"is_it_right", "id_place", "door_unknown"})  # "yes" sends it again


class Intake:
    """Where forms go. Lives in the screen's event loop."""

    def __init__(
        self,
        hub: Hub,
        scenery: Scenery,
        desk: StaffDesk,
        *,
        seal: Seal,
        find_door: FindDoor,
        lock: Lock | None = None,
    ) -> None:
        self.hub, self._scenery, self._desk = hub, scenery, desk
        self._seal, self._find_door = seal, find_door
        self.lock = lock or Lock()
        self._acted: dict[tuple[str, UUID], Kept] = {}

    async def answer(self, take: Take, request: Request) -> JSONResponse:
        """Take a form in, or say by name why not."""
        try:
            return JSONResponse(await take(request))
        except Refusal as exc:
            words = self._scenery.words.pair(exc.words_key, n=exc.wait_s)
            said: dict[str, Any] = {"error": exc.key, "words": words, "detail": exc.detail}
            said |= {"field": exc.field, "is_question": exc.key in QUESTIONS}
            headers = {"Retry-After": str(exc.wait_s)} if exc.wait_s else None
            return JSONResponse(said, exc.status, headers)

    @property
    def snapshot(self) -> Snapshot:
        """Return what the pages show now. Raises Refusal while there is nothing."""
        snapshot = self.hub.newest.snapshot
        if snapshot is None:
            raise Refusal(503, "gate_busy", wait_s=1)
        return snapshot

    def need_staff(self) -> None:
        """Raise Refusal where nobody is signed on."""
        snapshot = self.hub.newest.snapshot
        if snapshot is None or snapshot.staff is None:
            raise Refusal(403, "nobody_on_duty")

    @property
    def staff(self) -> str:
        """Return who is signed on, "" for nobody."""
        return self.snapshot.staff or ""

    def tell(self, make: Make) -> None:
        """Hand in what nobody waits for; a busy gate drops it."""
        self._desk(make)

    async def hand_in(self, make: Make) -> dict[str, Any]:
        """Hand an event in. Answers when it was served and what it asked for is kept.

        Raises Refusal where the gate has no room for it, cannot keep it, or is slow to say.
        """
        return await kept(self._queue(make))

    def need_unlocked(self, request: Request) -> None:
        """Raise Refusal where nobody is signed on, or the page was left alone for long.

        The one place that knows of a page's lock: look-up, full name and override ask here.
        """
        self.need_staff()
        if self.lock.look(self.snapshot).is_locked:
            raise Refusal(403, "locked")

    def need_waiting(self, scan_id: UUID) -> None:
        """Raise Refusal where a case waits for no temperature any more."""
        if scan_id not in {entry.scan_id for entry in self.snapshot.open_cases}:
            raise Refusal(409, "already_decided")

    async def hand_in_once(
        self, act: str, scan_id: UUID, make: Make, *, second: str = "already_decided"
    ) -> dict[str, Any]:
        """Hand in what ends a case; whoever comes second is told."""
        if self.was_acted(act, scan_id):
            raise Refusal(409, second)
        return await self._once((act, scan_id), make)

    async def hand_in_sheet(self, key: UUID | None, make: Make) -> dict[str, Any]:
        """Hand in what a sheet says, once: a page that heard no answer hands it in again."""
        return await (self.hand_in(make) if key is None else self._once(("sheet", key), make))

    async def _once(self, mark: tuple[str, UUID], make: Make) -> dict[str, Any]:
        """Hand in what was not yet; what could not be kept may be handed in again."""
        if mark not in self._acted:
            self._acted = dict(list(self._acted.items())[1 - ACTED_MAX :])
            self._acted[mark] = self._queue(make)
        try:
            return await kept(self._acted[mark])
        except Refusal as exc:
            if exc.key == "not_kept":
                self.forget(*mark)
            raise

    def _queue(self, make: Make) -> Kept:
        answer = self._desk(make)
        if answer is None:
            raise Refusal(503, "gate_busy", wait_s=1)
        return answer

    def was_acted(self, act: str, scan_id: UUID) -> bool:
        """Return whether this was handed in for a case a short while ago."""
        return (act, scan_id) in self._acted

    def forget(self, act: str, scan_id: UUID) -> None:
        """What was done is undone, and may be done again."""
        self._acted.pop((act, scan_id), None)

    async def sealed(self, told: Mapping[str, str]) -> SealedForm:
        """Return what was told, sealed. Raises Refusal where no office could open it."""
        filled = {name: text for name, text in told.items() if text}
        sealed = await run_in_threadpool(self._seal, filled)
        if sealed is None:
            raise Refusal(409, "no_office")
        return sealed

    async def household(self, door: str, *, field: str = "door") -> str | None:
        """Return the household behind a door; None where the register does not know it."""
        if not door.strip():
            return None
        known = await self.known_door(door)
        if isinstance(known, Mistake):
            raise wrong(field, known)
        return known[1]

    async def known_door(self, door: str) -> tuple[str, str | None] | Mistake:
        """Return a door as it is written, and its household where the register knows it.

        Digits alone are that door which they can mean, if there is only one.
        """
        written = [checked] if isinstance(checked := check_door(door), str) else cuts(door)
        found = [
            (one, await run_in_threadpool(self._find_door, *parts(one))) for one in written
        ]
        if len(found) == 1 and isinstance(checked, str):
            return found[0]
        known = {sub: (one, sub) for one, sub in found if sub is not None}
        return known.popitem()[1] if len(known) == 1 else Mistake.DOOR_SHAPE

    def words(self, key: str) -> tuple[str, str]:
        """Return a sentence of the catalogues, in Chinese and English."""
        return self._scenery.words.pair(key)

    def today(self) -> date:
        """Return the local day."""
        return self.snapshot.at.utc.astimezone(self._scenery.wall.zone).date()

    def noon_ms(self, day: date) -> int:
        """Return an instant in the middle of a local day, UTC milliseconds."""
        noon = datetime.combine(day, time(12), self._scenery.wall.zone)
        return int(noon.timestamp() * 1000)


def wrong(field: str, mistake: Mistake) -> Refusal:
    """Return the refusal of one field."""
    return Refusal(400, mistake.value, field=field)


MoreForms = Callable[[Intake], Mapping[str, Take]]
