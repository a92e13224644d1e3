"""The benches of a big community, small: they come to an end, and their reports are right."""

import json

import pytest
from click.testing import CliRunner

from kiosk.bench.register import make_rows, to_text
from kiosk.cli import cli
from kiosk.register.residents import NoTable, read_residents

pytestmark = pytest.mark.timeout(300)


def run(*arguments: str, may_be_slow: bool = False) -> dict[str, object]:
    done = CliRunner().invoke(cli, ["bench", *arguments, "--json"])
    assert done.exit_code == 0 or (may_be_slow and done.exit_code == 1), done.output
    return dict(json.loads(done.output))


def test_every_planted_mistake_of_a_table_is_reported_and_no_other_row() -> None:
    figures = run("register", "--residents", "2500")
    assert figures["mistakes"] == figures["xlsx_refused"] == figures["csv_refused"] == 5


def test_a_replay_judges_every_entry() -> None:
    figures = run("replay", "--entries", "3000", "--residents", "900")
    assert figures["judged"] == 3000 and 0 < int(str(figures["otherwise"])) < 3000


def test_a_look_up_and_a_step_are_measured() -> None:
    asked = ("--residents", "200", "--passages", "2000", "--asked", "200")
    figures = run("rules", *asked, may_be_slow=True)  # tests share the processors
    assert 0 < float(str(figures["facts_p50_ms"])) < float(str(figures["step_p99_ms"]))


def test_a_hundred_thousand_rows_are_reported_one_by_one_and_more_are_refused() -> None:
    rows, planted = make_rows(100_000)
    residents = read_residents(to_text(rows))
    assert residents.rows == 100_000
    assert {row.line for row in residents.refused} == {number + 1 for number in planted}
    assert len(residents.households) == 50_000
    with pytest.raises(NoTable, match="more than 100020 rows"):
        read_residents(to_text([*rows, *rows[:100]]))
