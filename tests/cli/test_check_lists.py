"""`kiosk check` says how old the list of withdrawn passes is, and when it is none."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.bench.lists import command as bench
from kiosk.cli import cli
from kiosk.cli.check_words import WORDS
from kiosk.passes.revocation import make_revocations
from kiosk.sync.identity import device_id, make_identity
from kiosk.sync.list_store import ListStore
from kiosk.wire import SyncReply
from tests.sync.far_central import STATUS_KEY
from tests.sync.rig import COMMUNITY, bind

CONFIG = f"""site: {{community: {COMMUNITY}}}
central: {{url: "http://127.0.0.1:9"}}
gate: {{pins: none}}
thermometer: {{model: none}}
"""
HOUR_S = 3600


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    (state / "lists").mkdir(parents=True)
    make_identity(state / "keys")
    bind(state / "keys", device_id(state / "keys"))
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    return state


def row(state: Path, config: str | None = None) -> dict[str, str]:
    file = state.parent / "config.yaml"
    if config is not None:
        file.write_text(config, "utf-8")
    arguments = ["check", "--config", str(file), "--state", str(state), "--json"]
    result = CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(cli, arguments)
    rows = json.loads(result.stdout)["checks"]
    return next((found for found in rows if found["part"] == "revoked"), {})


def take(state: Path, *, age_h: float) -> None:
    issued_s = int(time.time() - age_h * HOUR_S)
    message = make_revocations(
        [b"pass-001", b"pass-002"],
        community=COMMUNITY,
        seq=7,
        issued_s=issued_s,
        next_s=issued_s + 24 * HOUR_S,
        status=STATUS_KEY,
    )
    store = ListStore(state / "lists", community=COMMUNITY, keys=state / "keys")
    assert store.take(SyncReply("", 1, 0, revocations=message)) == {}


def test_age_and_count_of_the_list_are_told(state: Path) -> None:
    take(state, age_h=3)
    told = row(state)
    assert (told["code"], told["state"], told["detail"]) == ("revoked.ok", "ok", "2, 3 h")


def test_list_older_than_a_day_is_a_warning(state: Path) -> None:
    take(state, age_h=25)
    told = row(state)
    assert (told["code"], told["state"], told["detail"]) == ("revoked.stale", "warn", "2, 25 h")


def test_missing_and_damaged_lists_are_told_apart(state: Path) -> None:
    assert row(state)["code"] == "revoked.none"
    take(state, age_h=1)
    file = state / "lists" / "revoked"
    file.write_bytes(file.read_bytes()[:-1])
    told = row(state)
    assert told["code"] == "revoked.damaged" and str(file) in told["detail"]


def test_gate_without_central_is_told_that_nothing_can_be_withdrawn(state: Path) -> None:
    alone = "gate: {pins: none}\nthermometer: {model: none}\n"
    assert row(state, alone)["code"] == "revoked.alone"


def test_kiosk_that_is_not_bound_has_no_line_of_lists(state: Path) -> None:
    (state / "keys" / "bundle").unlink()
    assert row(state) == {}
    (state / "keys" / "bundle").write_bytes(b"no bundle")
    assert row(state) == {}


def test_every_code_of_the_lists_has_its_words() -> None:
    codes = {"ok", "alone", "none", "damaged", "stale"}
    assert {f"revoked.{code}" for code in codes} <= set(WORDS)


def test_bench_of_lists_finds_every_revoked_pass_and_no_other() -> None:
    arguments = ["--json", "--passes", "2000", "--revoked", "500"]
    report = json.loads(CliRunner().invoke(bench, arguments).stdout)
    assert report["list"]["wrong"] == report["json"]["wrong"] == 0
    assert report["list"]["load_ms"] > 0 and report["list"]["file_kb"] == 4
    too_many = CliRunner().invoke(bench, ["--passes", "10", "--revoked", "11"])
    assert too_many.exit_code == 2
