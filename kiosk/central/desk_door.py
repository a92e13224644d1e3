"""Who may come to the desk, and what a form may carry: checked before any page is made.

A cookie says who it is; it goes nowhere but here (SameSite=Strict). A form must come from
our own page: its Origin is ours, and it carries a token that no other page can know. Only a
POST changes anything.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from kiosk.central import desk_pages
from kiosk.central.authority import Authority
from kiosk.central.desk_fields import Fields, Refused
from kiosk.central.operators import form_token, signed_in
from kiosk.central.store import reading
from kiosk.errors import ConfigError, MessageError

BODY_BYTES_MAX = 64_000  # a list of 200 lines, percent-encoded
FIELDS_MAX = 40
COOKIE, DOOR_COOKIE = "desk", "desk_door"
SIGN_IN = "/desk/sign-in"
CASE = "/desk/case"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser sends Origin: null
}

# (texts of passes, name of the site, sheet | large) -> a PDF that was read back
Printer = Callable[[list[str], str, str], bytes]


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """`folder` may hold the issuer's key; `origin` is what a browser calls this server."""

    folder: Path | None = None
    printer: Printer | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page of the desk needs."""

    engine: Engine
    authority: Authority
    settings: DeskSettings
    now_ms: Callable[[], int]

    @property
    def is_https(self) -> bool:
        """Whether browsers come by TLS, most often to a proxy in front."""
        return self.settings.origin.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """By which names this server may be called."""
        named = urlsplit(self.settings.origin).hostname
        return LOOPBACK | ({named} if named else set())


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who is signed in."""

    desk: Desk
    operator: str
    token: str  # of the session
    fields: Fields
    now_ms: int

    def page(self, name: str, *, status: int = 200, **more: object) -> Response:
        """Return a page of the desk."""
        who = {"operator": self.operator, "csrf": form_token(self.token)}
        engine = self.desk.engine
        return desk_pages.page(engine, name, status=status, now_ms=self.now_ms, **who, **more)


Page = Callable[[Visit], Response]


async def receive(desk: Desk, page: Page, request: Request) -> Response:
    """Return a page to whoever may see it, a refusal in words, or the way to the sign-in."""
    try:
        fields = await take(desk, request)
    except Refused as exc:
        return desk_pages.refusal(exc)
    return await run_in_threadpool(_receive, desk, page, request, fields)


async def take(desk: Desk, request: Request) -> Fields:
    """Return what came with a request. Raises Refused for another's name, page or shape."""
    check_host(desk, request)
    if request.method != "POST":
        return dict(request.query_params)
    check_origin(desk, request)
    return await read_form(request)


def check_host(desk: Desk, request: Request) -> None:
    """Raise Refused when a browser calls this server by a name that is not its own."""
    host = request.headers.get("host", "")
    name, _, port = host.rpartition(":")
    if not name or not port.isdecimal():
        name = host
    if name.lower() not in desk.hosts:
        en = "this server is not called so; start it with --origin"
        raise Refused("地址不对", en, status=421)


def check_origin(desk: Desk, request: Request) -> None:
    """Raise Refused when another site's page made a browser send this.

    Source: Fetch Metadata (W3C), and the Origin header of RFC 6454.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    scheme = "https" if desk.is_https else request.url.scheme
    is_ours = origin in (None, f"{scheme}://{request.headers.get('host')}")
    if not is_ours or site not in (None, "same-origin"):
        raise Refused("不是本页发来的", "another site's page sent this", status=403)


async def read_form(request: Request) -> Fields:
    """Return the fields of a form. Raises Refused for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind != "application/x-www-form-urlencoded":
        raise Refused("格式不对", "not a form of ours", status=415)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                raise Refused("内容太长", "too long", status=413)
        text = body.decode("ascii")
        strict = {"encoding": "utf-8", "errors": "strict", "max_num_fields": FIELDS_MAX}
        return dict(parse_qsl(text, keep_blank_values=True, **strict))  # type: ignore[arg-type]
    except (ValueError, ClientDisconnect) as exc:
        raise Refused("读不懂", "cannot be read") from exc


def check_token(fields: Fields, token: str) -> None:
    """Raise Refused unless a form was made for this session."""
    shown = fields.get("csrf", "").encode()
    if not hmac.compare_digest(shown, form_token(token).encode()):
        raise Refused("表单已过期，请重新打开", "this form is old: open it again", status=403)


def case_asked(request: Request) -> str:
    """Return the case that somebody came for before signing in, "" for none."""
    asked = request.query_params.get("case", "")
    return asked if asked.isascii() and asked.isdecimal() and len(asked) <= 10 else ""


def _way_in(request: Request, fields: Fields) -> str:
    """Return the door, which remembers the case that a call's link led to.

    A link from another site's page comes without our cookie: the door links back to it.
    """
    asked = fields.get("id", "")
    is_case = request.url.path == CASE and asked.isascii() and asked.isdecimal()
    return f"{SIGN_IN}?case={asked[:10]}" if is_case and request.method == "GET" else SIGN_IN


def _receive(desk: Desk, page: Page, request: Request, fields: Fields) -> Response:
    token, now_ms = request.cookies.get(COOKIE, ""), desk.now_ms()
    with reading(desk.engine) as db:
        who = signed_in(db, token, now_ms=now_ms)
    if who is None:
        return RedirectResponse(_way_in(request, fields), 303)
    visit = Visit(desk, who, token, fields, now_ms)
    try:
        if request.method == "POST":
            check_token(fields, token)
        return page(visit)
    except Refused as exc:
        return _refuse(visit, exc)
    except (ConfigError, MessageError) as exc:
        return _refuse(visit, Refused("没有办理", str(exc), status=409))


def _refuse(visit: Visit, refused: Refused) -> Response:
    return visit.page("desk_refused.html", status=refused.status, says=refused.says)
