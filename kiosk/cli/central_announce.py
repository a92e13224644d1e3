"""`kiosk central announce`: what everybody is told at the gates."""

import json
import re
from datetime import datetime
from pathlib import Path

import click

from kiosk.central import announcements
from kiosk.central.announcements import NotAnnounced
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.cli.central_orders import local, span
from kiosk.cli.central_orders_options import times
from kiosk.cli.options import JSON
from kiosk.core.announcement import Announcement


@click.group("announce")
def command() -> None:
    """Announcements: shown and spoken at every gate while nobody is served there."""


def _id(_ctx: click.Context, _param: click.Parameter, typed: str) -> bytes:
    if re.fullmatch("[0-9a-fA-F]{16}", typed) is None:
        raise click.BadParameter(f"{typed!r} is not 16 hexadecimal digits")
    return bytes.fromhex(typed)


@command.command("add")
@click.argument("text")
@click.option("--english", default="", help="The same in English; may be left out.")
@click.option("--issuer", required=True, help="Who tells people, as shown: 社区居委会")
@times
@BY
@STATE
@DATABASE
def add(
    *,
    text: str,
    english: str,
    issuer: str,
    begins: datetime | None,
    until: datetime,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """Tell everybody TEXT, of up to 60 hanzi, between two times."""
    now_ms = utc_now_ms()
    from_ms, until_ms = span(begins, until, now_ms)
    try:
        with opened(folder, database) as (_, engine), writing(engine) as db:
            made = announcements.make(
                db,
                text,
                english,
                issuer=issuer,
                from_ms=from_ms,
                until_ms=until_ms,
                by=by,
                now_ms=now_ms,
            )
    except NotAnnounced as exc:
        raise click.ClickException(" / ".join(exc.says)) from exc
    click.echo(f"announcement {made.id.hex()}")


@command.command("end")
@click.argument("id", callback=_id)
@BY
@STATE
@DATABASE
def end(*, id: bytes, by: str, folder: Path, database: str | None) -> None:
    """End an announcement now, at every gate."""
    try:
        with opened(folder, database) as (_, engine), writing(engine) as db:
            announcements.end(db, id, by=by, now_ms=utc_now_ms())
    except NotAnnounced as exc:
        raise click.ClickException(" / ".join(exc.says)) from exc


@command.command("list")
@JSON
@STATE
@DATABASE
def list_all(*, as_json: bool, folder: Path, database: str | None) -> None:
    """Show what people are told, or will be, the earliest first."""
    now_ms = utc_now_ms()
    with opened(folder, database) as (_, engine), reading(engine) as db:
        known = announcements.current(db, now_ms)
    if as_json:
        rows = [_plain(one, now_ms) for one in known]
        click.echo(json.dumps({"announcements": rows}, ensure_ascii=False))
        return
    for one in known:
        state = "told now" if one.is_in_force(now_ms) else "not yet"
        when = f"{local(one.from_ms)} to {local(one.until_ms)}"
        click.echo(f"{one.id.hex()}  {when}  {state}  {one.issuer}: {one.zh} {one.en}".rstrip())


def _plain(one: Announcement, now_ms: int) -> dict[str, object]:
    return {
        "id": one.id.hex(),
        "zh": one.zh,
        "en": one.en,
        "issuer": one.issuer,
        "from_ms": one.from_ms,
        "until_ms": one.until_ms,
        "is_in_force": one.is_in_force(now_ms),
    }
