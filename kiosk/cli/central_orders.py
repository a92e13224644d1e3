"""`kiosk central orders`: who is to stay at home, who may go out, whose a card is."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from kiosk.central import standing
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.cli.options import JSON
from kiosk.core.words_home import Exemption, ExemptionKind
from kiosk.passes.claims import is_sub
from kiosk.wire.standing import subject

DAYS_MAX = 60
LOCAL = timezone(timedelta(seconds=standing.UTC_OFFSET_S))
_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


@click.group("orders")
def command() -> None:
    """Orders, permissions, appointments, and cards that gates gave out.

    SUBJECT is a household reference of 8 signs, or a pass id of 16 hexadecimal digits.
    """


def _subject(_ctx: click.Context, _param: click.Parameter, typed: str) -> bytes:
    if re.fullmatch("[0-9a-fA-F]{16}", typed):
        return subject(cti=bytes.fromhex(typed))
    if is_sub(typed.upper()):
        return subject(sub=typed.upper())
    raise click.BadParameter(f"{typed!r} is neither a household nor a pass id")


def _order(_ctx: click.Context, _param: click.Parameter, typed: str) -> bytes:
    if re.fullmatch("[0-9a-fA-F]{16}", typed) is None:
        raise click.BadParameter(f"{typed!r} is not 16 hexadecimal digits")
    return bytes.fromhex(typed)


def _household(_ctx: click.Context, _param: click.Parameter, typed: str | None) -> str | None:
    if typed is not None and not is_sub(typed.upper()):
        raise click.BadParameter(f"{typed!r} is no household reference")
    return typed.upper() if typed is not None else None


_SUBJECT = click.argument("subject", callback=_subject)
_ORDER = click.argument("order", callback=_order)
_CARD = click.argument("card_no", metavar="CARD", type=click.IntRange(0, 9_999_999))


def _times(command: Callable[..., None]) -> Callable[..., None]:
    date = click.DateTime(_FORMATS)
    until = click.option("--until", type=date, required=True, help="Local; not included.")
    return click.option("--from", "begins", type=date, help="Local; now by default.")(
        until(command)
    )


@contextmanager
def _deciding(folder: Path, database: str | None) -> Iterator[Connection]:
    """Give the database to change; what is not there is told in one sentence."""
    try:
        with opened(folder, database) as (_, engine), writing(engine) as db:
            yield db
    except standing.NoSuch as exc:
        raise click.ClickException(str(exc)) from exc


@command.command("isolate")
@_SUBJECT
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=14, show_default=True)
@BY
@STATE
@DATABASE
def isolate(*, subject: bytes, days: int, by: str, folder: Path, database: str | None) -> None:
    """Order somebody to stay at home, for so many days after today."""
    with _deciding(folder, database) as db:
        order = standing.order_isolation(db, subject, days=days, by=by, now_ms=utc_now_ms())
    click.echo(f"order {order.hex()}")


@command.command("confirm")
@_ORDER
@BY
@STATE
@DATABASE
def confirm(*, order: bytes, by: str, folder: Path, database: str | None) -> None:
    """Confirm an order that a gate made."""
    with _deciding(folder, database) as db:
        standing.confirm_isolation(db, order, by=by, now_ms=utc_now_ms())


@command.command("lift")
@_ORDER
@BY
@STATE
@DATABASE
def lift(*, order: bytes, by: str, folder: Path, database: str | None) -> None:
    """End an order now."""
    with _deciding(folder, database) as db:
        standing.lift_isolation(db, order, by=by, now_ms=utc_now_ms())


@command.command("exempt")
@_SUBJECT
@click.option("--kind", type=click.Choice([k.value for k in ExemptionKind]), required=True)
@_times
@BY
@STATE
@DATABASE
def exempt(
    *,
    subject: bytes,
    kind: str,
    begins: datetime | None,
    until: datetime,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """Let somebody go out between two times; a medical permission lifts isolation too."""
    now_ms = utc_now_ms()
    from_ms, until_ms = _span(begins, until, now_ms)
    permit = Exemption(ExemptionKind(kind), from_ms, until_ms, by)
    with _deciding(folder, database) as db:
        standing.exempt(db, subject, permit, now_ms=now_ms)


@command.command("appoint")
@click.argument("household", callback=_household)
@_times
@click.option("--visitors", type=click.IntRange(1, 50), default=1, show_default=True)
@BY
@STATE
@DATABASE
def appoint(
    *,
    household: str,
    begins: datetime | None,
    until: datetime,
    visitors: int,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """Write down that a household expects visitors."""
    now_ms = utc_now_ms()
    from_ms, until_ms = _span(begins, until, now_ms)
    with _deciding(folder, database) as db:
        standing.announce(
            db,
            household,
            from_ms=from_ms,
            until_ms=until_ms,
            visitors=visitors,
            by=by,
            now_ms=now_ms,
        )


@command.command("confirm-card")
@_CARD
@click.option("--household", callback=_household, help="Where its holder lives.")
@BY
@STATE
@DATABASE
def confirm_card(
    *, card_no: int, household: str | None, by: str, folder: Path, database: str | None
) -> None:
    """Confirm whose a card is that a gate gave to somebody without a pass."""
    with _deciding(folder, database) as db:
        standing.confirm_card(db, card_no, sub=household, by=by, now_ms=utc_now_ms())


@command.command("cancel-card")
@_CARD
@BY
@STATE
@DATABASE
def cancel_card(*, card_no: int, by: str, folder: Path, database: str | None) -> None:
    """Cancel a card that a gate gave out; its pass is revoked."""
    with _deciding(folder, database) as db:
        standing.cancel_card(db, card_no, by=by, now_ms=utc_now_ms())


@command.command("list")
@JSON
@STATE
@DATABASE
def list_orders(*, as_json: bool, folder: Path, database: str | None) -> None:
    """Show what waits for a decision, the oldest first, then every order in force."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        waiting = standing.open_matters(db)
        in_force = standing.orders_in_force(db, utc_now_ms())
    if as_json:
        click.echo(json.dumps({"waiting": [_plain(one) for one in waiting]}))
        return
    for one in waiting:
        until = f", until {_local(one.until_ms)}" if one.until_ms is not None else ""
        made = f"{_local(one.made_ms)} at {one.made_at} by {one.made_by}"
        click.echo(f"waits: {one.what} {one.ref}, {_named(one.subject)}{until}, {made}")
    for whose, order in in_force:
        state = "provisional" if order.is_provisional else "confirmed"
        until = _local(order.until_ms)
        click.echo(f"{state} {order.order.hex()}, {_named(whose)}, until {until}, {order.by}")


def _plain(one: standing.Open) -> dict[str, Any]:
    return {
        "what": one.what,
        "ref": one.ref,
        "subject": _named(one.subject),
        "made_ms": one.made_ms,
        "made_by": one.made_by,
        "made_at": one.made_at,
        "until_ms": one.until_ms,
    }


def _named(whose: bytes) -> str:
    if whose.startswith(b"s"):
        return f"household {whose[1:].decode('ascii', 'replace')}"
    return f"pass {whose[1:].hex()}"


def _span(begins: datetime | None, until: datetime, now_ms: int) -> tuple[int, int]:
    """Return UTC milliseconds of two local times. Raises BadParameter for none between."""
    until_ms = int(until.replace(tzinfo=LOCAL).timestamp() * 1000)
    from_ms = now_ms
    if begins is not None:
        from_ms = int(begins.replace(tzinfo=LOCAL).timestamp() * 1000)
    if until_ms <= max(from_ms, now_ms):
        raise click.BadParameter("must be later than now and than --from", param_hint="--until")
    return from_ms, until_ms


def _local(utc_ms: int) -> str:
    at = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(LOCAL)
    return f"{at:%Y-%m-%d %H:%M}"
