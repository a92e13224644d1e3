"""`kiosk pass verify` answers each row of the hostile corpus as the gate does."""

import json
import re
from pathlib import Path

import cbor2
import pytest
from click.testing import CliRunner

from kiosk.cli.passes import command
from kiosk.core.words import Refusal
from kiosk.passes import base45, cose
from kiosk.passes.revocation import make_revocations
from kiosk.passes.trust import KeyStatus, TrustedKey, make_key, make_trust
from kiosk.wire import Bundle, encode_bundle
from tests.passes.making import (
    ISSUER_KEY,
    ISSUER_PUBLIC,
    NBF_S,
    NOW,
    OTHER,
    ROOT,
    ROOT_PUBLIC,
    VECTOR,
    VECTOR_BYTES,
    payload_of,
    signed,
    text_of,
)
from tests.passes.test_corpus import FORMS, GROUP_ORDER, RAW, SIGNED, STRAIGHT, TEXTS
from tests.passes.test_corpus import TOO_LONG_FORMS as TOO_LONG
from tests.passes.test_phone import CREDENTIAL, NOW_S, OTHER_HOLDER, SHOWN, wrapped

DAY_S = 86_400
STATUS, BURNT = OTHER, ROOT  # any keys that are not the issuer's
REVOKED = b"revoked!"
_BY_OTHER = cose.sign(RAW, OTHER)
_SCALAR = int.from_bytes(VECTOR_BYTES[-32:], "little") + GROUP_ORDER
_PROOF = base45.decode(SHOWN[4:]) or b""

KEYS = {
    "H44 unknown kid": (signed(RAW, OTHER), "E_KID"),
    "H45 retired kid": (signed(RAW, BURNT), "E_KEY_RETIRED"),
    "H46 other key": (text_of(_BY_OTHER[:8] + ISSUER_KEY.kid + _BY_OTHER[12:]), "E_SIG"),
    "H47 zero signature": (text_of(VECTOR_BYTES[:-64] + bytes(64)), "E_SIG"),
    "H48 malleable": (text_of(VECTOR_BYTES[:-32] + _SCALAR.to_bytes(32, "little")), "E_SIG"),
    "H50 payload": (text_of(VECTOR_BYTES.replace(b"KX3M2P7Q", b"KX3M2P7R")), "E_SIG"),
    "H84 revoked": (signed(payload_of(cti=REVOKED)), "E_REVOKED"),
}
DATES = {
    "H82 expired": (signed(payload_of(exp=NBF_S + 9)), "E_EXPIRED"),
    "H83 not yet valid": (signed(payload_of(nbf=NBF_S + DAY_S + 9)), "E_NOT_YET"),
}
PHONES = {
    "C02 a phone": (SHOWN, "OK"),
    "H86 shown bare": ("GP1:" + base45.encode(CREDENTIAL), "E_LENGTH"),
    "H87 31 s old": (wrapped(CREDENTIAL, iat_s=NOW_S - 31), "E_PROOF_TIME"),
    "H88 from the future": (wrapped(CREDENTIAL, iat_s=NOW_S + 31), "E_PROOF_TIME"),
    "H89 replayed": (SHOWN, "E_PROOF_REPLAY"),
    "H90 another key": (wrapped(CREDENTIAL, OTHER_HOLDER), "E_HOLDER_SIG"),
    "H91 paper in GD1": (wrapped(VECTOR_BYTES), "E_CLAIMS"),
    "H92 GD1 in GD1": (wrapped(_PROOF[:180]), "E_PROFILE"),
}
ON_ONE_LINE = {name: row for name, row in TEXTS.items() if "\n" not in row[0]}
ROWS = {"C01 the vector": (VECTOR, "OK")} | PHONES | KEYS | DATES
ROWS |= {n: r for n, r in ON_ONE_LINE.items() if "\ud800" not in r[0]}
ROWS |= {name: (text_of(message), "E_PROFILE") for name, message in FORMS.items()}
ROWS |= {name: (text_of(message), "E_LENGTH") for name, message in TOO_LONG.items()}
ROWS |= {name: (signed(payload), code) for name, (payload, code) in SIGNED.items()}
ROWS["H85 after the window"] = (signed(payload_of(nbf=NBF_S + DAY_S + 100)), "E_KEY_WINDOW")
SMALL = {name: signed(payload) for name, (payload, _) in STRAIGHT.items()}
AT = f"{NOW.utc:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state of a gate: its bundle, and what central sent."""
    burnt = make_key(BURNT.public_key().public_bytes_raw(), iss="lanyuan", from_s=0, to_s=NBF_S)
    retired = TrustedKey(
        burnt.kid, "lanyuan", burnt.public, 0, NBF_S + DAY_S, KeyStatus.COMPROMISED
    )
    wide = make_key(ISSUER_PUBLIC, iss="lanyuan", from_s=NBF_S - 1, to_s=NBF_S + DAY_S + 99)
    trust = make_trust([wide, retired], community="lanyuan", seq=1, issued_s=NBF_S, root=ROOT)
    status = STATUS.public_key().public_bytes_raw()
    bundle = Bundle("0" * 16, "central", status, "south", trust, ROOT_PUBLIC)
    revoked = make_revocations(
        [REVOKED], community="lanyuan", seq=1, issued_s=NBF_S, next_s=NBF_S, status=STATUS
    )
    for name, content in {
        "keys/bundle": encode_bundle(bundle),
        "lists/trust": trust,
        "lists/revoked": cbor2.dumps([revoked, b""]),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def ask(state: Path, text: str, given: str = "") -> tuple[list[str], int]:
    arguments = ["verify", text, "--state", str(state), "--at", AT, "--json"]
    done = CliRunner().invoke(command, arguments, input=given.encode("utf-8", "surrogatepass"))
    told = [json.loads(line)["outcome"] for line in done.output.splitlines()]
    return told, done.exit_code


def test_the_rows_are_all_of_the_corpus() -> None:
    known = {row for name in (*ROWS, *SMALL) for row in re.findall(r"^[CH]\d\d", name)}
    apart = {"H13"}  # a line break, which no line can hold
    wanted = {f"H{number:02}" for number in range(1, 93)} | {"C01", "C02"}
    assert known | apart == wanted
    assert len(wanted) == 94


def test_every_row_gets_its_code_on_standard_input(state: Path) -> None:
    told, exit_code = ask(state, "-", "\n".join(text for text, _ in ROWS.values()) + "\n")
    got = dict(zip(ROWS, told, strict=True))
    assert got == {name: code for name, (_, code) in ROWS.items()}
    assert exit_code == 1


def test_small_rows_reach_their_check_or_die_by_their_size(state: Path) -> None:
    told, _ = ask(state, "-", "\n".join(SMALL.values()) + "\n")
    for name, code in zip(SMALL, told, strict=True):
        assert code in (STRAIGHT[name][1].value, Refusal.LENGTH.value), name


@pytest.mark.parametrize("name", [n for n in {**TEXTS, **ROWS} if n != "H89 replayed"])
def test_a_single_text_gets_its_code_and_exit(state: Path, name: str) -> None:
    text, code = {**TEXTS, **ROWS}[name]
    assert ask(state, text) == ([code], 0 if code == "OK" else 1)


def test_a_stream_is_what_a_gate_sees_one_after_the_other(state: Path) -> None:
    later = wrapped(CREDENTIAL, iat_s=NOW_S + 10)
    told, _ = ask(state, "-", "\n".join([SHOWN, later, SHOWN, later]) + "\n")
    assert told == ["OK", "OK", "E_PROOF_REPLAY", "E_PROOF_REPLAY"]
