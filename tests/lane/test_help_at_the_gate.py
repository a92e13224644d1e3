"""Somebody needs a person, or holds up a code that nothing reads: a whole kiosk answers."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import segno

from kiosk.core.messages_screen import Hint
from kiosk.runtime.demo_children import run_command
from kiosk.runtime.demo_people import visit
from kiosk.runtime.demo_volunteer import PIN, VOLUNTEER
from kiosk.simulate.camera import Scene
from tests.lane.rig import Rig, open_rig, until

pytestmark = pytest.mark.timeout(120)


def torn() -> segno.QRCode:
    """A code whose inside was wetted: its three corners stand, its text is gone."""
    code = segno.make_qr("HC1:" + "6BFOXN%TSMAHN" * 12, error="m", boost_error=False)
    chance = random.Random(5)
    for row in code.matrix[14:-14]:
        row[14:-14] = bytes(chance.randrange(2) for _ in row[14:-14])
    return code


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with open_rig(Path(tmp_path_factory.mktemp("gate"))) as rig:
        run_command("staff", "pin", VOLUNTEER, "--pin", PIN, "--state", rig.site.state)
        rig.wait_for_page("idle")
        yield rig


def look(rig: Rig) -> dict[str, Any]:
    """Return the resident's page as it stands."""
    with requests.get(f"{rig.site.screen_url}/events", stream=True, timeout=5) as answer:
        for line in answer.iter_lines(chunk_size=1):
            if line.startswith(b"data:"):
                return dict(json.loads(line[5:]))
    raise AssertionError("the stream ended")


def post(rig: Rig, path: str, body: dict[str, str]) -> int:
    return requests.post(f"{rig.site.screen_url}{path}", json=body, timeout=5).status_code


def test_a_press_is_told_to_staff_until_somebody_went(rig: Rig) -> None:
    assert post(rig, "/help", {}) == 200
    rig.wait_for_page("help")
    assert until(lambda: bool(rig.staff.view.get("help")))
    assert look(rig)["help"]["is_called"]
    assert post(rig, "/staff/sign-on", {"pin": PIN}) == 200
    assert until(lambda: bool(rig.staff.view.get("staff")))
    assert until(lambda: look(rig)["help"]["zh"] == "工作人员马上就来")
    assert post(rig, "/staff/help-answered", {}) == 200
    assert until(lambda: rig.staff.view.get("help") is None)
    assert not look(rig)["help"]["is_called"]
    assert {"help.asked", "help.ended"} <= set(rig.log_events())


def test_a_code_that_nobody_can_read_gets_a_hint_and_a_good_one_ends_it(rig: Rig) -> None:
    rig.wait_for_page("idle")
    rig.ends.camera.show(Scene.symbol(torn()))
    rig.wait_for_page("qr_hard")
    assert look(rig)["hint"] in {hint.value for hint in Hint}
    rig.ends.camera.show(Scene.nobody())
    seen = visit(rig.street, rig.next_person())
    assert (seen.page, seen.opened) == ("pass_in", True)
    assert "code.unreadable" in rig.log_events()
