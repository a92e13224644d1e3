"""The webhook: signed calls until somebody answers, whatever the receiver does to us."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk.central import cases
from kiosk.central.cases import Deed
from kiosk.central.cases_calls import BACK_OFF_MS_MAX, Call, back_off_ms, lease_call
from kiosk.central.deeds import newest_deeds
from kiosk.central.page import render
from kiosk.central.store import reading, writing
from kiosk.central.webhook import CallFailed, Receiver, check_url, make_call
from kiosk.central.webhook_run import Caller, Callers
from kiosk.central.webhook_set import SECRET, set_webhook, webhook_trouble
from kiosk.cli.central import command
from kiosk.errors import ConfigError
from tests.central.cases_making import call_rows, fever, incident
from tests.central.office import Office

KEY = b"a secret of 24 characters"
NOW_MS = 1_800_000_000_000
CALL = Call(7, 1, "负责人", 1, 0, "fever", "南门", NOW_MS, 1)


class Heard(BaseHTTPRequestHandler):
    """Keeps what it hears, and answers with the status it was given."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.heard.append((dict(self.headers), body, self.path))
        self.send_response(server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiver(status: int = 200) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Heard)
    server.heard, server.status = [], status
    server.url = f"http://127.0.0.1:{server.server_address[1]}/hook?key=1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def liar(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection after another with whatever `talk` says."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                line, _ = listener.accept()
            except TimeoutError:
                continue
            with line:
                try:
                    talk(line)
                except OSError:
                    continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        stop.set()
        thread.join()
        listener.close()


def _hangs(line: socket.socket) -> None:
    while line.recv(4096):
        pass


def _drips(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(200):
        line.sendall(b"x")
        time.sleep(0.05)


def _says(text: bytes) -> Callable[[socket.socket], None]:
    def talk(line: socket.socket) -> None:
        line.recv(4096)
        line.sendall(text)

    return talk


def _floods(line: socket.socket) -> None:
    line.recv(4096)
    line.sendall(b"HTTP/1.1 500 No\r\n\r\n")
    for _ in range(1000):
        line.sendall(b"x" * 1_000_000)


BAD = {
    "hangs": _hangs,
    "drips": _drips,
    "headers without end": _says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000),
    "no http": _says(b"\x00\xff" * 1000),
    "one long line": _says(b"HTTP/1.1 200 " + b"x" * 200_000),
    "nothing": _says(b""),
    "floods": _floods,
}


@pytest.fixture
def caller(office: Office) -> Caller:
    return Caller(office.engine, office.folder, "https://c.example", lambda: NOW_MS, 1.0)


def set_to(office: Office, url: str) -> None:
    with writing(office.engine) as db:
        set_webhook(db, office.folder, url, KEY, by="lin", now_ms=NOW_MS)


def urgent(office: Office, seq: int) -> None:
    office.ask(office.kiosk.request(None, seq))


