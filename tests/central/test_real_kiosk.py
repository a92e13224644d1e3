"""The kiosk's own sync against the real central: a journal on disk, a port between them."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import uvicorn

from kiosk.central import authority
from kiosk.central.app import make_app
from kiosk.central.store import read_entries
from kiosk.passes.issue import read_public
from tests.central.office import Office
from tests.sync.far_central import FarCentral, Log
from tests.sync.rig import FEVER, Rig


@dataclass
class Central:
    """The real one, as the rig asks: where it answers, and what it has."""

    url: str
    folder: Path

    @property
    def intake(self) -> "Central":
        return self

    @property
    def logs(self) -> dict[bytes, Log]:
        logs: dict[bytes, Log] = {}
        for entry in read_entries(self.folder):
            logs.setdefault(entry.epoch, Log()).bodies.append(entry.body)
        return logs


class Server:
    """Central on a port that stays its own, to be shut and opened again."""

    def __init__(self, office: Office) -> None:
        self._office, self.port = office, 0
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        app = make_app(self._office.engine, self._office.authority)
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        self._listener = listener
        run = self._server.serve([listener])
        self._thread = threading.Thread(target=asyncio.run, args=(run,))
        self._thread.start()

    def shut(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


@pytest.fixture
def server(office: Office) -> Iterator[Server]:
    server = Server(office)
    yield server
    server.shut()


@pytest.fixture
def rig(office: Office, server: Server, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "kiosk", cast(FarCentral, Central(server.url, office.folder)))
    public = read_public(rig.state.keys / "device.pub")
    named = authority.add_device(office.engine, public, name="南门", now_ms=0)
    bundle = authority.bundle_of(office.engine, office.authority, named)
    (rig.state.keys / "bundle").write_bytes(bundle)
    rig.restart()
    yield rig
    rig.close()


def test_a_day_with_an_outage_arrives_whole(office: Office, rig: Rig, server: Server) -> None:
    rig.write(70)
    rig.write(1, FEVER)
    rig.drain()
    server.shut()
    rig.write(30)
    rig.write(1, FEVER)
    for _ in range(5):
        rig.engine.turn()
    server.open()
    rig.drain()
    assert [e.body for e in read_entries(office.folder)] == rig.bodies
    assert {e.device for e in read_entries(office.folder)} == {rig.device}


def test_a_kiosk_that_lost_its_counter_finds_it_again(office: Office, rig: Rig) -> None:
    rig.write(3)
    rig.drain()
    rig.engine.close()
    for path in rig.state.sync.parent.glob("sync.db*"):
        path.unlink()
    rig.engine = rig.open_engine()
    rig.write(2)
    rig.drain()
    assert [e.seq for e in read_entries(office.folder)] == [1, 2, 3, 4, 5]


def test_a_central_restored_from_an_old_copy_gets_the_rest_again(
    office: Office, rig: Rig, server: Server
) -> None:
    rig.write(4)
    rig.drain()
    server.shut()
    office.engine.dispose()
    copy = {p: p.read_bytes() for p in office.folder.iterdir()}
    server.open()
    rig.write(6)
    rig.drain()
    server.shut()
    office.engine.dispose()
    for path in office.folder.iterdir():
        path.unlink()
    for path, content in copy.items():
        path.write_bytes(content)
    assert len(rig.stored) == 4
    server.open()
    rig.write(1)
    rig.turn_until_unchecked(lambda: rig.stored == rig.bodies, 10.0)
    rig.drain()
    assert [e.body for e in read_entries(office.folder)] == rig.bodies
