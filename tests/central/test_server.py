"""Central as a program: over HTTP, killed in mid-work, and looked at with a browser."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from kiosk.central import authority, page
from kiosk.central.intake import Intake
from kiosk.central.store import open_store, read_entries
from kiosk.cli.central import command
from kiosk.passes.issue import write_key_pair
from kiosk.passes.trust import make_trust
from kiosk.wire import CONTENT_TYPE, REQUEST_BYTES_MAX, SYNC_PATH
from kiosk.wire.bundle import decode_bundle
from tests.central.far_kiosk import FarKiosk
from tests.central.office import release

WITHIN_S = 15.0


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "central"
    done = CliRunner().invoke(command, ["init", "--state", str(folder), "--site", "demo"])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def kiosk(folder: Path) -> FarKiosk:
    """A kiosk that was added with the command that ops type."""
    office = authority.load(folder)
    far = FarKiosk(office.server, office.status.public_key().public_bytes_raw())
    public = folder.parent / "device.pub"
    public.write_text(far.public.hex() + "\n", "ascii")
    arguments = ["device", "add", str(public), "--state", str(folder), "--name", "南门一号"]
    assert CliRunner().invoke(command, arguments).exit_code == 0
    bundle = decode_bundle((folder.parent / "bundle").read_bytes())
    assert (bundle.device, bundle.server) == (far.device, office.server)
    return far


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server as a program until the block ends."""
    arguments = ["central", "run", "--state", str(folder), "--port", str(port)]
    with (folder / "log").open("ab") as log_file:
        server = subprocess.Popen([sys.executable, "-m", "kiosk", *arguments], stderr=log_file)
    try:
        deadline_s = time.monotonic() + WITHIN_S
        while not _is_up(port):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        yield server
    finally:
        server.kill()
        server.wait()


def _is_up(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).ok
    except requests.RequestException:
        return False


def test_a_kill_between_two_batches_loses_and_doubles_nothing(
    folder: Path, kiosk: FarKiosk
) -> None:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    kiosk.write(30)
    acked = 0
    for _ in range(3):
        with running(folder, port):
            to_seq = acked + 10
            reply = kiosk.open(
                kiosk.post(url, kiosk.request(kiosk.part(acked + 1, to_seq))).content
            )
            assert reply.acked == (to_seq, kiosk.heads[to_seq])
            acked = to_seq
    assert [e.seq for e in read_entries(folder)] == list(range(1, 31))


