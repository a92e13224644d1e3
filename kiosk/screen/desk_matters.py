"""What staff do about fevers and incidents: call, call again, take a mistaken call back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request

from kiosk.core.matters import Act
from kiosk.core.messages_staff import IncidentCalled, MatterActed
from kiosk.screen.desk_forms import Form, Nothing, Refusal, read_form
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import Take


class Matter(Form):
    """Which fever or incident, and what is done about it."""

    seq: Annotated[int, Field(ge=1, le=2**53)]
    act: Literal["again", "withdrawn"]


class MatterActs:
    """Their routes. Lives in the screen's event loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route."""
        return {"incident": self._incident, "matter": self._matter}

    async def _incident(self, request: Request) -> dict[str, Any]:
        """Call the coordinator. Who is shouted at has no hand free to sign on."""
        await read_form(request, Nothing)
        return await self._intake.hand_in(IncidentCalled)

    async def _matter(self, request: Request) -> dict[str, Any]:
        """A call is strengthened by anybody; it is taken back by name alone."""
        form = await read_form(request, Matter)
        self._intake.need_staff()
        if form.seq not in {one.matter.seq for one in self._intake.snapshot.matters}:
            raise Refusal(409, "already_decided")
        act = Act(form.act)
        return await self._intake.hand_in(lambda at: MatterActed(at, form.seq, act))
