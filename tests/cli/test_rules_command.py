"""`kiosk rules`: a file is judged before a community lives by it."""

from pathlib import Path

from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.rulebook.reading import read_rules


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
