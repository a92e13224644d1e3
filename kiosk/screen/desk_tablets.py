"""Letting tablets in, at the gate's own staff page: a code to scan, who is in, who is put out.

These routes are served on loopback alone: a tablet lets no other tablet in.
"""

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from typing import Annotated, Any

import segno
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kiosk import log
from kiosk.errors import ConfigError
from kiosk.screen.desk_forms import Form, Nothing, Refusal, read_form
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import Take
from kiosk.screen.lan_tablets import Tablets

HERE_ONLY = "/staff/tablet"  # how all of their paths begin


class Named(Form):
    """A tablet's short name."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")]


class TabletForms:
    """The routes of the tablets. Lives in the screen's event loop."""

    def __init__(self, tablets: Tablets, url: str) -> None:
        """`url` is where tablets call this gate, "" where the way in is closed."""
        self._tablets, self._url = tablets, url

    def takes(self, intake: Intake) -> Mapping[str, Take]:
        """Return what answers each route."""
        answers = {"tablets": self._all, "tablet-in": self._let_in, "tablet-out": self._put_out}
        return {name: partial(answer, intake) for name, answer in answers.items()}

    async def _all(self, intake: Intake, request: Request) -> dict[str, Any]:
        await read_form(request, Nothing)
        intake.need_staff()
        return await run_in_threadpool(self._told)

    async def _let_in(self, intake: Intake, request: Request) -> dict[str, Any]:
        form = await read_form(request, Named)
        by = _who(intake)
        if not self._url:
            raise Refusal(409, "no_lan")
        return await run_in_threadpool(self._invite, form.name, by)

    async def _put_out(self, intake: Intake, request: Request) -> dict[str, Any]:
        form = await read_form(request, Named)
        by = _who(intake)
        return await run_in_threadpool(self._remove, form.name, by)

    def _invite(self, name: str, by: str) -> dict[str, Any]:
        try:
            code = self._tablets.invite(name, by=by)
        except ConfigError as exc:
            raise Refusal(409, "not_kept", str(exc)) from exc
        log.event(log.Event.TABLET_INVITED, tablet=name, staff=by)
        url = f"{self._url}/pair#{code}"
        return {**self._told(), "url": url, "svg": picture(url)}

    def _remove(self, name: str, by: str) -> dict[str, Any]:
        try:
            self._tablets.remove(name)
        except ConfigError as exc:
            raise Refusal(409, "not_kept", str(exc)) from exc
        log.event(log.Event.TABLET_REMOVED, tablet=name, staff=by)
        return self._told()

    def _told(self) -> dict[str, Any]:
        try:
            return {"tablets": sorted(tablet.name for tablet in self._tablets.all())}
        except ConfigError as exc:
            raise Refusal(409, "not_kept", str(exc)) from exc


def _who(intake: Intake) -> str:
    """Return who is signed on. Raises Refusal where nobody is."""
    intake.need_staff()
    return intake.snapshot.staff or ""


def picture(url: str) -> str:
    """Return a QR code as SVG, black on white with its quiet zone."""
    drawn = BytesIO()
    segno.make_qr(url, error="m").save(
        drawn, kind="svg", dark="#000", light="#fff", xmldecl=False, omitsize=True
    )
    return drawn.getvalue().decode("ascii")
