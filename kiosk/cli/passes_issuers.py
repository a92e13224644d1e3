"""`kiosk pass issuers`: who may sign passes, as the office keeps it; the root signs a change.

A key is rotated in four steps: a new one is added two weeks before it is used, central issues
with it, the old one is retired (what it signed counts on), and dropped after 400 days.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.cli.passes_trust import read_list
from kiosk.files import write_whole
from kiosk.passes.cose import KID_BYTES
from kiosk.passes.issue import PUBLIC_MODE, read_private, read_public, write_key_pair
from kiosk.passes.trust import KEYS_MAX, KeyStatus, TrustedKey, TrustList, make_key, make_trust

TRUST, ROOT = "trust", "root"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SAYS = {
    KeyStatus.ACTIVE: "active",
    KeyStatus.VERIFY_ONLY: "retired",
    KeyStatus.COMPROMISED: "burnt",
}


def _read_kids(
    _ctx: click.Context, _param: click.Parameter, typed: tuple[str, ...]
) -> tuple[bytes, ...]:
    for text in typed:
        if re.fullmatch(f"[0-9a-fA-F]{{{2 * KID_BYTES}}}", text) is None:
            raise click.BadParameter(f"{text!r} is not the id of a key, 8 hexadecimal digits")
    return tuple(map(bytes.fromhex, typed))


def _kids(name: str, more: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(name, metavar="KID", multiple=True, callback=_read_kids, help=more)


@click.command("issuers")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--new", "new_name", metavar="NAME", help="Make NAME.key; it may sign passes.")
@_kids("--retire", "Signs nothing new; what it signed counts on.")
@_kids("--burnt", "Somebody else has it; see `kiosk central allow`.")
@_kids("--drop", "Nobody's pass is under it any more.")
@click.option("--years", type=click.IntRange(1, 10), default=2, show_default=True)
def command(
    *,
    folder: Path,
    new_name: str | None,
    retire: tuple[bytes, ...],
    burnt: tuple[bytes, ...],
    drop: tuple[bytes, ...],
    years: int,
) -> None:
    """Show who may sign passes, or change it and sign the newer list by the root.

    FOLDER is what `kiosk pass keygen` made, on an office machine. KID is shown beside each key.
    """
    held = read_list(folder / TRUST, folder / f"{ROOT}.pub")
    if new_name is None and not (retire or burnt or drop):
        click.echo("\n".join(_line(key) for key in held.keys.values()))
        return
    _check(held, new_name, {*retire, *burnt, *drop})
    root, now = read_private(folder / f"{ROOT}.key"), datetime.now(UTC)
    keys = [
        _changed(key, retire, burnt, int(now.timestamp()))
        for kid, key in held.keys.items()
        if kid not in drop
    ]
    if new_name is not None:
        keys.append(_new_key(folder, new_name, held.community, now, years))
    seq, issued_s = held.seq + 1, int(now.timestamp())
    signed = make_trust(keys, community=held.community, seq=seq, issued_s=issued_s, root=root)
    write_whole(folder / TRUST, signed, mode=PUBLIC_MODE)
    click.echo("\n".join(_line(key) for key in keys))
    click.echo(f"list {seq}; then: kiosk central trust {folder / TRUST}")
    if burnt:
        click.echo("and: kiosk central allow, so that the cards in pockets count on")


def _check(held: TrustList, new_name: str | None, named: set[bytes]) -> None:
    """Refuse a key that is not listed, a name that is none, and a list that is full."""
    for kid in named - set(held.keys):
        raise click.ClickException(f"{kid.hex()}: no such key in the list")
    if new_name is None:
        return
    if _NAME.fullmatch(new_name) is None:
        raise click.BadParameter(f"{new_name!r}: a name has letters a-z, digits, hyphens")
    if len(held.keys) >= KEYS_MAX:
        raise click.ClickException(f"the list has {KEYS_MAX} keys; drop one first")


def _changed(
    key: TrustedKey, retired: tuple[bytes, ...], burnt: tuple[bytes, ...], now_s: int
) -> TrustedKey:
    """A retired key is worth nothing for a pass that begins later."""
    if key.kid in burnt:
        return replace(key, status=KeyStatus.COMPROMISED)
    if key.kid in retired:
        to_s = max(key.from_s, min(key.to_s, now_s))
        return replace(key, status=KeyStatus.VERIFY_ONLY, to_s=to_s)
    return key


def _new_key(folder: Path, name: str, community: str, now: datetime, years: int) -> TrustedKey:
    write_key_pair(folder, name)
    public, from_s = read_public(folder / f"{name}.pub"), int(now.timestamp()) - 86_400
    to_s = from_s + years * 366 * 86_400
    return make_key(public, iss=community, from_s=from_s, to_s=to_s)


def _line(key: TrustedKey) -> str:
    days = [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}" for at in (key.from_s, key.to_s)]
    return f"{key.kid.hex()}  {_SAYS[key.status]:<8}{days[0]} to {days[1]}"
