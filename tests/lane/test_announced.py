"""An announcement goes from the desk to a real gate: shown and spoken between two people."""

import json
import shutil
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.runtime.demo_children import run_command
from kiosk.runtime.demo_faults import FaultPlan
from kiosk.runtime.demo_people import visit
from kiosk.runtime.demo_stage import DemoOptions, Stage, open_stage
from kiosk.simulate.town import Person, Shows, Story
from tests.conftest import IS_STRICT
from tests.lane.rig import NORMAL_SKIN_C, until

pytestmark = pytest.mark.timeout(120)

TEXT = "明天上午八点到十点停水，请提前储水。"
SPEAKS = IS_STRICT or shutil.which("espeak-ng") is not None


def person(stage: Stage, number: int) -> Person:
    return Person(number, stage.town.residents[number], Story.GOOD, Shows.CARD, NORMAL_SKIN_C)


def view(stage: Stage) -> dict[str, Any]:
    """What the resident's page is sent now."""
    with requests.get(f"{stage.site.screen_url}/events", stream=True, timeout=5) as answer:
        lines = (line for line in answer.iter_lines(chunk_size=1) if line.startswith(b"data:"))
        found: dict[str, Any] = json.loads(next(lines)[5:])
    return found


def test_it_is_shown_and_spoken_when_nobody_is_there_and_gives_way_to_a_pass(
    tmp_path: Path,
) -> None:
    options = DemoOptions(seed=5, reader="auto", folder=tmp_path / "demo", faults=FaultPlan())
    until_ = f"{datetime.now(timezone(timedelta(hours=8))) + timedelta(days=1):%Y-%m-%d %H:%M}"
    with ExitStack() as opened:
        stage = open_stage(options, opened)
        told = ("--issuer", "居委会", "--until", until_, "--by", "lin")
        run_command(
            "central", "announce", "add", TEXT, *told, "--state", str(stage.site.central)
        )
        assert visit(stage.street, person(stage, 0)).page == "pass_in"
        assert until(lambda: view(stage)["page"] == "announce", 40.0)
        shown = view(stage)
        assert shown["zh"]["line"] == TEXT and "居委会" in shown["strip"]["zh"]
        assert shown["sound"] == ""
        if SPEAKS:
            (url,) = shown["speech"]
            clip = requests.get(stage.site.screen_url + url, timeout=5)
            assert clip.headers["content-type"] == "audio/wav" and len(clip.content) > 50_000
        served = visit(stage.street, person(stage, 1))
        assert served.page == "pass_in" and served.opened
        assert TEXT not in stage.kiosk.log_path.read_text("utf-8")
