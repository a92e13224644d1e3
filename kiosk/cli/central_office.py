"""`kiosk central office-key` and `office`: who alone can read what gates sealed."""

from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from kiosk.central.deeds import note_deed
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import put_setting, writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.passes.issue import PRIVATE_MODE, PUBLIC_MODE, read_public, write_new

KEY = "office"
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("office-key")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def office_key(folder: Path) -> None:
    """Make the office's key in FOLDER, on a machine that is not on any network.

    Writes office.key, which opens what gates sealed and never leaves the office, and
    office.pub, for `kiosk central office`. Never over anything.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = X25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes_raw().hex() + "\n"
    write_new(folder / f"{KEY}.key", pem, mode=PRIVATE_MODE)
    write_new(folder / f"{KEY}.pub", public.encode(), mode=PUBLIC_MODE)
    click.echo(f"{folder}: keep {KEY}.key in the office, twice; central needs {KEY}.pub alone")


@click.command("office")
@click.argument("file", type=_FILE)
@BY
@STATE
@DATABASE
def office(*, file: Path, by: str, folder: Path, database: str | None) -> None:
    """Hand the office's public key in FILE (office.pub) to kiosks that enrol from now on."""
    public = read_public(file)
    with opened(folder, database) as (_, engine), writing(engine) as db:
        put_setting(db, "office", public)
        told = public.hex()[:16]
        note_deed(db, operator=by, deed="office key", subject=told, now_ms=utc_now_ms())
    click.echo("kiosks seal to this key once they have a new bundle")