def test_sigterm_ends_it_cleanly_and_the_log_is_json(folder: Path, kiosk: FarKiosk) -> None:
    port = _free_port()
    kiosk.write(2)
    with running(folder, port) as server:
        kiosk.post(f"http://127.0.0.1:{port}", kiosk.request(kiosk.part(1, 2)))
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(WITHIN_S) == 0
    records = [json.loads(line) for line in (folder / "log").read_text("utf-8").splitlines()]
    stored = next(r for r in records if r["event"] == "intake.stored")
    assert (stored["from_seq"], stored["to_seq"], stored["count"]) == (1, 2, 2)
    assert records[-1]["event"] == "central.stopped"


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    port = _free_port()
    with running(folder, port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"junk", {}, 400),
        (b"junk", {"Content-Type": "text/plain"}, 415),
        (b"junk", {"Content-Encoding": "gzip"}, 400),
        (b"junk", {"Content-Encoding": "br"}, 400),
        (gzip.compress(b"x" * 10_000, mtime=0)[:-9], {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(bytes(50_000_000), mtime=0), {"Content-Encoding": "gzip"}, 413),
        (bytes(REQUEST_BYTES_MAX + 1), {}, 413),
    ],
)
def test_what_is_no_request_gets_a_plain_no(
    url: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    headers = {"Content-Type": CONTENT_TYPE, **headers}
    answer = requests.post(url + SYNC_PATH, data=body, headers=headers, timeout=10)
    assert answer.status_code == status


def test_the_page_lists_kiosks_and_entries_and_escapes_what_came(
    url: str, kiosk: FarKiosk
) -> None:
    kiosk.write(1, gate="<script>alert(1)</script>")
    kiosk.write(1, is_fever=True)
    kiosk.post(url, kiosk.request(kiosk.part(1, 2)))
    answer = requests.get(url + "/", timeout=10)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "南门一号" in answer.text
    assert "体温偏高" in answer.text
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert kiosk.bodies[0][-8:].hex() not in answer.text
    assert "AB12CD34" not in answer.text  # no household, no pass id


def test_init_never_writes_over_a_server(folder: Path) -> None:
    key = (folder / "status.key").read_bytes()
    done = CliRunner().invoke(command, ["init", "--state", str(folder)])
    assert done.exit_code != 0
    assert (folder / "status.key").read_bytes() == key


def test_a_list_that_another_root_signed_is_not_handed_out(tmp_path: Path) -> None:
    write_key_pair(tmp_path, "root")
    trust = tmp_path / "trust"
    trust.write_bytes(b"not a list")
    arguments = ["init", "--state", str(tmp_path / "c"), "--trust", str(trust)]
    done = CliRunner().invoke(command, [*arguments, "--root", str(tmp_path / "root.pub")])
    assert done.exit_code != 0
    assert not (tmp_path / "c" / "status.key").exists()


def test_a_newer_trust_list_reaches_a_kiosk_that_has_an_older_one(tmp_path: Path) -> None:
    root = write_key_pair(tmp_path, "root")
    lists = [tmp_path / f"trust-{seq}" for seq in (1, 2)]
    for seq, path in enumerate(lists, 1):
        path.write_bytes(make_trust([], community="lanyuan", seq=seq, issued_s=seq, root=root))
    folder = tmp_path / "central"
    first = authority.init(folder, folder, site="x", trust=lists[0], root=tmp_path / "root.pub")
    kiosk = FarKiosk(first.server, first.status.public_key().public_bytes_raw())
    engine = open_store(folder)
    try:
        authority.add_device(engine, kiosk.public, name=None, now_ms=0)
        intake = Intake(engine, first)

        def handed_to(have_seq: int) -> bytes | None:
            request = kiosk.request(None, have=(have_seq, *(0,) * 6))
            return kiosk.open(intake.answer(request)).trust

        assert (handed_to(0), handed_to(1)) == (lists[0].read_bytes(), None)
        arguments = ["--state", str(folder)]
        done = CliRunner().invoke(command, ["trust", str(lists[1]), *arguments])
        assert done.exit_code == 0, done.output
        assert (handed_to(1), handed_to(2)) == (lists[1].read_bytes(), None)
        older = CliRunner().invoke(command, ["trust", str(lists[0]), *arguments])
        assert older.exit_code != 0
        assert handed_to(1) == lists[1].read_bytes()
    finally:
        engine.dispose()


def test_adding_a_device_again_keeps_its_name_and_counter(
    folder: Path, kiosk: FarKiosk
) -> None:
    engine = open_store(folder)
    try:
        intake = Intake(engine, authority.load(folder))
        kiosk.counter = 41
        intake.answer(kiosk.request())
        arguments = ["device", "add", str(folder.parent / "device.pub"), "--state", str(folder)]
        assert CliRunner().invoke(command, arguments).exit_code == 0
        kiosk.counter = 10
        assert kiosk.open(intake.answer(kiosk.request())).expected_seq == 43
        assert "南门一号" in page.render(engine, now_ms=0)
    finally:
        engine.dispose()


def test_the_page_is_whole_without_scripts_and_asks_nobody_else(
    url: str, kiosk: FarKiosk
) -> None:
    kiosk.write(1, is_fever=True)
    kiosk.post(url, kiosk.request(None, 1))
    text = requests.get(url + "/", timeout=10).text
    assert "<script" not in text
    assert 'http-equiv="refresh"' in text
    links = re.findall(r"""(?:src|href)=["']([^"']*)""", text)
    assert "/central.css" in links and all(link.startswith("/") for link in links)
    assert (
        requests.get(url + links[0], timeout=10).headers["Content-Type"].startswith("text/css")
    )
    assert "急" in text


def test_a_device_that_is_not_frozen_has_nothing_to_release(
    folder: Path, kiosk: FarKiosk
) -> None:
    engine = open_store(folder)
    assert release(engine, kiosk.device) == 0
    engine.dispose()
    arguments = ["device", "release", kiosk.device, "--state", str(folder)]
    assert CliRunner().invoke(command, arguments).exit_code == 1
