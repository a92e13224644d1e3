"""`kiosk pass stock`, `reissue` and `revoke`: cards that stand in central's books.

A card is printed and read back before its row is committed; when the commit fails the file
goes. So what is in the PDF is always known to central, and what cannot be printed is not.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Connection

from kiosk.central import issuing
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.cli.central_options import DATABASE, STATE, opened
from kiosk.cli.passes_books_options import BY, CARDS, REASON, read_ctis
from kiosk.cli.passes_cards import OUT, SITE, write_cards
from kiosk.core.words import PassKind
from kiosk.errors import ConfigError, KioskError
from kiosk.runtime.cards import LAYOUTS


@click.command()
@click.option("--count", type=click.IntRange(1, issuing.STOCK_MAX), required=True)
@click.option("--kind", type=click.Choice(["visitor", "resident"]), default="visitor")
@click.option("--grid", type=click.IntRange(0, 65_535), default=0, show_default=True)
@click.option("--days", type=click.IntRange(1, 400), default=180, show_default=True)
@SITE
@OUT
@BY
@STATE
@DATABASE
def stock(
    *,
    count: int,
    kind: str,
    grid: int,
    days: int,
    site: str,
    out: Path,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """Print numbered, signed blank cards for registration at the gate.

    A gate admits nobody with one until somebody was registered with it.
    """
    ends = datetime.now(UTC) + timedelta(days=days)
    now_ms = utc_now_ms()
    with opened(folder, database) as (_, engine), reading(engine) as db:
        made = issuing.sign_stock(
            db,
            _issuer(folder, db),
            count,
            kind=PassKind[kind.upper()],
            grid=grid,
            exp_s=int(ends.timestamp()),
            now_ms=now_ms,
        )
    had_file = out.exists()
    _print(made, out, site, "sheet")  # takes long: gates report meanwhile
    with _books(folder, database, out, had_file=had_file) as (db, issuer):
        issuing.keep_stock(db, issuer, made, by=by, now_ms=now_ms)
    click.echo(f"{out}: No. {made[0].card_no} to {made[-1].card_no}; print at 100 %")


@click.command()
@click.argument("cti", required=False, callback=read_ctis)
@click.option("--card", "card_no", type=int, help="The printed number, of a card of the stock.")
@click.option("--size", type=click.Choice(list(LAYOUTS)), default="sheet", show_default=True)
@REASON
@SITE
@OUT
@BY
@STATE
@DATABASE
def reissue(
    *,
    cti: bytes | None,
    card_no: int | None,
    size: str,
    reason: str,
    site: str,
    out: Path,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """A card was lost: revoke the pass CTI, issue its like and print it, in one step.

    CTI is the id that `kiosk pass verify` shows, 16 digits.
    """
    with _books(folder, database, out, had_file=out.exists()) as (db, issuer):
        old = cti or _of_card(db, card_no)
        now_ms = utc_now_ms()
        made = issuing.reissue(db, issuer, old, by=by, reason=reason, now_ms=now_ms)
        _print([made], out, site, size)
    click.echo(f"{out}: {made.claims.cti.hex()} in the place of {old.hex()}")


@click.command()
@click.argument("ctis", metavar="[CTI...]", nargs=-1, callback=read_ctis)
@CARDS
@REASON
@BY
@STATE
@DATABASE
def revoke(
    *,
    ctis: tuple[bytes, ...],
    cards: tuple[int, int] | None,
    reason: str,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """End passes early: by CTI, the id that `kiosk pass verify` shows, or --cards 100-120.

    Gates hear of it with their next report, within a minute.
    """
    if bool(ctis) == (cards is not None):
        raise click.UsageError("give ids of passes, or --cards with a range of numbers")
    now_ms = utc_now_ms()
    with opened(folder, database) as (_, engine), writing(engine) as db:
        if cards is None:
            issuing.revoke_passes(db, ctis, by=by, reason=reason, now_ms=now_ms)
            count = len(ctis)
        else:
            first, last = cards
            count = issuing.revoke_numbers(db, first, last, by=by, reason=reason, now_ms=now_ms)
    click.echo(f"{count} passes revoked")


@contextmanager
def _books(
    folder: Path, database: str | None, out: Path, *, had_file: bool
) -> Iterator[tuple[Connection, issuing.Issuer]]:
    """Give central's books to write in; without a commit the printed file goes again."""
    try:
        with opened(folder, database) as (_, engine), writing(engine) as db:
            yield db, _issuer(folder, db)
    except KioskError:
        if not had_file:
            out.unlink(missing_ok=True)
        raise


def _issuer(folder: Path, db: Connection) -> issuing.Issuer:
    issuer = issuing.load_issuer(folder, db)
    if issuer is None:
        place = folder / issuing.KEY
        raise ConfigError([f"{place}: not here; passes are made where the key is"])
    return issuer


def _print(made: Sequence[issuing.Issued], out: Path, site: str, size: str) -> None:
    write_cards([one.text for one in made], out, site=site, layout=LAYOUTS[size])


def _of_card(db: Connection, card_no: int | None) -> bytes:
    """Return the id of the card with a printed number. Raises click's own errors."""
    if card_no is None:
        raise click.UsageError("give the id of the pass, or --card with its printed number")
    found = issuing.find_passes(db, card_no=card_no)
    if not found:
        raise click.ClickException(f"No. {card_no}: no such card was issued")
    cti: bytes = found[0].cti
    return cti
