"""`kiosk central init`, `trust` and `device`: the server, its list of issuers, its kiosks."""

from pathlib import Path

import click

from kiosk.central import authority
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import open_store
from kiosk.cli import central_devices
from kiosk.cli.central_options import DATABASE, STATE
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
    authority.load(folder)
    engine = open_store(database or folder)
    try:
        listed = authority.hand_out(engine, file)
    finally:
        engine.dispose()
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
    server, public = authority.load(folder), read_public(file)
    engine = open_store(database or folder)
    target = out or file.with_name("bundle")
    try:
        device_id = authority.add_device(engine, public, name=name, now_ms=utc_now_ms())
        target.write_bytes(authority.bundle_of(engine, server, device_id))
    except OSError as exc:
        raise ConfigError([f"{target}: {exc.strerror}; give --out another place"]) from exc
    finally:
        engine.dispose()
    click.echo(f"device {device_id} may report; put {target} into its keys/ folder")


@device.command("release")
@click.argument("device_id")
@STATE
@DATABASE
def release(device_id: str, folder: Path, database: str | None) -> None:
    """Take reports of a frozen kiosk again, after a person has looked at its log."""
    authority.load(folder)
    engine = open_store(database or folder)
    try:
        count = authority.release(engine, device_id)
    finally:
        engine.dispose()
    if not count:
        raise click.ClickException(f"{device_id}: nothing of it is frozen; see the page")
    click.echo(f"device {device_id} may report again")
