"""What the commands about orders are told: whose, which order, which card, between when."""

import re
from collections.abc import Callable

import click
from sqlalchemy import Connection

from kiosk.central import register
from kiosk.passes.claims import is_sub
from kiosk.wire.standing import subject

_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


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


def household(_ctx: click.Context, _param: click.Parameter, typed: str | None) -> str | None:
    """Return a household reference, in capitals."""
    if typed is not None and not is_sub(typed.upper()):
        raise click.BadParameter(f"{typed!r} is no household reference")
    return typed.upper() if typed is not None else None


SUBJECT = click.argument("subject", callback=_subject)
ORDER = click.argument("order", callback=_order)
CARD = click.argument("card_no", metavar="CARD", type=click.IntRange(0, 9_999_999))


def times(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --from and --until."""
    date = click.DateTime(_FORMATS)
    until = click.option("--until", type=date, required=True, help="Local; not included.")
    return click.option("--from", "begins", type=date, help="Local; now by default.")(
        until(command)
    )


def sub_of(subject: bytes) -> str | None:
    """Return the household that a subject is; None: it is a person's or a card's."""
    return subject[1:].decode("ascii") if subject.startswith(b"s") else None


def look_it_up(db: Connection, *, sub: str | None) -> None:
    """Say so where a household is none of the register: it may be a slip of the pen."""
    if sub is None or register.current(db) is None:
        return
    if all(home.sub != sub for home in register.households(db)):
        click.echo(f"{sub} is no household of the register: look at it again", err=True)
