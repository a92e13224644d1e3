"""`kiosk rules`: a file is judged before a community lives by it."""

from pathlib import Path

from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.cli import cli
from kiosk.config import StateDir
from kiosk.core.rules import Rules
from kiosk.rulebook.envelope import sign_rules
from kiosk.rulebook.reading import read_rules
from kiosk.sync.rules_kept import RulesStore
from kiosk.timing import ManualClock
from kiosk.wire.bundle import Bundle, encode_bundle


def test_every_mistake_is_on_stderr_and_the_answer_is_no(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 0\nquotas: [{per: person, trips: -1, days: 1}]\n")
    result = CliRunner().invoke(cli, ["rules", "check", str(file)])
    assert result.exit_code == 1
    assert "rules.version: 0 is below 1" in result.stderr
    assert "rules.quotas[0].trips: -1 is below 0" in result.stderr
    assert result.stdout == ""


def test_a_good_file_is_called_good(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 4\nname: 封闭管理\n", "utf-8")
    result = CliRunner().invoke(cli, ["rules", "check", str(file)])
    assert (result.exit_code, result.stdout) == (0, "version 4, 封闭管理: good\n")


def test_a_preset_is_shown_whole_and_can_be_read_again() -> None:
    result = CliRunner().invoke(cli, ["rules", "show", "closed"])
    assert result.exit_code == 0
    assert read_rules(result.stdout).name == "closed"


def test_a_file_that_is_not_there_is_a_wrong_word_on_the_line() -> None:
    assert CliRunner().invoke(cli, ["rules", "check", "/nowhere.yaml"]).exit_code == 2


def show(folder: Path, config: str) -> str:
    (folder / "config.yaml").write_text(config, "utf-8")
    args = ["rules", "show", "--config", str(folder / "config.yaml"), "--state", str(folder)]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_gate_of_its_own_shows_the_rules_of_its_file(tmp_path: Path) -> None:
    assert read_rules(show(tmp_path, "rules: {file: closed}")).name == "closed"
    assert read_rules(show(tmp_path, "")) == Rules()


def test_a_gate_shows_the_rules_that_central_sent_and_what_waits(tmp_path: Path) -> None:
    state, key = StateDir(tmp_path), Ed25519PrivateKey.generate()
    state.make()
    public = key.public_key().public_bytes_raw()
    (state.keys / "bundle").write_bytes(encode_bundle(Bundle("d", "s", public, "lanyuan")))
    kept = RulesStore(state.lists / "rules", community="lanyuan", clock=ManualClock())
    kept.open(public)
    texts = {3: "version: 3\nname: now", 4: "version: 4\nfrom: 2099-01-01 06:00"}
    signed = tuple(
        sign_rules(text, community="lanyuan", version=version, issued_s=1, status=key)
        for version, text in texts.items()
    )
    assert kept.take(signed) == ""
    told = show(tmp_path, "site: {community: lanyuan}\ncentral: {url: 'https://a.example'}")
    assert read_rules(told).name == "now"
    assert told.endswith("# version 4 waits until 2099-01-01 06:00\n")
