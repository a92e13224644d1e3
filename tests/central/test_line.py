"""Central on a bad day: a client that drips, many at once, a database that fails."""

import asyncio
import gzip
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
import requests
import uvicorn

from kiosk.central import authority
from kiosk.central.app import make_app
from kiosk.central.store import DATABASE
from kiosk.wire import CONTENT_TYPE, REQUEST_BYTES_MAX, SYNC_PATH
from tests.central.far_kiosk import FarKiosk
from tests.central.office import Office

WITHIN_S = 10.0
BODY_S = 0.5


@contextmanager
def served(office: Office) -> Iterator[str]:
    """Serve the office's application on a port of its own, with little patience."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = make_app(office.engine, office.authority, body_s=BODY_S)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),))
    thread.start()
    try:
        deadline_s = time.monotonic() + WITHIN_S
        while not server.started:
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(WITHIN_S)
        listener.close()


@pytest.fixture
def url(office: Office) -> Iterator[str]:
    with served(office) as url:
        yield url


def _head(length: int) -> bytes:
    lines = (
        f"POST {SYNC_PATH} HTTP/1.1",
        "Host: x",
        f"Content-Type: {CONTENT_TYPE}",
        f"Content-Length: {length}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=WITHIN_S)


def test_clients_that_drip_hold_nobody_up_and_are_given_up(office: Office, url: str) -> None:
    office.kiosk.write(1)
    slow = [_connect(url) for _ in range(20)]
    try:
        for line in slow:
            line.sendall(_head(1000) + b"\xd2")
        began_s = time.monotonic()
        answer = office.kiosk.post(url, office.kiosk.request(office.kiosk.part(1, 1)))
        assert office.kiosk.open(answer.content).acked == (1, office.kiosk.heads[1])
        assert time.monotonic() - began_s < BODY_S
        assert all(line.recv(100).startswith(b"HTTP/1.1 408") for line in slow)
    finally:
        for line in slow:
            line.close()


def test_a_client_that_hangs_up_in_mid_request_changes_nothing(
    office: Office, url: str
) -> None:
    office.kiosk.write(1)
    message = office.kiosk.request(office.kiosk.part(1, 1))
    for cut in (0, 1, len(message) // 2, len(message) - 1):
        with closing(_connect(url)) as line:
            line.sendall(_head(len(message)) + message[:cut])
    answer = office.kiosk.post(url, office.kiosk.request(office.kiosk.part(1, 1)))
    assert office.kiosk.open(answer.content).acked == (1, office.kiosk.heads[1])
    assert office.stored() == [1]


def test_a_bomb_is_not_unpacked(url: str) -> None:
    headers = {"Content-Type": CONTENT_TYPE, "Content-Encoding": "gzip"}
    bomb = gzip.compress(gzip.compress(bytes(200_000_000)))
    assert len(bomb) < REQUEST_BYTES_MAX
    outer = requests.post(url + SYNC_PATH, data=bomb, headers=headers, timeout=WITHIN_S)
    assert outer.status_code == 400  # one layer is undone, and that is no message
    inner = gzip.decompress(bomb)
    began_s = time.monotonic()
    answer = requests.post(url + SYNC_PATH, data=inner, headers=headers, timeout=WITHIN_S)
    assert answer.status_code == 413
    assert time.monotonic() - began_s < 1.0


def test_many_kiosks_at_once_lose_and_double_nothing(office: Office, url: str) -> None:
    kiosks = [FarKiosk(office.authority.server, office.kiosk.status_public) for _ in range(8)]
    for kiosk in kiosks:
        authority.add_device(office.engine, kiosk.public, name=None, now_ms=0)
        kiosk.write(20)

    def report(kiosk: FarKiosk) -> list[object]:
        runs = ((1, 10), (1, 10), (6, 15), (11, 20))
        posts = [kiosk.post(url, kiosk.request(kiosk.part(*run))) for run in runs]
        return [kiosk.open(post.content).acked for post in posts]

    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(report, kiosks))
    for kiosk, acked in zip(kiosks, heard, strict=True):
        assert acked == [(n, kiosk.heads[n]) for n in (10, 10, 15, 20)]
    assert sorted(office.stored()) == sorted(list(range(1, 21)) * 8)


def test_a_database_that_fails_acknowledges_nothing_and_comes_back(
    office: Office, url: str
) -> None:
    office.kiosk.write(2)
    with closing(sqlite3.connect(office.folder / DATABASE)) as db:
        db.execute("ALTER TABLE entry RENAME TO gone")
        for path in ("/healthz", "/"):
            assert requests.get(url + path, timeout=WITHIN_S).status_code == 503
        answer = office.kiosk.post(url, office.kiosk.request(office.kiosk.part(1, 2)))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        db.execute("ALTER TABLE gone RENAME TO entry")
    answer = office.kiosk.post(url, office.kiosk.request(office.kiosk.part(1, 2)))
    assert office.kiosk.open(answer.content).acked == (2, office.kiosk.heads[2])
    assert office.stored() == [1, 2]
