"""Two real kiosks and a central: one volunteer for two gates, each told through central."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.central import authority
from kiosk.passes.issue import read_public
from kiosk.register.staff_pins import StaffPins
from kiosk.runtime.demo_volunteer import PIN, VOLUNTEER
from kiosk.simulate.camera import Scene
from kiosk.simulate.town import Person
from kiosk.sync.identity import make_identity
from tests.central.office import Office
from tests.central.test_real_kiosk import Server
from tests.lane.rig import Rig, open_rig, until

pytestmark = pytest.mark.timeout(120)
WITHIN_S = 45.0  # ten between two questions, a push, and a machine that others use too
WINTER: dict[str, Any] = {"placement": "outdoors", "outdoor_c": -15.0}


@dataclass
class Community:
    """A south and a north gate, bound to one central."""

    south: Rig
    north: Rig
    office: Office


@pytest.fixture
def community(tmp_path: Path) -> Iterator[Community]:
    office = Office(tmp_path / "central")
    server = Server(office)
    with ExitStack() as opened:
        opened.callback(office.close)
        opened.callback(server.shut)
        gates = [
            opened.enter_context(_gate(tmp_path / name, gate, office, server.url))
            for name, gate in (("south", "南门"), ("north", "北门"))
        ]
        yield Community(*gates, office)


def _gate(folder: Path, name: str, office: Office, url: str) -> Any:
    folder.mkdir()
    state = folder / "kept"
    (state / "keys").mkdir(parents=True, mode=0o700)
    make_identity(state / "keys")
    public = read_public(state / "keys/device.pub")
    named = authority.add_device(office.engine, public, name=name, now_ms=0)
    bundle = authority.bundle_of(office.engine, office.authority, named)
    (state / "keys/bundle").write_bytes(bundle)
    StaffPins(state / "keys/staff-pins.json").put(VOLUNTEER, PIN)
    site = {"gate": name, "phone": "0931-1234567"}
    return open_rig(folder, central_url=url, state=state, site=site, thermometer=WINTER)


def post(rig: Rig, what: str, body: dict[str, Any]) -> requests.Response:
    return requests.post(f"{rig.site.screen_url}/staff/{what}", json=body, timeout=5)


def duty(rig: Rig) -> dict[str, Any]:
    return dict(rig.staff.view.get("duty", {}))


def other(rig: Rig) -> dict[str, Any]:
    others = duty(rig).get("others", [])
    return dict(others[0]) if others else {}


def test_one_volunteer_keeps_two_gates(community: Community) -> None:
    south, north = community.south, community.north
    assert until(lambda: other(south).get("gate") == "北门" and bool(other(north)), WITHIN_S)
    assert duty(north)["phone"] == "0931-1234567", "nobody is here: there is a telephone"
    assert post(south, "cover", {"gate": "北门", "is_on": True}).status_code == 403
    assert post(south, "sign-on", {"pin": PIN}).status_code == 200
    assert until(lambda: south.staff.view.get("staff") == VOLUNTEER)
    assert post(south, "cover", {"gate": "西门", "is_on": True}).status_code == 409
    assert post(south, "cover", {"gate": "北门", "is_on": True}).status_code == 200

    assert until(lambda: "南门" in json.dumps(duty(north)["now"], ensure_ascii=False), WITHIN_S)
    assert duty(north)["now"]["level"] == "ok", "the north gate names whom to call"

    _somebody_comes(north, north.next_person())
    assert until(lambda: bool(other(south).get("waiting")), WITHIN_S), other(south)
    assert other(south)["waiting"][0] == "1 人等候"
    assert other(south)["is_ours"]

    assert post(south, "sign-off", {}).status_code == 200
    assert until(lambda: duty(north)["now"]["level"] == "warn", WITHIN_S)
    assert duty(south)["sheet"]["is_taken"] is False


def _somebody_comes(rig: Rig, person: Person) -> None:
    """Hold a pass up and stay, so that the gate waits for staff with a thermometer."""
    rig.ends.camera.show(Scene.card(rig.street.pass_of(person)))
    rig.wait_for_page("staff_measures")
