"""`kiosk central directory make` and `load`: so that staff find who forgot the pass."""

import csv
from pathlib import Path

import click

from kiosk.central import directory
from kiosk.central.deeds import note_deed
from kiosk.central.intake import utc_now_ms
from kiosk.central.readings import readings_of
from kiosk.central.store import writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.core.words import PassKind
from kiosk.core.words_pass import Refusal
from kiosk.errors import ConfigError, MessageError
from kiosk.passes.card_face import read_card
from kiosk.passes.issue import PRIVATE_MODE, write_new
from kiosk.passes.text import read_pass

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_COLUMNS = ("name", "door", "cti")


@click.group("directory")
def command() -> None:
    """The look-up directory: made and locked in the office, handed out by central."""


@command.command()
@click.argument("residents", type=_FILE)
@click.option("--cards", type=_FILE, required=True, help="Texts of the duty cards, one a line.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="New file.",
)
def make(*, residents: Path, cards: Path, out: Path) -> None:
    """Lock RESIDENTS (CSV: name, door, and cti of the pass where there is one).

    In the office, where names and duty cards are: what comes out can be read at a gate
    where one of these cards was shown, and nowhere else.
    """
    listed = _read_residents(residents)
    content = directory.make_look_up(listed, _read_cards(cards))
    write_new(out, content, mode=PRIVATE_MODE)
    click.echo(f"{out}: {len(listed)} residents; carry it to central and load it")


@command.command()
@click.argument("file", type=_FILE)
@BY
@STATE
@DATABASE
def load(*, file: Path, by: str, folder: Path, database: str | None) -> None:
    """Hand out the locked directory in FILE, in place of the one before."""
    if file.stat().st_size > directory.FILE_BYTES_MAX:
        raise click.ClickException(f"{file}: longer than a directory can be")
    now_ms = utc_now_ms()
    with opened(folder, database) as (_, engine), writing(engine) as db:
        rows = directory.load_look_up(db, file.read_bytes())
        note_deed(db, operator=by, deed="directory", subject=f"{rows} rows", now_ms=now_ms)
    click.echo(f"{rows} locked rows; gates take them with their next reports")


def _read_residents(path: Path) -> list[directory.Listed]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        try:
            return [_listed(row, path, table.line_num) for row in table]
        except (UnicodeDecodeError, csv.Error) as exc:
            raise ConfigError([f"{path}: not a CSV file in UTF-8"]) from exc


def _listed(row: dict[str, str | None], path: Path, line: int) -> directory.Listed:
    name, door, cti = ((row.get(column) or "").strip() for column in _COLUMNS)
    if not name or not door:
        raise ConfigError([f"{path}, line {line}: a resident has a name and a door"])
    try:
        known = bytes.fromhex(cti) if len(cti) in (0, 16) else None
    except ValueError:
        known = None
    if known is None:
        raise ConfigError([f"{path}, line {line}: cti is 16 hexadecimal digits"])
    return directory.Listed(name, door, known, readings_of(name))


def _read_cards(path: Path) -> list[tuple[bytes, bytes]]:
    texts = [line.strip() for line in path.read_text("utf-8", "replace").splitlines()]
    found = []
    for number, text in enumerate(texts, 1):
        if not text:
            continue
        card, shown = read_card(text), read_pass(text)
        if card.claims.kind is not PassKind.STAFF or isinstance(shown, Refusal):
            raise MessageError(f"{path}, line {number}: not a duty card")
        found.append((card.claims.cti, shown.signature))
    if not found:
        raise ConfigError([f"{path}: no duty card; nobody could open the directory"])
    return found
