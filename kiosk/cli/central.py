"""`kiosk central`: the server that many kiosks report to."""

import asyncio
import signal
import sys
from pathlib import Path
from socket import socket

import click
import uvicorn

from kiosk import log
from kiosk.central import authority
from kiosk.central.app import make_app
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import open_store
from kiosk.cli import central_lists
from kiosk.cli.central_options import DATABASE, STATE
from kiosk.errors import ConfigError
from kiosk.passes.issue import read_public
from kiosk.runtime.systemd import notify

GRACE_S = 5
CONNECTIONS_MAX = 1000  # chosen: who comes on top of them is told to come later

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("central")
def command() -> None:
    """Keep what many kiosks report, and hand out what they need."""


for _more in central_lists.COMMANDS:
    command.add_command(_more)


@command.command()
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


@command.command("trust")
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


@command.group()
def device() -> None:
    """Kiosks that may report here."""


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


@command.command()
@STATE
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True)
@DATABASE
def run(folder: Path, host: str, port: int, database: str | None) -> None:
    """Run the server until SIGTERM."""
    log.set_up()
    server, engine = authority.load(folder), open_store(database or folder)
    settings = uvicorn.Config(
        make_app(engine, server),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=CONNECTIONS_MAX,
        proxy_headers=False,
        server_header=False,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))  # uvicorn raises it again when it is done
    try:
        asyncio.run(Announced(settings).serve())
    finally:
        engine.dispose()
        log.event(log.Event.CENTRAL_STOPPED)


class Announced(uvicorn.Server):
    """A server that tells systemd and the log when it listens."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            log.event(log.Event.CENTRAL_STARTED, host=self.config.host, port=self.config.port)
            notify("READY=1")
