"""`kiosk pass invite`: a link for a resident's phone, as text and as a code to show."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import segno

from kiosk.central.intake import utc_now_ms
from kiosk.central.issuing import Wanted, load_issuer
from kiosk.central.phone import VALID_MS, invite
from kiosk.central.store import writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.core.words import PassKind
from kiosk.errors import ConfigError
from kiosk.passes.claims import masked
from kiosk.passes.issue import new_sub


@click.command("invite")
@click.option(
    "--origin", required=True, help="What phones call central: https://central.example"
)
@click.option("--grid", type=click.IntRange(0, 65_535), required=True)
@click.option("--sub", help="Household reference; a new one when not given.")
@click.option("--label", default="", help="张*明, or nothing; a full name is masked.")
@click.option("--days", type=click.IntRange(1, 400), default=180, show_default=True)
@BY
@STATE
@DATABASE
def command(
    *,
    origin: str,
    grid: int,
    sub: str | None,
    label: str,
    days: int,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """Invite one phone to a pass: the resident opens the link, or photographs the code."""
    now = datetime.now(UTC)
    ends = now + timedelta(days=days)
    begins_s, ends_s = int(now.timestamp()), int(ends.timestamp())
    wanted = Wanted(sub or new_sub(), PassKind.PHONE, grid, masked(label), begins_s, ends_s)
    with opened(folder, database) as (_, engine), writing(engine) as db:
        if load_issuer(folder, db) is None:
            raise ConfigError([f"{folder}: no issuer.key; passes are made where the key is"])
        code = invite(db, wanted, by=by, now_ms=utc_now_ms())
    link = f"{origin.rstrip('/')}/phone/#{code}"
    segno.make_qr(link, error="m").terminal(compact=True)
    click.echo(f"{link}\nfor one phone, within {VALID_MS // 60_000} minutes")
