"""`kiosk pass verify` answers each row of the hostile corpus as the gate does."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli.passes import command
from kiosk.passes.trust import make_trust
from tests.passes.making import (
    ISSUER_KEY,
    NBF_S,
    NOW,
    ROOT,
    ROOT_PUBLIC,
    VECTOR,
    signed,
    text_of,
)
from tests.passes.test_corpus import FORMS, SIGNED, TEXTS

ROWS = {name: row for name, row in TEXTS.items() if "\n" not in row[0] and row[0].isascii()}
ROWS |= {name: (text_of(message), "E_PROFILE") for name, message in FORMS.items()}
ROWS |= {name: (signed(payload), code) for name, (payload, code) in SIGNED.items()}
ROWS |= {"C01 the vector": (VECTOR, "OK")}


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    message = make_trust([ISSUER_KEY], community="lanyuan", seq=1, issued_s=NBF_S, root=ROOT)
    (tmp_path / "trust").write_bytes(message)
    (tmp_path / "root.pub").write_text(ROOT_PUBLIC.hex())
    return tmp_path / "trust"


def test_every_row_gets_its_code_on_standard_input(trust: Path) -> None:
    given = "\n".join(text for text, _ in ROWS.values()) + "\n"
    at = f"{NOW.utc:%Y-%m-%dT%H:%M:%SZ}"
    done = CliRunner().invoke(
        command, ["verify", "-", "--trust", str(trust), "--at", at], input=given.encode()
    )
    told = [json.loads(line)["outcome"] for line in done.output.splitlines()]
    assert len(ROWS) > 90
    assert dict(zip(ROWS, told, strict=True)) == {
        name: code for name, (_, code) in ROWS.items()
    }
    assert done.exit_code == 1


@pytest.mark.parametrize("name", ["C01 the vector", "H72 label markup", "H05 web address"])
def test_a_single_text_gets_its_code_and_exit(trust: Path, name: str) -> None:
    text, code = next(row for known, row in ROWS.items() if known.startswith(name[:12]))
    at = f"{NOW.utc:%Y-%m-%dT%H:%M:%SZ}"
    done = CliRunner().invoke(
        command, ["verify", text, "--trust", str(trust), "--at", at, "--json"]
    )
    assert json.loads(done.output)["outcome"] == code
    assert done.exit_code == (0 if code == "OK" else 1)
