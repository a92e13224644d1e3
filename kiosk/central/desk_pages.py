"""Templates of the desk -> pages. What is kept is text on them, whatever it says."""

from datetime import UTC, datetime

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine
from starlette.responses import HTMLResponse, Response

from kiosk.central import desk_words
from kiosk.central.desk_fields import ZONE, Refused
from kiosk.central.page import PAGES
from kiosk.central.store import read_setting
from kiosk.central.words import say

_NO_SITE = ""


def page(engine: Engine, name: str, *, status: int = 200, **more: object) -> Response:
    """Return a page with the site's name and whatever it shows. Raises StoreError."""
    site = (read_setting(engine, "site") or b"").decode("utf-8", "replace")
    return HTMLResponse(_PAGES.get_template(name).render(site=site, **more), status)


def refusal(refused: Refused) -> Response:
    """Return a refusal for whom nothing is known of."""
    template = _PAGES.get_template("desk_refused.html")
    shown = {"site": _NO_SITE, "operator": None, "csrf": "", "says": refused.says}
    return HTMLResponse(template.render(**shown), refused.status)


def day(seconds: int) -> str:
    """Return a day for people. `seconds` are UTC."""
    return _local(seconds).strftime("%Y-%m-%d")


def moment(ms: int) -> str:
    """Return a time for people. `ms` are UTC."""
    return _local(ms / 1000).strftime("%Y-%m-%d %H:%M:%S")


def short(ms: int) -> str:
    """Return a time of these days for people. `ms` are UTC."""
    return _local(ms / 1000).strftime("%m-%d %H:%M")


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZONE)


_PAGES = Environment(
    loader=FileSystemLoader(PAGES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters.update(day=day, moment=moment, short=short)
_PAGES.globals.update(words=desk_words, say=say)
