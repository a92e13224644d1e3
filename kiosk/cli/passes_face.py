"""`kiosk pass face`: what staff see of a holder while the pass is before the camera."""

from pathlib import Path

import click

from kiosk.central.allowed import handed_trust
from kiosk.central.deeds import note_deed
from kiosk.central.directory import lock_display
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.cli.passes_read import lines_of_input
from kiosk.core.words import Credential, DisplayRecord
from kiosk.passes.claims import masked
from kiosk.passes.lists import Lists
from kiosk.passes.verify import verify_text
from kiosk.timing import SystemClock


@click.command("face")
@click.argument("text")
@click.option("--photo", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", default="", help="As staff see it; a full name is masked.")
@BY
@STATE
@DATABASE
def command(
    *, text: str, photo: Path | None, name: str, by: str, folder: Path, database: str | None
) -> None:
    """Show staff a photograph, a JPEG of up to 12 kB, beside the pass with this TEXT.

    `-` reads the text. Central and the gates keep it locked: only the pass itself opens it.
    It is taken away a week after the pass has ended.
    """
    text = next(iter(lines_of_input()), "") if text == "-" else text
    record = DisplayRecord(masked(name.strip()), photo.read_bytes() if photo else b"")
    with opened(folder, database) as (_, engine), writing(engine) as db:
        shown = verify_text(text.strip(), Lists(handed_trust(db)), SystemClock().now())
        if not isinstance(shown, Credential):
            raise click.ClickException(f"{shown.reason.value}: no pass of this community")
        lock_display(db, shown.cti, text.strip(), record)
        cti = shown.cti.hex()
        note_deed(db, operator=by, deed="face", subject=cti, now_ms=utc_now_ms())
    click.echo(f"{cti}: gates show it to staff within minutes")
