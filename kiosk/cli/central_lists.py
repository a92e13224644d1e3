"""`kiosk central revoke`, `restore` and `allow`: which passes count, before their end."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kiosk.central.allowed import allow, burnt_kids, handed_trust
from kiosk.central.deeds import note_deed
from kiosk.central.intake import utc_now_ms
from kiosk.central.issuing import revoke_passes
from kiosk.central.revocations import count_revoked, restore
from kiosk.central.store import writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.passes.cose import KID_BYTES
from kiosk.passes.packed import ID_BYTES


def _ids(length: int) -> Callable[[click.Context, click.Parameter, Any], tuple[bytes, ...]]:
    """Return what reads ids of `length` bytes, typed as hexadecimal digits."""

    def read(
        _ctx: click.Context, _param: click.Parameter, typed: tuple[str, ...]
    ) -> tuple[bytes, ...]:
        wrong = [
            text for text in typed if not re.fullmatch(f"[0-9a-fA-F]{{{2 * length}}}", text)
        ]
        if wrong:
            raise click.BadParameter(f"{wrong[0]!r} is not {2 * length} hexadecimal digits")
        return tuple(map(bytes.fromhex, typed))

    return read


_CTIS = click.argument(
    "ctis", metavar="CTI...", nargs=-1, required=True, callback=_ids(ID_BYTES)
)


@click.command("revoke")
@_CTIS
@click.option("--reason", required=True, help="Why; it is kept.")
@BY
@STATE
@DATABASE
def revoke(
    *, ctis: tuple[bytes, ...], reason: str, by: str, folder: Path, database: str | None
) -> None:
    """End passes early. CTI is the id that `kiosk pass verify` shows, 16 digits.

    Kiosks hear of it with their next report, within a minute.
    """
    with opened(folder, database) as (_, engine), writing(engine) as db:
        seq = revoke_passes(db, ctis, by=by, reason=reason, now_ms=utc_now_ms())
        count = count_revoked(db)
    click.echo(f"list {seq}, {count} passes revoked")


@click.command("restore")
@_CTIS
@BY
@STATE
@DATABASE
def restore_passes(
    *, ctis: tuple[bytes, ...], by: str, folder: Path, database: str | None
) -> None:
    """Let revoked passes count again, until their end."""
    with opened(folder, database) as (_, engine), writing(engine) as db:
        now_ms = utc_now_ms()
        seq = restore(db, ctis, by=by, now_ms=now_ms)
        for cti in ctis:
            note_deed(db, operator=by, deed="restore", subject=cti.hex(), now_ms=now_ms)
        count = count_revoked(db)
    click.echo(f"list {seq}, {count} passes revoked")


@click.command("allow")
@click.argument("kids", metavar="[KID...]", nargs=-1, callback=_ids(KID_BYTES))
@BY
@STATE
@DATABASE
def allow_passes(
    *, kids: tuple[bytes, ...], by: str, folder: Path, database: str | None
) -> None:
    """Let the passes that were issued here under a burnt issuer key count on.

    KID is the key's id, 8 digits; without one, all keys that the trust list marks as
    compromised. Who holds such a key can sign what he likes: only what stands in this
    server's books is let through from then on.
    """
    with opened(folder, database) as (authority, engine), writing(engine) as db:
        trust = handed_trust(db)
        wanted = kids or tuple(burnt_kids(trust) if trust else ())
        now_ms = utc_now_ms()
        made = [allow(db, authority.status, kid, now_ms=now_ms) for kid in wanted]
        for one in made:
            subject = f"{one.kid.hex()}, {len(one)} passes"
            note_deed(db, operator=by, deed="allow", subject=subject, now_ms=now_ms)
    for one in made:
        click.echo(f"key {one.kid.hex()}: list {one.seq}, {len(one)} passes count on")
    if not made:
        raise click.ClickException("no key is marked as compromised in the trust list")
