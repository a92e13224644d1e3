"""Options of the commands that work on central's books of passes."""

import re
from typing import Any

import click

from kiosk.passes.claims import CTI_BYTES

_RANGE = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
_CTI = re.compile(f"[0-9a-fA-F]{{{2 * CTI_BYTES}}}")
BY = click.option("--by", required=True, help="Who does this; it is kept.")
REASON = click.option("--reason", required=True, help="Why; it is kept.")


def read_ctis(_ctx: click.Context, _param: click.Parameter, typed: Any) -> Any:
    """Return ids that were typed as 16 hexadecimal digits."""
    for text in typed if isinstance(typed, tuple) else (typed,):
        if text is not None and _CTI.fullmatch(text) is None:
            raise click.BadParameter(f"{text!r} is not 16 hexadecimal digits")
    if isinstance(typed, tuple):
        return tuple(map(bytes.fromhex, typed))
    return bytes.fromhex(typed) if typed is not None else None


def read_numbers(
    _ctx: click.Context, _param: click.Parameter, typed: str | None
) -> tuple[int, int] | None:
    """Return the first and last of a range such as 100-120, or of one number."""
    if typed is None:
        return None
    match = _RANGE.fullmatch(typed)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise click.BadParameter(f"{typed!r}: say 100-120, or one number")
    return first, last


CARDS = click.option("--cards", callback=read_numbers, help="Numbers of the stock, as 100-120.")
