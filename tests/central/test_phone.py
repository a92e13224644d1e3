"""A pass on a phone: invited once, proved by the phone's own key, verified at the gate."""

import secrets
import socket
import time
from dataclasses import replace

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.central.issuing import KEY, Wanted
from kiosk.central.phone import PROOF_LABEL, VALID_MS, invite
from kiosk.central.schema_office import invitation, issued
from kiosk.central.store import read_setting, writing
from kiosk.core.words import Credential, PassKind, Refused
from kiosk.errors import ConfigError
from kiosk.passes.lists import Lists
from kiosk.passes.phone import make_proof
from kiosk.passes.trust import TrustList, read_trust
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState, Stamp, SystemClock
from tests.central.office import Office
from tests.central.people import Place, deeds
from tests.central.test_line import served

DAY_S = 86_400


def invited(place: Place, *, ago_ms: int = 0) -> str:
    now_s = int(time.time())
    wanted = Wanted("KX3M2P7Q", PassKind.PHONE, 7, "张*明", now_s, now_s + DAY_S)
    with writing(place.engine) as db:
        return invite(db, wanted, by="lin", now_ms=now_s * 1000 - ago_ms)


def ask(
    place: Place, code: str, key: Ed25519PrivateKey, /, **changes: str
) -> requests.Response:
    told = {
        "code": code,
        "public": key.public_key().public_bytes_raw().hex(),
        "proof": key.sign((PROOF_LABEL + code).encode()).hex(),
    }
    return requests.post(f"{place.url}/v1/phone", json={**told, **changes}, timeout=5)


def outcome(place: Place, text: str) -> Credential | Refused:
    trust, root = (read_setting(place.engine, name) for name in ("trust", "root"))
    listed = read_trust(trust or b"", root or b"")
    assert isinstance(listed, TrustList)
    now: Stamp = SystemClock().now()
    return verify_text(text, Lists(listed), replace(now, clock=ClockState.TRUSTED))


def test_an_invited_phone_gets_a_credential_that_a_gate_believes(place: Place) -> None:
    key = Ed25519PrivateKey.generate()
    told = ask(place, invited(place), key).json()
    text = make_proof(bytes.fromhex(told["credential"]), key, iat_s=int(time.time()))
    shown = outcome(place, text)
    assert isinstance(shown, Credential)
    assert (shown.kind, shown.sub, shown.label) == (PassKind.PHONE, "KX3M2P7Q", "张*明")
    assert told["label"] == "张*明"
    assert told["ends_s"] == shown.exp_s
    noted = [(deed.operator, deed.deed) for deed in deeds(place.engine)][:2]
    assert noted == [("lin", "issue"), ("lin", "invite")]


def test_an_invitation_counts_once(place: Place) -> None:
    code = invited(place)
    assert ask(place, code, Ed25519PrivateKey.generate()).status_code == 200
    again = ask(place, code, Ed25519PrivateKey.generate())
    assert (again.status_code, again.json()) == (403, {"error": "E_INVITATION"})
    assert place.count(issued) == 1


def test_one_that_is_late_or_was_never_made_gets_the_same_answer(place: Place) -> None:
    late = invited(place, ago_ms=VALID_MS + 60_000)
    for code in (late, "a" * 26):
        answer = ask(place, code, Ed25519PrivateKey.generate())
        assert (answer.status_code, answer.json()) == (403, {"error": "E_INVITATION"})
    assert place.count(issued) == 0


@pytest.mark.parametrize(
    "public", ["01" + "00" * 31, "ec" + "ff" * 30 + "7f", "00" * 32, "ee" + "ff" * 30 + "7f"]
)
def test_a_key_under_which_anybody_signs_is_refused_and_uses_nothing_up(
    place: Place, public: str
) -> None:
    code = invited(place)
    weak = ask(place, code, Ed25519PrivateKey.generate(), public=public)
    assert (weak.status_code, weak.json()) == (403, {"error": "E_HOLDER_KEY"})
    assert ask(place, code, Ed25519PrivateKey.generate()).status_code == 200


def test_a_key_that_the_phone_does_not_hold_is_refused(place: Place) -> None:
    code, other = invited(place), Ed25519PrivateKey.generate()
    public = other.public_key().public_bytes_raw().hex()
    stolen = ask(place, code, Ed25519PrivateKey.generate(), public=public)
    assert (stolen.status_code, stolen.json()) == (403, {"error": "E_HOLDER_SIG"})


