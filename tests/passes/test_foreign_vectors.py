"""Vectors that nobody here wrote: Wycheproof, the COSE working group, naughty strings."""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest

from kiosk.core.words import Refusal
from kiosk.passes import cose
from kiosk.passes.claims import check_label
from kiosk.passes.text import PREFIX, split
from tests.passes.making import labelled, outcome, signed, text_of

pytestmark = pytest.mark.needs_shared

# Messages that the working group altered after signing them, so that what they say was
# signed is not what they hold; and one whose empty header is a map where the standard
# signs an empty string.
ALTERED = {"sign-fail-02", "sign-fail-03", "sign-fail-04", "sign-fail-06", "sign-fail-07"}
NOT_COMPARABLE = ALTERED | {"sign-pass-01"}


@pytest.fixture
def vectors(shared: Path) -> Path:
    return shared / "data" / "vectors"


def examples(vectors: Path) -> dict[str, dict[str, Any]]:
    files = sorted((vectors / "cose-examples").glob("*.json"))
    return {file.stem.rpartition("_")[2]: json.loads(file.read_text("utf-8")) for file in files}


def test_signature_check_agrees_with_all_verdicts_of_wycheproof(vectors: Path) -> None:
    suite = json.loads((vectors / "wycheproof-ed25519.json").read_text("utf-8"))
    verdicts = [
        (case["tcId"], ours == (case["result"] == "valid"))
        for group in suite["testGroups"]
        for case in group["tests"]
        for ours in [
            cose.verify_signature(
                bytes.fromhex(group["publicKey"]["pk"]),
                bytes.fromhex(case["msg"]),
                bytes.fromhex(case["sig"]),
            )
        ]
    ]
    assert len(verdicts) == 151
    assert [number for number, is_agreed in verdicts if not is_agreed] == []


def test_what_is_signed_is_built_as_the_working_group_builds_it(vectors: Path) -> None:
    compared = 0
    for name, example in examples(vectors).items():
        told = example.get("intermediates", {}).get("ToBeSign_hex")
        message = cbor2.loads(bytes.fromhex(example["output"]["cbor"]))
        parts = message.value if isinstance(message, cbor2.CBORTag) else message
        if told is None or name in NOT_COMPARABLE or len(parts) != 4:
            continue
        external = bytes.fromhex(example["input"]["sign0"].get("external", ""))
        if external:
            continue
        assert cose.to_be_signed(parts[0], parts[2]) == bytes.fromhex(told), name
        compared += 1
    assert compared >= 2


def test_no_example_of_the_working_group_is_a_pass(vectors: Path) -> None:
    messages = {n: bytes.fromhex(e["output"]["cbor"]) for n, e in examples(vectors).items()}
    assert len(messages) == 18
    for name, message in messages.items():
        assert split(message, PREFIX, b"") is Refusal.PROFILE, name
        assert outcome(text_of(message)) in ("E_LENGTH", "E_PROFILE"), name


def test_naughty_strings_are_no_pass_and_hardly_ever_a_label(vectors: Path) -> None:
    strings = json.loads((vectors / "naughty-strings.json").read_text("utf-8"))
    assert len(strings) == 515
    codes = {outcome(text) for text in strings} | {outcome("GP1:" + text) for text in strings}
    assert codes <= {"E_EMPTY", "E_LENGTH", "E_PREFIX", "E_BASE45"}
    harmless = [text for text in strings if text and check_label(text) is None]
    assert all(text.isalpha() or text == "*" for text in harmless), harmless
    assert len(harmless) <= 11
    for text in strings:
        is_label = text == "" or text in harmless
        assert outcome(signed(labelled(text))) in (
            ("OK", "E_LENGTH") if is_label else ("E_LABEL", "E_LENGTH")
        )
