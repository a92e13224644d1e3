"""The desk at central: signing in and out, and where each page of it is."""

import secrets
from functools import partial

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from kiosk.central import (
    desk_announce,
    desk_cases,
    desk_kiosks,
    desk_log,
    desk_orders,
    desk_pages,
    desk_passes,
    desk_phone,
    desk_roster,
    desk_standing,
    desk_state,
    page,
)
from kiosk.central.desk_door import (
    COOKIE,
    DOOR_COOKIE,
    SIGN_IN,
    Desk,
    Page,
    Visit,
    case_asked,
    check_token,
    receive,
    take,
)
from kiosk.central.desk_fields import Fields, Refused
from kiosk.central.operators import (
    SESSION_MS,
    TooManyTries,
    form_token,
    has_operators,
    sign_in,
    sign_out,
)
from kiosk.central.store import reading, writing

SEEN: dict[str, Page] = {
    "": desk_state.show,
    "/issue": desk_orders.form,
    "/order": desk_orders.show,
    "/passes": desk_passes.find,
    "/pass": desk_passes.show,
    "/kiosks": desk_kiosks.show,
    "/odd": desk_kiosks.odd,
    "/cases": desk_cases.show,
    "/case": desk_cases.one,
    "/phone": desk_phone.form,
    "/roster": desk_roster.show,
    "/announce": desk_announce.form,
    "/standing": desk_standing.show,
    "/log": desk_log.show,
    "/log.csv": desk_log.download,
}
DONE: dict[str, Page] = {
    "/issue": desk_orders.ask_for,
    "/order/agree": desk_orders.agree_to,
    "/order/refuse": desk_orders.refuse,
    "/order/make": desk_orders.make,
    "/pass/revoke": desk_passes.revoke,
    "/pass/restore": desk_passes.restore,
    "/pass/reissue": desk_passes.reissue,
    "/kiosk/release": desk_kiosks.release,
    "/kiosk/slot": desk_kiosks.open_slot,
    "/kiosk/approve": desk_kiosks.approve,
    "/kiosk/refuse": desk_kiosks.refuse,
    "/kiosk/block": desk_kiosks.block,
    "/kiosk/unblock": desk_kiosks.unblock,
    "/phone": desk_phone.invite_phone,
    "/roster/add": desk_roster.add,
    "/roster/remove": desk_roster.remove,
    "/announce": desk_announce.add,
    "/announce/end": desk_announce.end,
    "/stock/revoke": desk_passes.revoke_stock,
    "/case/answer": desk_cases.answer,
    "/case/note": desk_cases.note,
    "/case/close": desk_cases.close,
    "/standing/isolate": desk_standing.isolate,
    "/standing/confirm": desk_standing.confirm,
    "/standing/lift": desk_standing.lift,
    "/standing/exempt": desk_standing.exempt,
    "/standing/appoint": desk_standing.appoint,
    "/standing/confirm-card": desk_standing.confirm_card,
    "/standing/cancel-card": desk_standing.cancel_card,
}


def routes(desk: Desk) -> list[Route]:
    """Return the routes of the desk. A GET changes nothing."""

    async def style(_request: Request) -> Response:
        return FileResponse(page.PAGES / "desk.css")

    async def script(_request: Request) -> Response:
        return FileResponse(page.PAGES / "desk_cases.js", media_type="text/javascript")

    seen = [
        Route(f"/desk{at}", partial(receive, desk, shown), methods=["GET"])
        for at, shown in SEEN.items()
    ]
    done = [
        Route(f"/desk{at}", partial(receive, desk, made), methods=["POST"])
        for at, made in DONE.items()
    ]
    return [
        Route("/desk.css", style),
        Route("/desk/cases.js", script),
        Route(SIGN_IN, partial(_ask_in, desk), methods=["GET"]),
        Route(SIGN_IN, partial(_come_in, desk), methods=["POST"]),
        Route("/desk/sign-out", partial(receive, desk, _go_out), methods=["POST"]),
        *seen,
        *done,
    ]


async def front(desk: Desk, request: Request) -> Response:
    """Return the page of kiosks and entries: to whoever works here, once anybody does."""
    if await run_in_threadpool(_is_staffed, desk.engine):
        return await receive(desk, _front, request)
    shown = await run_in_threadpool(page.render, desk.engine, now_ms=desk.now_ms())
    return HTMLResponse(shown)


def _front(visit: Visit) -> Response:
    return HTMLResponse(
        page.render(visit.desk.engine, now_ms=visit.now_ms, operator=visit.operator)
    )


def _is_staffed(engine: Engine) -> bool:
    with reading(engine) as db:
        return has_operators(db)


async def _ask_in(desk: Desk, request: Request) -> Response:
    try:
        await take(desk, request)
    except Refused as exc:
        return desk_pages.refusal(exc)
    return await run_in_threadpool(_door, desk, case=case_asked(request))


async def _come_in(desk: Desk, request: Request) -> Response:
    try:
        fields = await take(desk, request)
        check_token(fields, request.cookies.get(DOOR_COOKIE, ""))
    except Refused as exc:
        return desk_pages.refusal(exc)
    return await run_in_threadpool(_try, desk, fields, case_asked(request))


def _try(desk: Desk, fields: Fields, case: str) -> Response:
    name, password = fields.get("name", ""), fields.get("password", "")
    try:
        token = sign_in(desk.engine, name, password, now_ms=desk.now_ms())
    except TooManyTries:
        says = ("密码错误太多，请等五分钟", "too many wrong passwords: wait five minutes")
        return _door(desk, says=says, status=429, case=case)
    if token is None:
        wrong = ("名字或密码不对", "wrong name or password")
        return _door(desk, says=wrong, status=403, case=case)
    answer = RedirectResponse(f"/desk/case?id={case}" if case else "/desk", 303)
    _put_cookie(desk, answer, COOKIE, token, seconds=SESSION_MS // 1000)
    return answer


def _door(
    desk: Desk, *, says: tuple[str, str] | None = None, status: int = 200, case: str = ""
) -> Response:
    token = secrets.token_hex()
    answer = desk_pages.page(
        desk.engine,
        "desk_sign_in.html",
        status=status,
        operator=None,
        csrf=form_token(token),
        says=says,
        is_staffed=_is_staffed(desk.engine),
        case=case,
    )
    _put_cookie(desk, answer, DOOR_COOKIE, token, seconds=3600)
    return answer


def _go_out(visit: Visit) -> Response:
    with writing(visit.desk.engine) as db:
        sign_out(db, visit.token, now_ms=visit.now_ms)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(COOKIE)
    return answer


def _put_cookie(desk: Desk, answer: Response, name: str, token: str, *, seconds: int) -> None:
    secure = desk.is_https
    answer.set_cookie(
        name, token, max_age=seconds, httponly=True, samesite="strict", secure=secure
    )
