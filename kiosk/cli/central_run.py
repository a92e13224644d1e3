"""`kiosk central run`: the server itself."""

import asyncio
import signal
import sys
from pathlib import Path
from socket import socket

import click
import uvicorn

from kiosk import log
from kiosk.central import authority, webhook_run
from kiosk.central.app import make_app
from kiosk.central.desk_door import DeskSettings
from kiosk.central.store import open_store
from kiosk.cli.central_desk import print_passes
from kiosk.cli.central_options import DATABASE, ORIGIN, STATE
from kiosk.runtime.systemd import notify

GRACE_S = 5
CONNECTIONS_MAX = 1000  # chosen: who comes on top of them is told to come later


@click.command("run")
@STATE
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True)
@ORIGIN
@DATABASE
def run(folder: Path, host: str, port: int, origin: str, database: str | None) -> None:
    """Run the server until SIGTERM."""
    log.set_up()
    server, engine = authority.load(folder), open_store(database or folder)
    desk = DeskSettings(folder, print_passes, origin)
    settings = uvicorn.Config(
        make_app(engine, server, desk_settings=desk),
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
    called = origin.rstrip("/") or f"http://{host}:{port}"
    try:
        with webhook_run.calling(engine, folder, called):
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
