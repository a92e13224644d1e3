"""`kiosk central odd`: passes that are used as no one person can."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.central.copies import FLAGGED, OFTEN, TWO_GATES, OddPass, odd_passes
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading
from kiosk.cli.central_options import DATABASE, STATE, opened
from kiosk.cli.options import JSON

_WORDS = {
    TWO_GATES: "two gates within a walk",
    OFTEN: "more than six entries in a day",
    FLAGGED: "flagged twice in a week",
}


@click.command("odd")
@STATE
@DATABASE
@JSON
def command(*, folder: Path, database: str | None, as_json: bool) -> None:
    """List passes of the last week that were lent, copied or at two gates at once.

    Look at each, then `kiosk pass reissue` it. Nothing is revoked by itself.
    """
    with opened(folder, database) as (_, engine), reading(engine) as db:
        found = odd_passes(db, utc_now_ms())
    for odd in found:
        click.echo(json.dumps(_row(odd), ensure_ascii=False) if as_json else _line(odd))
    if not found and not as_json:
        click.echo("nothing odd in seven days")


def _row(odd: OddPass) -> dict[str, object]:
    return {"cti": odd.cti.hex(), "why": odd.why, "utc_ms": odd.at_ms, "gates": odd.gates}


def _line(odd: OddPass) -> str:
    at = f"{datetime.fromtimestamp(odd.at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    return f"{odd.cti.hex()}  {at}  {_WORDS[odd.why]}  ({', '.join(odd.gates)})"
