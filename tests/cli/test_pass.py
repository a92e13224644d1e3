"""`kiosk pass`: keys are never written over, texts get the answer of the gate."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli.passes import command


def _run(*arguments: object, given: bytes | None = None) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], input=given)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the keys of a site."""
    folder = tmp_path / "keys"
    assert _run("keygen", folder, "--community", "demo").exit_code == 0
    return folder


def _issue(keys: Path, *options: str) -> str:
    key = keys / "issuer.key"
    done = _run("issue", "--key", key, "--community", "demo", "--grid", "12", *options)
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_what_is_issued_verifies(keys: Path) -> None:
    done = _run("verify", _issue(keys, "--label", "张*明"), "--trust", keys / "trust")
    told = json.loads(done.output)
    assert done.exit_code == 0
    assert (told["outcome"], told["grid"], told["label"]) == ("OK", 12, "张*明")


def test_a_full_name_is_masked_before_it_is_signed(keys: Path) -> None:
    done = _run("verify", _issue(keys, "--label", "张小明"), "--trust", keys / "trust")
    assert json.loads(done.output)["label"] == "张*明"


def test_private_keys_are_their_owners_alone_and_never_written_over(keys: Path) -> None:
    for name in ("root.key", "issuer.key"):
        assert stat.S_IMODE((keys / name).stat().st_mode) == 0o600
    before = (keys / "root.key").read_bytes()
    assert _run("keygen", keys, "--community", "demo").exit_code != 0
    assert (keys / "root.key").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--at", "2020-01-01"], "E_NOT_YET"),
        (["--at", "2040-01-01"], "E_EXPIRED"),
    ],
)
def test_a_refusal_is_its_code_and_exit_1(keys: Path, options: list[str], code: str) -> None:
    done = _run("verify", _issue(keys), "--trust", keys / "trust", *options)
    assert (done.output.strip(), done.exit_code) == (code, 1)


def test_without_a_list_no_key_is_known(keys: Path, tmp_path: Path) -> None:
    done = _run("verify", _issue(keys), "--state", tmp_path / "nothing", "--json")
    assert (json.loads(done.output), done.exit_code) == ({"outcome": "E_KID"}, 1)


def test_a_list_of_another_root_is_named(keys: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert _run("keygen", other, "--community", "demo").exit_code == 0
    arguments = ["verify", "x", "--trust", keys / "trust", "--root", other / "root.pub"]
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "pass", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 78
    assert "root.pub" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stream_of_texts_gets_a_line_each_whatever_its_bytes(keys: Path) -> None:
    good = _issue(keys).encode()
    given = good + b"\r\n\n" + bytes(range(128, 256)) + b"\n" + b"GP1:" + b"A" * 20_000
    done = _run("verify", "-", "--trust", keys / "trust", given=given)
    told = [json.loads(line)["outcome"] for line in done.output.splitlines()]
    assert told[:3] == ["OK", "E_EMPTY", "E_PREFIX"]
    assert set(told[3:]) <= {"E_LENGTH", "E_PREFIX"}
    assert done.exit_code == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--label", "a name that is far too long"],
        ["--label", "=1+1"],
        ["--sub", "no"],
        ["--grid", "99999"],
        ["--days", "4000"],
    ],
)
def test_what_no_gate_would_take_is_not_issued(keys: Path, options: list[str]) -> None:
    arguments = ["issue", "--key", keys / "issuer.key", "--community", "demo", "--grid", 1]
    done = _run(*arguments, *options)
    assert done.exit_code != 0
    assert "GP1:" not in done.output
