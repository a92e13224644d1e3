"""What whoever is on duty hands in about the duty itself: a note, another gate as well."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request

from kiosk.core.duty import COVERS_MAX, GATE_CHARS_MAX, NOTE_CHARS_MAX, is_note
from kiosk.core.messages_staff import CoverChosen, NoteWritten
from kiosk.screen.desk_forms import Form, Refusal, read_form
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import Take


class NoteForm(Form):
    """A note for whoever comes next."""

    text: Annotated[str, Field(max_length=2 * NOTE_CHARS_MAX)]


class CoverForm(Form):
    """Another gate is looked after from here, or no longer."""

    gate: Annotated[str, Field(min_length=1, max_length=GATE_CHARS_MAX)]
    is_on: bool


class DutyForms:
    """The routes of the duty section. Lives in the screen's event loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route."""
        return {"note": self._note, "cover": self._cover}

    async def _note(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, NoteForm)
        self._intake.need_staff()
        text = " ".join(form.text.split())
        if not is_note(text):
            raise Refusal(400, "note_wrong")
        return await self._intake.hand_in(lambda at: NoteWritten(at, text))

    async def _cover(self, request: Request) -> dict[str, Any]:
        """Take a gate that central told of; one that is let go may be gone from there."""
        form = await read_form(request, CoverForm)
        self._intake.need_staff()
        board = self._intake.snapshot.duty
        covers, known = board.watch.covers, {one.now.gate for one in board.others}
        if form.is_on and (form.gate not in known or len(covers) >= COVERS_MAX):
            raise Refusal(409, "no_such_gate")
        return await self._intake.hand_in(lambda at: CoverChosen(at, form.gate, form.is_on))