@pytest.mark.parametrize(
    "changes",
    [{"code": "A" * 26}, {"code": "a" * 25}, {"public": "zz"}, {"proof": ""}, {"more": "x"}],
)
def test_what_is_no_request_is_refused(place: Place, changes: dict[str, str]) -> None:
    answer = ask(place, invited(place), Ed25519PrivateKey.generate(), **changes)
    assert answer.status_code == 400


def test_the_code_is_kept_nowhere(place: Place) -> None:
    code = invited(place)
    kept = b"".join(path.read_bytes() for path in place.folder.glob("central.db*"))
    assert code.encode() not in kept
    assert place.count(invitation) == 1


def test_where_no_passes_are_made_nobody_gets_one(place: Place) -> None:
    code = invited(place)
    (place.folder / KEY).rename(place.folder / "away")
    answer = ask(place, code, Ed25519PrivateKey.generate())
    (place.folder / "away").rename(place.folder / KEY)
    assert (answer.status_code, answer.json()) == (403, {"error": "E_NO_ISSUER"})


def test_the_page_may_run_its_own_scripts_and_nothing_else(place: Place) -> None:
    for file in ("", "phone.js", "sw.js", "qrcode.mjs", "manifest.webmanifest", "LICENSES"):
        answer = requests.get(f"{place.url}/phone/{file}", timeout=5)
        assert answer.status_code == 200, file
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
    assert requests.get(f"{place.url}/phone/..%2fdesk.css", timeout=5).status_code == 404


def test_a_phone_that_lost_the_answer_gets_the_same_pass_again(place: Place) -> None:
    code, key = invited(place), Ed25519PrivateKey.generate()
    first, again = ask(place, code, key), ask(place, code, key)
    assert again.status_code == 200
    assert again.json()["credential"] == first.json()["credential"]
    assert place.count(issued) == 1


def test_a_key_holds_one_pass_only(place: Place) -> None:
    key = Ed25519PrivateKey.generate()
    assert ask(place, invited(place), key).status_code == 200
    again = ask(place, invited(place), key)
    assert (again.status_code, again.json()) == (403, {"error": "E_HOLDER_REUSED"})
    assert place.count(issued) == 1


def test_an_invitation_ends_after_five_wrong_proofs(place: Place) -> None:
    spared, burnt, wrong = invited(place), invited(place), "00" * 64
    for code, tries in ((spared, 4), (burnt, 5)):
        for _ in range(tries):
            said = ask(place, code, Ed25519PrivateKey.generate(), proof=wrong).json()
            assert said == {"error": "E_HOLDER_SIG"}
    assert ask(place, burnt, Ed25519PrivateKey.generate()).json() == {"error": "E_INVITATION"}
    assert ask(place, spared, Ed25519PrivateKey.generate()).status_code == 200


@pytest.mark.parametrize(
    ("sub", "label"), [("KX3M2P7", ""), ("00000007", ""), ("KX3M2P7Q", "Zhang San")]
)
def test_nobody_is_invited_to_a_pass_that_no_gate_takes(
    place: Place, sub: str, label: str
) -> None:
    now_s = int(time.time())
    wanted = Wanted(sub, PassKind.PHONE, 7, label, now_s, now_s + DAY_S)
    with pytest.raises(ConfigError), writing(place.engine) as db:
        invite(db, wanted, by="lin", now_ms=now_s * 1000)
    assert place.count(invitation) == 0


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_request_that_drips_or_breaks_off_is_no_fault_of_the_server(
    office: Office, is_cut: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with served(office) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as line:
            head = "POST /v1/phone HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\n\r\n{"
            line.sendall(head.encode())
            if not is_cut:
                assert b" 400 " in line.recv(100)
        assert requests.post(f"{url}/v1/phone", data=b"{}", timeout=5).status_code == 400
    assert "Exception in ASGI" not in caplog.text


# The tests share one server, so what fills its list of refusals stands last.
def test_whoever_guesses_is_made_to_wait(place: Place) -> None:
    key = Ed25519PrivateKey.generate()
    codes = {ask(place, secrets.choice("abc") * 26, key).status_code for _ in range(70)}
    assert codes == {403, 503}


def test_strangers_do_not_make_an_invited_phone_wait(place: Place) -> None:
    for _ in range(61):
        requests.post(f"{place.url}/v1/phone", data=b"junk", timeout=5)
        ask(place, "a" * 26, Ed25519PrivateKey.generate())
    assert ask(place, invited(place), Ed25519PrivateKey.generate()).status_code == 200
