"""`kiosk central orders`: who is to stay at home, who may go out, whose a card is."""

import json
from collections.abc import Iterator
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
from kiosk.cli.central_orders_options import (
    CARD,
    ORDER,
    SUBJECT,
    household,
    look_it_up,
    sub_of,
    times,
)
from kiosk.cli.options import JSON
from kiosk.core.words_home import Exemption, ExemptionKind, Isolation

LOCAL = timezone(timedelta(seconds=standing.UTC_OFFSET_S))


@click.group("orders")
def command() -> None:
    """Orders, permissions, appointments, and cards that gates gave out.

    SUBJECT is a household reference of 8 signs, or a pass id of 16 hexadecimal digits.
    """


@contextmanager
def _deciding(folder: Path, database: str | None) -> Iterator[Connection]:
    """Give the database to change; what is not there is told in one sentence."""
    try:
        with opened(folder, database) as (_, engine), writing(engine) as db:
            yield db
    except standing.NoSuch as exc:
        raise click.ClickException(str(exc)) from exc


@command.command("isolate")
@SUBJECT
@click.option(
    "--days", type=click.IntRange(1, standing.DAYS_MAX), default=14, show_default=True
)
@BY
@STATE
@DATABASE
def isolate(*, subject: bytes, days: int, by: str, folder: Path, database: str | None) -> None:
    """Order somebody to stay at home, for so many days after today."""
    with _deciding(folder, database) as db:
        look_it_up(db, sub=sub_of(subject))
        order = standing.order_isolation(db, subject, days=days, by=by, now_ms=utc_now_ms())
    click.echo(f"order {order.hex()}")


@command.command("confirm")
@ORDER
@BY
@STATE
@DATABASE
def confirm(*, order: bytes, by: str, folder: Path, database: str | None) -> None:
    """Confirm an order that a gate made."""
    with _deciding(folder, database) as db:
        standing.confirm_isolation(db, order, by=by, now_ms=utc_now_ms())


@command.command("lift")
@ORDER
@BY
@STATE
@DATABASE
def lift(*, order: bytes, by: str, folder: Path, database: str | None) -> None:
    """End an order now."""
    with _deciding(folder, database) as db:
        standing.lift_isolation(db, order, by=by, now_ms=utc_now_ms())


@command.command("exempt")
@SUBJECT
@click.option("--kind", type=click.Choice([k.value for k in ExemptionKind]), required=True)
@times
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
    from_ms, until_ms = span(begins, until, now_ms)
    permit = Exemption(ExemptionKind(kind), from_ms, until_ms, by)
    with _deciding(folder, database) as db:
        look_it_up(db, sub=sub_of(subject))
        standing.exempt(db, subject, permit, now_ms=now_ms)


@command.command("appoint")
@click.argument("household", callback=household)
@times
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
    from_ms, until_ms = span(begins, until, now_ms)
    with _deciding(folder, database) as db:
        look_it_up(db, sub=household)
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
@CARD
@click.option("--household", callback=household, help="Where its holder lives.")
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
@CARD
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
        orders = [_plain_order(whose, order) for whose, order in in_force]
        told = {"waiting": [_plain(one) for one in waiting], "in_force": orders}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in waiting:
        until = f", until {local(one.until_ms)}" if one.until_ms is not None else ""
        made = f"{local(one.made_ms)} at {one.made_at} by {one.made_by}"
        click.echo(f"waits: {one.what} {one.ref}, {_named(one.subject)}{until}, {made}")
    for whose, order in in_force:
        state = "provisional" if order.is_provisional else "confirmed"
        until = local(order.until_ms)
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


def _plain_order(whose: bytes, order: Isolation) -> dict[str, Any]:
    return {
        "order": order.order.hex(),
        "subject": _named(whose),
        "until_ms": order.until_ms,
        "by": order.by,
        "is_provisional": order.is_provisional,
    }


def _named(whose: bytes) -> str:
    return f"{'household' if whose.startswith(b's') else 'pass'} {standing.named(whose)}"


def span(begins: datetime | None, until: datetime, now_ms: int) -> tuple[int, int]:
    """Return UTC milliseconds of two local times. Raises BadParameter for none between."""
    until_ms = int(until.replace(tzinfo=LOCAL).timestamp() * 1000)
    from_ms = now_ms
    if begins is not None:
        from_ms = int(begins.replace(tzinfo=LOCAL).timestamp() * 1000)
    if until_ms <= max(from_ms, now_ms):
        raise click.BadParameter("must be later than now and than --from", param_hint="--until")
    return from_ms, until_ms


def local(utc_ms: int) -> str:
    """Return an instant as people here write it."""
    at = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(LOCAL)
    return f"{at:%Y-%m-%d %H:%M}"
