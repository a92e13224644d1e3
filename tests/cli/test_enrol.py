"""A new kiosk is bound by a code used once, eight digits compared, and a person's yes."""

import fcntl
import hashlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from kiosk.central import enrolment
from kiosk.central.authority import add_device_in, bundle_of
from kiosk.central.deeds import newest_deeds
from kiosk.central.schema_office import slot as slots_table
from kiosk.central.store import reading, writing
from kiosk.cli import cli
from kiosk.errors import BadUpdate, ConfigError, JournalError, MessageError, ServerRefused
from kiosk.passes import cose
from kiosk.passes.issue import read_private, read_public
from kiosk.runtime.startup import LOCK_NAME
from kiosk.sync import enrol
from kiosk.sync.identity import KEY, NEXT_KEY, device_id, make_identity, read_identity
from kiosk.wire.enrol import (
    ENROL_PATH,
    EnrolReply,
    decode_code,
    digits_of,
    encode_code,
    encode_enrol_reply,
)
from tests.central.office import Office
from tests.central.test_real_kiosk import Server

NOW_MS = int(time.time() * 1000)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    yield office
    office.close()


@pytest.fixture
def server(office: Office) -> Iterator[Server]:
    server = Server(office)
    yield server
    server.shut()


class Kiosk:
    """A kiosk's folder and config, and its command."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.state, self.config = folder / "state", folder / "config.yaml"
        self.config.write_text(f"central: {{url: '{url}'}}\n")
        self.done: Result | None = None

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    def enrol(self, code: str, *more: str, timeout_s: int = 20) -> Result:
        settings = ("--config", str(self.config), "--state", str(self.state))
        wait = ("--timeout-s", str(timeout_s))
        return CliRunner().invoke(cli, ["enrol", code, *more, *wait, *settings])

    def begin(self, code: str, *more: str) -> threading.Thread:
        """Enrol beside the test, as at the gate while somebody sits at central."""

        def run() -> None:
            self.done = self.enrol(code, *more)

        thread = threading.Thread(target=run)
        thread.start()
        return thread


@pytest.fixture
def kiosk(tmp_path: Path, server: Server) -> Kiosk:
    return Kiosk(tmp_path / "kiosk", server.url)


def opened(office: Office, *, ago_ms: int = 0) -> enrolment.Slot:
    with writing(office.engine) as db:
        return enrolment.open_slot(
            db, office.authority, name="南门", by="lin", now_ms=NOW_MS - ago_ms
        )


def waiting(office: Office) -> enrolment.Slot:
    """The kiosk that waits, as the desk sees it."""
    deadline_s = time.monotonic() + 10
    while True:
        with reading(office.engine) as db:
            found = enrolment.slots(db)
        if found:
            return found[0]
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def decide(office: Office, slot_id: str, *, is_yes: bool = True) -> None:
    with writing(office.engine) as db:
        act = enrolment.approve if is_yes else enrolment.refuse
        act(db, slot_id, by="zhou", now_ms=NOW_MS)


def bind(office: Office, kiosk: Kiosk, *more: str) -> str:
    """Go all the way. Returns what the kiosk said."""
    thread = kiosk.begin(opened(office).code, *more)
    decide(office, waiting(office).id)
    thread.join(20)
    assert kiosk.done is not None
    assert kiosk.done.exit_code == 0, kiosk.done.output
    return kiosk.done.output


def test_a_new_kiosk_is_bound_and_both_sides_show_the_same_digits(
    office: Office, kiosk: Kiosk
) -> None:
    thread = kiosk.begin(opened(office).code)
    there = waiting(office)
    assert read_identity(kiosk.keys) is None, "nothing before a person has said yes"
    decide(office, there.id)
    thread.join(20)
    assert kiosk.done is not None and kiosk.done.exit_code == 0, kiosk.done
    assert there.digits in kiosk.done.output
    assert re.fullmatch(r"\d{4} \d{4}", there.digits)
    identity = read_identity(kiosk.keys)
    assert identity is not None
    assert identity.server == office.authority.server
    with reading(office.engine) as db:
        noted = [(deed.operator, deed.deed) for deed in newest_deeds(db)]
    assert noted == [("zhou", "approve"), ("lin", "open slot")]


def test_the_code_never_travels_and_is_forgotten_when_it_is_used(
    office: Office, kiosk: Kiosk
) -> None:
    slot = opened(office)
    enrolling = enrol.begin(kiosk.keys, decode_code(slot.code))
    assert decode_code(slot.code).code not in enrolling.message
    bind(office, kiosk)
    with reading(office.engine) as db:
        codes = dict(db.execute(select(slots_table.c.state, slots_table.c.code)).all())
    assert codes["approved"] == b""


def test_another_kiosk_with_the_same_code_is_late(
    office: Office, kiosk: Kiosk, server: Server, tmp_path: Path
) -> None:
    slot = opened(office)
    thread = kiosk.begin(slot.code)
    waiting(office)
    other = Kiosk(tmp_path / "other", server.url).enrol(slot.code)
    assert other.exit_code == 1
    assert "E_ENROL_USED" in other.output
    decide(office, slot.id)
    thread.join(20)
    assert kiosk.done is not None and kiosk.done.exit_code == 0


def test_a_code_after_half_an_hour_is_late(office: Office, kiosk: Kiosk) -> None:
    done = kiosk.enrol(opened(office, ago_ms=enrolment.VALID_MS + 60_000).code)
    assert done.exit_code == 1
    assert "E_ENROL_EXPIRED" in done.output


def test_five_wrong_codes_close_the_slot_for_the_right_one_too(
    office: Office, kiosk: Kiosk
) -> None:
    right = decode_code(opened(office).code)
    wrong = encode_code(replace(right, code=b"w" * 16))
    for _ in range(enrolment.TRIES_MAX):
        done = kiosk.enrol(wrong)
        assert (done.exit_code, "E_ENROL_PROOF" in done.output) == (1, True)
    assert "E_ENROL_EXPIRED" in kiosk.enrol(encode_code(right)).output


def test_a_kiosk_that_is_turned_away_says_so(office: Office, kiosk: Kiosk) -> None:
    thread = kiosk.begin(opened(office).code)
    decide(office, waiting(office).id, is_yes=False)
    thread.join(20)
    assert kiosk.done is not None and kiosk.done.exit_code == 1
    assert "turned this kiosk away" in kiosk.done.output


def test_nobody_approves_in_time_and_the_same_code_goes_on(
    office: Office, kiosk: Kiosk
) -> None:
    slot = opened(office)
    late = kiosk.enrol(slot.code, timeout_s=1)
    assert late.exit_code == 1
    assert "E_ENROL_PENDING" in late.output
    decide(office, slot.id)
    assert kiosk.enrol(slot.code).exit_code == 0


def test_a_server_that_goes_away_in_between_is_waited_for(
    office: Office, kiosk: Kiosk, server: Server
) -> None:
    slot = opened(office)
    thread = kiosk.begin(slot.code)
    waiting(office)
    server.shut()
    decide(office, slot.id)
    server.open()
    thread.join(30)
    assert kiosk.done is not None and kiosk.done.exit_code == 0, kiosk.done


def test_a_server_that_stays_away_is_told_of_once(office: Office, kiosk: Kiosk) -> None:
    code = opened(office).code
    kiosk.config.write_text("central: {url: 'http://127.0.0.1:9'}\n")
    done = kiosk.enrol(code, timeout_s=7)  # three tries
    assert done.stderr.count("no answer yet") == 1 and "kiosk check" in done.stderr


@pytest.mark.parametrize(
    "text", ["", "GE1:", "GE1:XYZ", "GP1:ABC", "https://example.org", "GE1:" + "A" * 300]
)
def test_what_is_no_code_is_named_before_anything_is_sent(kiosk: Kiosk, text: str) -> None:
    done = kiosk.enrol(text)
    assert done.exit_code == 1
    assert "code" in done.output


class Impostor(BaseHTTPRequestHandler):
    """Whoever sits between kiosk and central, and answers in its place."""

    answer = b"<html>welcome to our wifi</html>"
    kind = "text/html"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Kiosk]:
    server = HTTPServer(("127.0.0.1", 0), Impostor)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Kiosk(tmp_path / "fooled", f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_of_somebody_s_wifi_is_not_central(office: Office, impostor: Kiosk) -> None:
    done = impostor.enrol(opened(office).code)
    assert done.exit_code == 1
    assert "network" in done.output


def test_a_man_in_the_middle_with_a_key_of_his_own_binds_nobody(
    office: Office, impostor: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Ed25519PrivateKey.generate()
    public = mine.public_key().public_bytes_raw()
    reply = EnrolReply(public, bytes(16), "approved", "", b"bundle")
    monkeypatch.setattr(Impostor, "answer", cose.sign(encode_enrol_reply(reply), mine))
    monkeypatch.setattr(Impostor, "kind", "application/cose")
    done = impostor.enrol(opened(office).code)
    assert done.exit_code == 1
    assert "not signed by the central that made this code" in done.output
    assert read_identity(impostor.keys) is None


def test_an_answer_to_another_kiosk_binds_nobody(office: Office, tmp_path: Path) -> None:
    code = decode_code(opened(office).code)
    keys, status = tmp_path / "keys", office.authority.status
    enrolling = enrol.begin(keys, code)
    public = status.public_key().public_bytes_raw()
    assert hashlib.sha256(public).digest() == code.status_sha256
    with writing(office.engine) as db:
        add_device_in(db, read_public(keys / "device.pub"), name="南门", now_ms=NOW_MS)
    ours = bundle_of(office.engine, office.authority, enrolling.device)
    for nonce, bundle in ((b"n" * 16, ours), (enrolling.nonce, b"not a bundle")):
        reply = EnrolReply(public, nonce, "approved", "", bundle)
        signed = cose.sign(encode_enrol_reply(reply), status)
        with pytest.raises(BadUpdate):
            enrol.ask(lambda path, body, answer=signed: answer, enrolling, code, keys)
    assert read_identity(keys) is None


def test_digits_depend_on_the_key_and_on_the_code(office: Office, tmp_path: Path) -> None:
    first, second = (decode_code(opened(office).code) for _ in range(2))
    shown = {
        enrol.begin(tmp_path / keys, code).digits for keys in "ab" for code in (first, second)
    }
    assert len(shown) == 4
    assert digits_of(bytes(32), bytes(16)) == digits_of(bytes(32), bytes(16))


def test_a_blocked_kiosk_is_refused_by_name_and_taken_again(office: Office) -> None:
    office.kiosk.write(2)
    assert office.send(1, 1).error is None
    with writing(office.engine) as db:
        enrolment.block_device(db, office.kiosk.device, by="lin", now_ms=NOW_MS)
    assert office.send(2, 2).error == "E_DEV_BLOCKED"
    with writing(office.engine) as db:
        enrolment.block_device(
            db, office.kiosk.device, by="lin", now_ms=NOW_MS, is_blocked=False
        )
    assert office.send(2, 2).acked is not None
    assert office.stored() == [1, 2]
    with pytest.raises(ConfigError), writing(office.engine) as db:
        enrolment.block_device(db, "nobody", by="lin", now_ms=NOW_MS)


def test_a_key_is_changed_with_a_code_and_the_old_journal_is_put_away(
    office: Office, kiosk: Kiosk
) -> None:
    bind(office, kiosk)
    old = device_id(kiosk.keys)
    (kiosk.state / "journal.db").unlink(missing_ok=True)
    said = bind(office, kiosk, "--new-key")
    new = device_id(kiosk.keys)
    assert new != old
    assert f"device block {old}" in said
    identity = read_identity(kiosk.keys)
    assert identity is not None and identity.device == new
    assert not (kiosk.keys / NEXT_KEY).exists()


def test_a_key_change_that_the_power_ended_is_whole_or_has_not_been(
    office: Office, kiosk: Kiosk, tmp_path: Path
) -> None:
    bind(office, kiosk)
    old = device_id(kiosk.keys)
    enrol.begin(kiosk.keys, decode_code(opened(office).code), key_file=NEXT_KEY)
    make_identity(kiosk.keys)  # the next start: no bundle names the next key
    assert device_id(kiosk.keys) == old
    next_key = (kiosk.keys / NEXT_KEY).read_bytes()
    bind(office, kiosk, "--new-key")
    assert (kiosk.keys / KEY).read_bytes() == next_key, "the same key, however often"
    (kiosk.keys / KEY).rename(kiosk.keys / NEXT_KEY)  # the bundle was there, the name was not
    (kiosk.keys / KEY).write_bytes(next_key)
    make_identity(kiosk.keys)
    assert device_id(kiosk.keys) == cose.device_id_of(
        read_private(kiosk.keys / KEY).public_key().public_bytes_raw()
    )
    assert not (kiosk.keys / NEXT_KEY).exists()


def test_a_gate_that_runs_keeps_its_key(office: Office, kiosk: Kiosk) -> None:
    bind(office, kiosk)
    kiosk.state.mkdir(exist_ok=True)
    with (kiosk.state / LOCK_NAME).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = kiosk.enrol(opened(office).code, "--new-key")
    assert isinstance(done.exception, JournalError)


def test_the_office_does_all_of_it_by_command(office: Office, kiosk: Kiosk) -> None:
    state = ("--state", str(office.folder))
    told = CliRunner().invoke(
        cli, ["central", "device", "slot", "--name", "东门", "--by", "lin", *state]
    )
    code = re.search(r"kiosk enrol '(GE1:[^']+)'", told.output)
    assert code is not None, told.output
    thread = kiosk.begin(code[1])
    waiting(office)
    pending = CliRunner().invoke(cli, ["central", "device", "pending", *state])
    slot_id, digits = pending.output[:8], pending.output[10:19]
    by = ("--by", "zhou", *state)
    done = CliRunner().invoke(cli, ["central", "device", "approve", slot_id, *by])
    assert done.exit_code == 0, done.exception
    thread.join(20)
    assert kiosk.done is not None and digits in kiosk.done.output
    device = device_id(kiosk.keys)
    for act in ("block", "unblock"):
        assert CliRunner().invoke(cli, ["central", "device", act, device, *by]).exit_code == 0


def test_messages_that_are_none_are_refused(server: Server) -> None:
    for body in (b"", b"x" * 100, b"\xd2\x84" * 50):
        answer = requests.post(server.url + ENROL_PATH, data=body, timeout=5)
        assert answer.status_code == 400
    long = requests.post(server.url + ENROL_PATH, data=bytes(20_000), timeout=5)
    assert long.status_code == 413
    with pytest.raises(MessageError):
        decode_code("GE1:00")


def test_refusals_have_words_of_their_own(office: Office, tmp_path: Path) -> None:
    code = decode_code(opened(office).code)
    enrolling = enrol.begin(tmp_path / "keys", code)
    public = office.authority.status.public_key().public_bytes_raw()
    reply = EnrolReply(public, enrolling.nonce, "refused", "E_ENROL_USED")
    signed = cose.sign(encode_enrol_reply(reply), office.authority.status)
    with pytest.raises(ServerRefused, match="E_ENROL_USED"):
        enrol.ask(lambda path, body: signed, enrolling, code, tmp_path / "keys")
