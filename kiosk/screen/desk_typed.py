"""Temperatures at the staff page: typed, asked for once more, how they are taken at all."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from kiosk.core.messages import Measuring, MeasuringChosen, RepeatAsked, TemperatureTyped
from kiosk.screen.desk_forms import (
    INSTRUMENTS,
    SURE_C,
    Choice,
    Refusal,
    Repeat,
    Typed,
    read_form,
)
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import Take


class TypedForms:
    """The routes of temperatures. Lives in the screen's event loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route."""
        return {
            "typed": self._typed,
            "repeat": self._repeat,
            "measuring": self._measuring,
        }

    async def _typed(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Typed)
        self._intake.need_staff()
        value_c = float(form.value)
        if not form.is_sure and not SURE_C[0] <= value_c <= SURE_C[1]:
            raise Refusal(409, "is_it_right", detail=form.value)
        self._intake.need_waiting(form.scan_id)
        if self._intake.was_acted("override", form.scan_id):
            raise Refusal(409, "already_decided")
        source = INSTRUMENTS[form.instrument]
        return await self._intake.hand_in(
            lambda at: TemperatureTyped(at, form.scan_id, value_c, source)
        )

    async def _repeat(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Repeat)
        self._intake.need_staff()
        self._intake.need_waiting(form.scan_id)
        return await self._intake.hand_in(lambda at: RepeatAsked(at, form.scan_id))

    async def _measuring(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Choice)
        self._intake.need_staff()
        return await self._intake.hand_in(
            lambda at: MeasuringChosen(at, Measuring(form.measuring))
        )
