"""`kiosk central init`, `trust` and `device`: the server, its list of issuers, its kiosks."""

from pathlib import Path

import click
from sqlalchemy import Connection

from kiosk.central import authority
from kiosk.central.deeds import note_deed
from kiosk.central.intake import utc_now_ms
from kiosk.central.operators import CONSOLE
from kiosk.central.store import writing
from kiosk.cli import central_devices
from kiosk.cli.central_options import DATABASE, STATE, opened
from kiosk.errors import ConfigError
from kiosk.passes.issue import read_public

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("init")
@STATE
@DATABASE
@click.option("--site", default="demo", show_default=True, help="Short name of the community.")
@click.option("--trust", type=_FILE, help="Signed list of issuers, to hand to kiosks.")
@click.option("--root", type=_FILE, help="root.pub, with which the list is verified.")
def init(
    *, folder: Path, database: str | None, site: str, trust: Path | None, root: Path | None
) -> None:
    """Make the server's folder, status key and database. Never overwrites one."""
    made = authority.init(folder, database or folder, site=site, trust=trust, root=root)
    click.echo(f"{folder}: server {made.server}")


@click.command("trust")
@click.argument("file", type=_FILE)
@STATE
@DATABASE
def trust_list(*, file: Path, folder: Path, database: str | None) -> None:
    """Hand out the list of issuers in FILE from now on; it must be newer, of the same root.

    Kiosks take it with their next report. A running server need not be stopped.
    """
    with opened(folder, database) as (_, engine):
        listed = authority.hand_out(engine, file, by=CONSOLE, now_ms=utc_now_ms())
    click.echo(f"list {listed.seq} of {listed.community}, {len(listed.keys)} keys")


@click.group("device")
def device() -> None:
    """Kiosks that may report here."""


for each in central_devices.COMMANDS:
    device.add_command(each)


@device.command("add")
@click.argument("file", type=_FILE)
@STATE
@DATABASE
@click.option("--name", help="What people call this kiosk; its id when not given.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The bundle.")
def add(
    *, file: Path, folder: Path, database: str | None, name: str | None, out: Path | None
) -> None:
    """Let the kiosk with the key in FILE (its device.pub) report here.

    Writes the bundle that goes into the kiosk's keys/ folder.
    """
    public, target, now_ms = read_public(file), out or file.with_name("bundle"), utc_now_ms()
    with opened(folder, database) as (server, engine):
        with writing(engine) as db:
            device_id = authority.add_device_in(db, public, name=name, now_ms=now_ms)
            _note(db, "add device", f"{device_id} {name or ''}".strip(), now_ms)
        bundle = authority.bundle_of(engine, server, device_id)
    try:
        target.write_bytes(bundle)
    except OSError as exc:
        raise ConfigError([f"{target}: {exc.strerror}; give --out another place"]) from exc
    click.echo(f"device {device_id} may report; put {target} into its keys/ folder")


@device.command("release")
@click.argument("device_id")
@STATE
@DATABASE
def release(device_id: str, folder: Path, database: str | None) -> None:
    """Take reports of a frozen kiosk again, after a person has looked at its log."""
    with opened(folder, database) as (_, engine), writing(engine) as db:
        count = authority.release_device(db, device_id)
        if count:
            _note(db, "release", device_id, utc_now_ms())
    if not count:
        raise click.ClickException(f"{device_id}: nothing of it is frozen; see the page")
    click.echo(f"device {device_id} may report again")


def _note(db: Connection, deed: str, subject: str, now_ms: int) -> None:
    note_deed(db, operator=CONSOLE, deed=deed, subject=subject, now_ms=now_ms)
