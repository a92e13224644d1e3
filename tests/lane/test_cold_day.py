"""A winter day on a real kiosk: staff sign on, measure, type; the entry says who did."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.words import PassKind
from kiosk.journal.outbox import open_outbox
from kiosk.passes.claims import Claims
from kiosk.passes.issue import issue, new_cti
from kiosk.register.staff_pins import StaffPins
from kiosk.runtime.demo_people import visit
from kiosk.runtime.demo_site import COMMUNITY, DAY_S, RELAY_PIN
from kiosk.runtime.demo_volunteer import PIN, VOLUNTEER
from kiosk.simulate.camera import Scene
from kiosk.wire import WireEntry, decode_entry
from tests.lane.rig import Rig, open_rig, until

pytestmark = pytest.mark.timeout(120)
WINTER: dict[str, Any] = {"placement": "outdoors", "outdoor_c": -15.0}


def entries(rig: Rig) -> list[WireEntry]:
    with closing(open_outbox(rig.site.state / "journal.db")) as outbox:
        return [decode_entry(row.body) for row in outbox.pending(0, 100, 100_000)]


def has_opened(rig: Rig) -> bool:
    return any(level and pin == RELAY_PIN for _, pin, level in rig.ends.gate.pulses())


def test_a_volunteer_types_a_wrist_and_the_entry_says_who_and_with_what(
    tmp_path: Path,
) -> None:
    with open_rig(tmp_path, thermometer=WINTER) as rig:
        StaffPins(rig.site.state / "keys/staff-pins.json").put(VOLUNTEER, PIN)
        rig.wait_for_page("idle")
        seen = visit(rig.street, rig.next_person())
        assert (seen.page, seen.opened) == ("pass_in", True)
        duty, passage = entries(rig)
        assert (duty.kind, duty.staff, duty.trace) == ("duty", VOLUNTEER, ("duty:on",))
        assert (passage.decision, passage.staff) == ("granted", VOLUNTEER)
        assert [(r[1], r[7]) for r in passage.readings] == [(3640, "typed_wrist")]
        assert "temperature" not in rig.kiosk.log_path.read_text("utf-8")


def test_staff_can_end_a_case_that_the_broken_thermometer_left_open(tmp_path: Path) -> None:
    with open_rig(tmp_path) as rig:
        StaffPins(rig.site.state / "keys/staff-pins.json").put(VOLUNTEER, PIN)
        rig.wait_for_page("idle")
        rig.ends.thermometer.silence(True)
        assert until(lambda: "thermometer_silent" in rig.staff.faults())
        seen = visit(rig.street, rig.next_person())
        assert (seen.page, seen.opened) == ("therm_down", False)
        rig.street.volunteer.measure(36.4)
        assert until(lambda: has_opened(rig))
        referred, _, granted = entries(rig)
        assert (referred.reason, granted.decision) == ("thermometer", "granted")
        assert (granted.refers_to_seq, granted.cti) == (referred.seq, referred.cti)


def test_a_duty_card_at_the_camera_signs_its_holder_on(tmp_path: Path) -> None:
    with open_rig(tmp_path, thermometer=WINTER) as rig:
        rig.wait_for_page("idle")
        now_s = rig.site.now_s
        claims = Claims(
            iss=COMMUNITY,
            sub="STAFF007",
            exp_s=now_s + DAY_S,
            nbf_s=now_s - DAY_S,
            cti=new_cti(),
            kind=PassKind.STAFF,
            grid=11,
            label="",
        )
        rig.ends.camera.show(Scene.card(issue(claims, rig.site.issuer)))
        rig.wait_for_page("on_duty")
        assert until(lambda: rig.staff.view.get("staff") == "STAFF007")
        assert not has_opened(rig)
        (duty,) = entries(rig)
        assert (duty.kind, duty.staff, duty.decision) == ("duty", "STAFF007", None)
