"""The whole name of whoever the case at the gate is about, for as long as it is asked for.

Only after a duty card opened the directory, only while the page is not locked. Nothing that
is answered here is kept; that somebody asked is logged.
"""

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kiosk.screen.desk_forms import Refusal, read_form
from kiosk.screen.desk_forms_gate import FullName
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import LookUps, Take, note_look_up


class NameForms:
    """The route of the name. Lives in the screen's event loop."""

    def __init__(self, intake: Intake, look_ups: LookUps) -> None:
        self._intake, self._look_ups = intake, look_ups

    def takes(self) -> Mapping[str, Take]:
        """Return what answers the route."""
        return {"full-name": self._full_name}

    async def _full_name(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, FullName)
        self._intake.need_unlocked(request)
        snapshot = self._intake.snapshot
        if not snapshot.has_look_up:
            raise Refusal(409, "look_up_locked")
        entry = snapshot.show.entry or snapshot.at_gate
        if entry is None or entry.cti is None or entry.scan_id != form.scan_id:
            raise Refusal(409, "already_decided")
        name = await run_in_threadpool(self._look_ups.name_of, entry.cti)
        note_look_up(int(name is not None), self._intake.staff)
        if name is None:
            raise Refusal(404, "no_full_name")
        return {"name": name}
