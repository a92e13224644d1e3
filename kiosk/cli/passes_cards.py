"""`kiosk pass sheet` and `card`: texts of passes become cards to print and cut."""

from pathlib import Path

import click

from kiosk.cli.passes_read import lines_of_input
from kiosk.errors import MessageError
from kiosk.passes.card_face import read_card
from kiosk.passes.sheet import LARGE, SHEET, Layout
from kiosk.runtime.cards import print_cards

CARDS_MAX = 1000  # chosen: a hundred pages, ten seconds
_DASH_OR_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="PDF to make."
)
SITE = click.option("--site", default="", help="What people call the community.")


@click.command()
@click.argument("file", type=_DASH_OR_FILE)
@SITE
@OUT
def sheet(*, file: Path, site: str, out: Path) -> None:
    """Make an A4 PDF of cards from FILE, a pass text a line; `-` is standard input.

    Each card is read back from the PDF before it is kept.
    """
    is_input = str(file) == "-"
    lines = lines_of_input() if is_input else file.read_text("utf-8", "replace").splitlines()
    texts = [line.strip() for line in lines if line.strip()]
    write_cards(texts, out, site=site, layout=SHEET)
    click.echo(f"{out}: {len(texts)} cards; print at 100 %, then measure a code: 30 mm")


@click.command()
@click.argument("text")
@SITE
@OUT
def card(*, text: str, site: str, out: Path) -> None:
    """Make an A5 PDF of one large card from the TEXT of a pass; `-` is standard input."""
    text = next(iter(lines_of_input()), "") if text == "-" else text
    write_cards([text.strip()], out, site=site, layout=LARGE)
    click.echo(f"{out}: one large card; print at 100 %, then measure its code: 60 mm")


def write_cards(texts: list[str], out: Path, *, site: str, layout: Layout) -> None:
    """Print cards to a new file that its owner alone may read.

    Raises click's own errors for a file that exists and for too many cards, MessageError for
    what is no pass or cannot be read back; then there is no file.
    """
    if not 1 <= len(texts) <= CARDS_MAX:
        raise click.UsageError(f"{len(texts)} passes: 1 to {CARDS_MAX} at a time")
    cards = []
    for number, text in enumerate(texts, 1):
        try:
            cards.append(read_card(text, site))
        except MessageError as exc:
            raise MessageError(f"line {number}: {exc}") from exc
    content = print_cards(cards, layout)
    try:
        out.touch(mode=0o600, exist_ok=False)
        out.write_bytes(content)
    except FileExistsError as exc:
        raise click.BadParameter(f"{out} exists; name a new file", param_hint="--out") from exc
    except OSError as exc:
        raise click.ClickException(f"{out}: {exc.strerror}; give --out another place") from exc
