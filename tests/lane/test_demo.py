"""The demo: a visitor plays a resident, and the script's verdict can be "no"."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli.demo import command
from kiosk.errors import KioskError
from kiosk.runtime.demo_faults import DemoOptions, FaultPlan
from kiosk.runtime.demo_page import Playground
from kiosk.runtime.demo_stage import Stage, open_stage

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    options = DemoOptions(seed=1, reader="auto", folder=tmp_path / "demo", faults=FaultPlan())
    with ExitStack() as opened:
        yield open_stage(options, opened)


def test_a_visitor_plays_people_and_breaks_things(stage: Stage) -> None:
    playground = Playground(stage)
    wish = {"story": "good", "shows": "phone", "warmth": "normal"}
    assert playground.come(wish) == {"page": "pass_in", "opened": True}
    assert playground.come({**wish, "story": "again"})["page"] == "second_scan"
    assert playground.come({**wish, "story": "forged"}) == {"page": "hold", "opened": False}
    assert playground.come({**wish, "warmth": "fever"}) == {"page": "fever", "opened": False}
    playground.break_things({"thermometer_noise": True})
    assert playground.come(wish) == {"page": "therm_down", "opened": False}
    with pytest.raises(KeyError):
        playground.come({"story": "good"})


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    options = DemoOptions(seed=1, reader="auto", folder=tmp_path, faults=FaultPlan())
    with ExitStack() as opened, pytest.raises(KioskError, match="not empty"):
        open_stage(options, opened)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_fault_that_is_none_is_refused_before_anything_starts() -> None:
    done = CliRunner().invoke(command, ["--people", "1", "--fault", "moon:down=0-50%"])
    assert done.exit_code == 2
    assert "moon:down" in done.output
