"""`kiosk pass issuers`: keys are rotated, retired and burnt in the office, by the root."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import cli
from kiosk.passes.issue import read_public
from kiosk.passes.trust import KeyStatus, TrustList, read_trust


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    assert run("pass", "keygen", folder, "--community", "demo").exit_code == 0
    return folder


def issuers(keys: Path, *options: str) -> Result:
    return run("pass", "issuers", keys, *options)


def held(keys: Path) -> TrustList:
    trust = read_trust((keys / "trust").read_bytes(), read_public(keys / "root.pub"))
    assert isinstance(trust, TrustList), trust
    return trust


def issued(keys: Path, name: str = "issuer", *, starts: datetime | None = None) -> str:
    more = [] if starts is None else ["--starts", f"{starts:%Y-%m-%dT%H:%M:%SZ}"]
    key = ("--key", keys / f"{name}.key", "--community", "demo", "--grid", 1)
    return run("pass", "issue", *key, *more).output.strip()


def outcome(keys: Path, text: str) -> str:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"  # as by a clock that is trusted
    lists = ("--trust", keys / "trust", "--at", at)
    told = run("pass", "verify", text, *lists, "--json").output
    return str(json.loads(told)["outcome"])


def kid(keys: Path) -> str:
    (only,) = held(keys).keys
    return only.hex()


def test_without_a_change_it_shows_who_may_sign_until_when(keys: Path) -> None:
    before = (keys / "trust").read_bytes()
    told = issuers(keys)
    assert told.exit_code == 0
    assert kid(keys) in told.output and "active" in told.output
    assert (keys / "trust").read_bytes() == before


def test_a_key_is_rotated_and_the_cards_in_pockets_count_on(keys: Path) -> None:
    old, first = issued(keys), kid(keys)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert issuers(keys, "--new", "issuer-2").exit_code == 0
    assert outcome(keys, issued(keys, "issuer-2")) == outcome(keys, old) == "OK"
    assert outcome(keys, issued(keys, starts=tomorrow)) == "E_NOT_YET"
    done = issuers(keys, "--retire", first)
    assert done.exit_code == 0
    assert "central trust" in done.output
    assert outcome(keys, old) == "OK"
    assert outcome(keys, issued(keys, starts=tomorrow)) == "E_KEY_WINDOW"
    assert held(keys).seq == 3
    assert held(keys).keys[bytes.fromhex(first)].status is KeyStatus.VERIFY_ONLY


def test_a_burnt_key_signs_nothing_any_more_and_a_dropped_one_is_unknown(keys: Path) -> None:
    text, first = issued(keys), kid(keys)
    done = issuers(keys, "--new", "issuer-2", "--burnt", first)
    assert "central allow" in done.output
    assert outcome(keys, text) == "E_KEY_RETIRED"
    assert issuers(keys, "--drop", first.upper()).exit_code == 0
    assert outcome(keys, text) == "E_KID"


def test_central_takes_the_newer_list(keys: Path, tmp_path: Path) -> None:
    state = tmp_path / "central"
    lists = ("--trust", keys / "trust", "--root", keys / "root.pub")
    assert run("central", "init", "--state", state, *lists).exit_code == 0
    assert issuers(keys, "--new", "issuer-2").exit_code == 0
    handed = run("central", "trust", keys / "trust", "--state", state)
    assert "list 2 of demo, 2 keys" in handed.output


@pytest.mark.parametrize(
    "options",
    [
        ["--retire", "00000000"],
        ["--burnt", "xyz"],
        ["--drop", "be5de2"],
        ["--new", "issuer"],
        ["--new", "../x"],
        ["--new", ""],
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(keys: Path, options: list[str]) -> None:
    before = {path: path.read_bytes() for path in keys.iterdir()}
    command = [sys.executable, "-m", "kiosk", "pass", "issuers", str(keys), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr and "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in keys.iterdir()} == before


def test_seventeen_keys_are_too_many_and_the_sixteen_stay(keys: Path) -> None:
    for number in range(2, 17):
        assert issuers(keys, "--new", f"issuer-{number}").exit_code == 0
    assert issuers(keys, "--new", "issuer-17").exit_code != 0
    assert len(held(keys).keys) == 16
    assert not (keys / "issuer-17.key").exists()


@pytest.mark.parametrize("damage", [b"", b"\0" * 40])
def test_a_damaged_list_is_named(keys: Path, damage: bytes) -> None:
    (keys / "trust").write_bytes(damage)
    command = [sys.executable, "-m", "kiosk", "pass", "issuers", str(keys), "--new", "x"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert "E_TL_PROFILE" in done.stderr
    assert not (keys / "x.key").exists()
