"""Finding a resident who forgot the pass, and letting somebody of the staff vouch for one.

Results are masked; the full name travels only for the one who is asked, with what the question
needs: who else lives there. Whoever is vouched for goes through as if the pass had been shown.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kiosk.core.messages_staff import PassForgotten
from kiosk.core.words import Credential, PassKind, Refusal, Refused
from kiosk.ports import Found
from kiosk.screen.desk_forms import LookUp, Who, read_form
from kiosk.screen.desk_forms import Refusal as NotTaken
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import LookUps, Take, note_look_up
from kiosk.timing import boot_seconds

KEPT_MAX = 64  # people who were found and may still be tapped
KEPT_S = 180.0  # chosen: a question and its answer take less
_COMPOUND = (
    "欧阳司马上官诸葛东方皇甫尉迟公孙令狐慕容司徒长孙宇文夏侯端木南宫独孤司空万俟闻人"
    "赫连澹台公冶宗政濮阳淳于单于太叔申屠轩辕钟离鲜于西门东郭呼延百里"
)
COMPOUND = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))


class GateFinder:
    """The routes of the look-up. Lives in the screen's event loop."""

    def __init__(self, intake: Intake, look_ups: LookUps, tell: Callable[[], None]) -> None:
        """`tell` says to whoever stands at the gate that a pass is not needed."""
        self._intake, self._ask, self._tell = intake, look_ups, tell
        self._kept: OrderedDict[str, tuple[float, Found]] = OrderedDict()

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route."""
        return {"find": self._find, "who": self._who, "vouch": self._vouch}

    async def _find(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, LookUp)
        self._need_open(request)
        found = await run_in_threadpool(self._ask.find, form.text)
        note_look_up(len(found), self._intake.staff)
        self._tell()
        return {"found": [self._shown(one) for one in found]}

    async def _who(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Who)
        self._need_open(request)
        one = self._one(form.ref)
        here = await run_in_threadpool(self._ask.at_door, one.door)
        note_look_up(1, self._intake.staff)
        home = [masked(other.name) for other in here if other.name != one.name]
        return {"name": one.name, "home": home, "has_pass": bool(one.cti)}

    async def _vouch(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Who)
        self._need_open(request)
        one = self._one(form.ref)
        if not one.cti:
            raise NotTaken(409, "no_pass_yet")
        holder = await self._holder(one)
        scan_id = uuid4()
        done = await self._intake.hand_in(lambda at: PassForgotten(at, scan_id, holder))
        self._kept.pop(form.ref, None)  # a second tap may have been as fast
        return done

    async def _holder(self, one: Found) -> Credential | Refused:
        """Return what the forgotten pass is worth: a household, unless it was taken back."""
        try:
            sub = await self._intake.household(one.door) or ""
        except NotTaken:
            sub = ""  # a door that the office writes in another way
        if self._ask.is_revoked(one.cti):
            return Refused(Refusal.REVOKED, one.cti, sub, masked(one.name))
        return Credential(one.cti, sub, "", PassKind.RESIDENT, 0, masked(one.name), 0)

    def _need_open(self, request: Request) -> None:
        self._intake.need_unlocked(request)
        if not self._intake.snapshot.has_look_up:
            raise NotTaken(409, "look_up_locked")

    def _shown(self, one: Found) -> dict[str, str]:
        """Return a result for the page, and remember for a while whom it stands for."""
        ref = secrets.token_hex(8)
        self._kept[ref] = (boot_seconds(), one)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return {"ref": ref, "name": masked(one.name), "door": one.door}

    def _one(self, ref: str) -> Found:
        """Return whom a result stands for. Raises Refusal where that is forgotten."""
        since_s, one = self._kept.get(ref, (0.0, None))
        if one is None or boot_seconds() - since_s > KEPT_S:
            raise NotTaken(409, "look_up_again")
        return one


def masked(name: str) -> str:
    """Return a name as a page may show it: 张*明, 王*, 欧阳*明."""
    if len(name) < 2:
        return "*"
    first = name[:2] if len(name) > 2 and name[:2] in COMPOUND else name[:1]
    last = name[-1] if len(name) > len(first) + 1 else ""
    return f"{first}*{last}"