def test_a_call_is_signed_and_says_where_to_answer_and_nothing_of_the_holder(
    office: Office, caller: Caller
) -> None:
    urgent(office, fever(office.kiosk))
    with receiver() as server:
        set_to(office, server.url)
        assert caller.turn()
        assert not caller.turn()
    ((headers, body, path),) = server.heard
    assert path == "/hook?key=1"
    stamp = headers["X-Gate-Timestamp"]
    signed = hmac.new(KEY, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Gate-Signature"] == f"sha256={signed}" and int(stamp) == NOW_MS // 1000
    assert json.loads(body) == {
        "v": 1,
        "case": 1,
        "kind": "fever",
        "gate": "南门",
        "opened": "2027-01-15T08:00:00+00:00",
        "calls": 1,
        "level": 1,
        "role": "",
        "link": "https://c.example/desk/case?id=1",
    }


@pytest.mark.parametrize("way", BAD)
def test_a_receiver_that_misbehaves_costs_a_second_and_is_called_again(
    office: Office, caller: Caller, way: str
) -> None:
    urgent(office, fever(office.kiosk))
    with liar(BAD[way]) as url:
        set_to(office, url)
        began_s = time.monotonic()
        assert caller.turn()
        assert time.monotonic() - began_s < 3.0
    (row,) = call_rows(office.engine)
    assert row.heard_ms is None and row.tries == 1 and row.due_ms > NOW_MS
    with reading(office.engine) as db:
        assert webhook_trouble(db) is not None
    assert "自动通知没有送到" in render(office.engine, now_ms=NOW_MS)


def test_a_call_is_never_sent_on_to_another_address(office: Office, caller: Caller) -> None:
    urgent(office, fever(office.kiosk))
    with receiver(307) as server:
        set_to(office, server.url)
        assert caller.turn()
        assert len(server.heard) == 1
    with reading(office.engine) as db:
        trouble = webhook_trouble(db)
    assert trouble is not None and trouble.why == "answered 307"


def test_the_trouble_ends_with_the_first_call_that_is_taken(
    office: Office, caller: Caller
) -> None:
    urgent(office, fever(office.kiosk))
    with receiver(500) as server:
        set_to(office, server.url)
        caller.turn()
        server.status = 204
        later = Caller(office.engine, office.folder, "", lambda: NOW_MS + 10_000)
        assert later.turn()
    with reading(office.engine) as db:
        assert webhook_trouble(db) is None


def test_it_is_called_until_somebody_answers_and_no_longer(office: Office) -> None:
    now_ms = [NOW_MS]
    caller = Caller(office.engine, office.folder, "", lambda: now_ms[0], 1.0)
    urgent(office, incident(office.kiosk))
    with receiver() as server:
        set_to(office, server.url)
        for _ in range(6):  # half an hour
            caller.turn()
            now_ms[0] += 300_000
        assert len(server.heard) == 6
        with writing(office.engine) as db:
            cases.answer(db, 1, Deed("lin", NOW_MS))
        now_ms[0] += 86_400_000
        assert not caller.turn()


def test_a_second_tap_calls_again_at_once(office: Office, caller: Caller) -> None:
    seq = incident(office.kiosk)
    urgent(office, seq)
    with receiver() as server:
        set_to(office, server.url)
        assert caller.turn() and not caller.turn()
        urgent(office, incident(office.kiosk, act="again", refers_to_seq=seq))
        assert caller.turn()
    assert [json.loads(body)["calls"] for _, body, _ in server.heard] == [1, 2]


def test_failures_are_further_and_further_apart_and_never_given_up() -> None:
    waits = [back_off_ms(tries, 1.0) for tries in range(200)]
    assert waits[:4] == [5_000, 10_000, 20_000, 40_000] and waits == sorted(waits)
    assert waits[-1] == BACK_OFF_MS_MAX
    assert back_off_ms(3, 0.6) == 24_000 and back_off_ms(3, 0.0) == 20_000


def test_two_processes_never_make_one_call_at_the_same_time(office: Office) -> None:
    for _ in range(10):
        urgent(office, fever(office.kiosk))
    taken: list[Call] = []
    both = threading.Barrier(4)

    def process() -> None:
        both.wait()
        while (call := lease_call(office.engine, NOW_MS)) is not None:
            taken.append(call)

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(call.case for call in taken) == list(range(1, 11))
    assert lease_call(office.engine, NOW_MS + 60_000) is not None  # a process that died


def test_a_receiver_that_hangs_holds_up_no_stop(office: Office, caller: Caller) -> None:
    urgent(office, fever(office.kiosk))
    arrived = threading.Event()

    def talk(line: socket.socket) -> None:
        arrived.set()
        _hangs(line)

    with liar(talk) as url:
        set_to(office, url)
        callers = Callers(caller)
        callers.start()
        assert arrived.wait(10.0)
        began_s = time.monotonic()
        callers.close()
        assert time.monotonic() - began_s < 4.0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "https://name:word@example.org/",
        "ftp://127.0.0.1/",
        "https://",
        "https://example.org:99999/",
        "http://127.0.0.1.example.org/",
        "http://[::1",
        "https://example.org/\r\nX: y",
        "https://例子.org/",
        "https://example.org/#x",
        "https://example.org/" + "x" * 600,
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_calls_must_not_go_to_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        check_url(url)
    with pytest.raises((ConfigError, CallFailed)):
        make_call(Receiver(url, KEY), CALL, "", 1, total_s=0.2)


def test_a_secret_that_is_gone_is_told_and_no_call_is_made_unsigned(
    office: Office, caller: Caller
) -> None:
    urgent(office, fever(office.kiosk))
    with receiver() as server:
        set_to(office, server.url)
        (office.folder / SECRET).unlink()
        assert not caller.turn()
        assert server.heard == []
    with reading(office.engine) as db:
        trouble = webhook_trouble(db)
    assert trouble is not None and SECRET in trouble.why


def run(*words: str) -> str:
    done = CliRunner().invoke(command, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_the_commands_are_kept_among_the_deeds_and_the_secret_is_for_us_alone(
    office: Office, tmp_path: Path
) -> None:
    state, key = ("--state", str(office.folder)), tmp_path / "key"
    key.write_bytes(KEY + b"\n")
    run("contacts", "add", "林主任", "13800138000", "--role", "负责人", "--by", "lin", *state)
    run("contacts", "add", "周书记", "010-6655", "--after", "120", "--by", "lin", *state)
    assert run("contacts", "list", *state).splitlines() == [
        "after     0 s  林主任  13800138000  负责人",
        "after   120 s  周书记  010-6655",
    ]
    run("contacts", "remove", "周书记", "--by", "zhou", *state)
    with receiver() as server:
        run("webhook", "set", server.url, "--secret-file", str(key), "--by", "zhou", *state)
        assert run("webhook", "test", *state) == "the call was taken\n"
        assert json.loads(server.heard[0][1])["kind"] == "test"
        assert run("webhook", "show", *state) == f"{server.url}\n"
    assert (office.folder / SECRET).stat().st_mode & 0o777 == 0o600
    run("webhook", "off", "--by", "zhou", *state)
    with reading(office.engine) as db:
        deeds = [(one.operator, one.deed) for one in reversed(newest_deeds(db))]
    assert deeds == [
        ("lin", "add contact"),
        ("lin", "add contact"),
        ("zhou", "remove contact"),
        ("zhou", "set webhook"),
        ("zhou", "drop webhook"),
    ]
