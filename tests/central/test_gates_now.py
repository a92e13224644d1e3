"""Central knows who keeps each gate, tells the other gates, and names one that nobody keeps."""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.central import authority, enrolment, gates_now, page
from kiosk.central.duty_hours import worked
from kiosk.central.intake import Intake
from kiosk.central.roster import set_opening
from kiosk.central.store import reading, writing
from kiosk.core.duty import GateNow, OtherGate
from kiosk.core.duty_roster import Opening
from kiosk.core.words import EntryKind, TraceLine
from kiosk.errors import MessageError
from kiosk.timing import ClockState, Stamp
from kiosk.wire import (
    SyncReply,
    SyncRequest,
    decode_reply,
    decode_request,
    encode_entry,
    encode_reply,
    encode_request,
    next_head,
)
from kiosk.wire.gates import gate_row, others_rows, read_gate, read_others
from tests.central.far_kiosk import UTC_0, FarKiosk
from tests.central.office import Office
from tests.central.test_standing import _ENTRY

NOON_MS = 1_800_000_000_000 - 1_800_000_000_000 % 86_400_000 + 4 * 3_600_000  # 12:00 local


class Clocked:
    """An office whose clock a test moves, and kiosks that report to it."""

    def __init__(self, office: Office) -> None:
        self.office, self.now_ms = office, NOON_MS
        self.intake = Intake(office.engine, office.authority, now_ms=lambda: self.now_ms)
        self.kiosks: dict[str, FarKiosk] = {}

    def hear(self, gate: str, staff: str | None = None, **more: object) -> SyncReply:
        """Let the kiosk of a gate report that all is as it says."""
        if gate not in self.kiosks:
            public = self.office.authority.status.public_key().public_bytes_raw()
            kiosk = self.kiosks[gate] = FarKiosk(self.office.authority.server, public)
            authority.add_device(self.office.engine, kiosk.public, name=gate, now_ms=0)
        kiosk = self.kiosks[gate]
        here = GateNow(gate, staff, **{"since_s": 0, **more})  # type: ignore[arg-type]
        return kiosk.open(self.intake.answer(kiosk.request(here=here)))

    def state(self, gate: str) -> gates_now.Kept:
        with reading(self.office.engine) as db:
            found = gates_now.gates(db, self.now_ms)
        return next(one for one in found if one.gate == gate)


@pytest.fixture
def clocked(office: Office) -> Iterator[Clocked]:
    return Clocked(office)


def names(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.event for r in caplog.records if getattr(r, "event", "").startswith("duty.")]


def test_each_gate_is_told_how_the_others_stand_and_how_old_that_is(clocked: Clocked) -> None:
    assert clocked.hear("南门", "w01", since_s=600).gates == ()
    clocked.now_ms += 7_000
    told = clocked.hear("北门", None, waiting=1, level="bad").gates
    assert told == (OtherGate(GateNow("南门", "w01", 607), 7),)
    told = clocked.hear("南门", "w01", since_s=607).gates
    assert told == (OtherGate(GateNow("北门", None, 0, (), 1, "bad"), 0),)


def test_a_kiosk_that_is_blocked_stands_at_no_gate_any_more(clocked: Clocked) -> None:
    """A broken one that was replaced is not the gate with nobody on duty."""
    clocked.hear("南门", "w01")
    clocked.hear("北门")
    device = clocked.state("北门").device
    with writing(clocked.office.engine) as db:
        enrolment.block_device(db, device, by="li", now_ms=clocked.now_ms)
    assert clocked.hear("南门", "w01").gates == ()
    with reading(clocked.office.engine) as db:
        assert [one.gate for one in gates_now.gates(db, clocked.now_ms)] == ["南门"]


def test_a_gate_with_nobody_is_named_upward_and_one_that_is_covered_is_not(
    clocked: Clocked, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kiosk")
    clocked.hear("南门", "w01")
    clocked.hear("北门", None, since_s=120)
    kept = clocked.state("北门")
    assert (kept.is_attended, kept.unattended_ms) == (False, NOON_MS - 120_000)
    clocked.hear("南门", "w01", covers=("北门",))
    assert clocked.state("北门").covered_by == "南门 w01"
    told = clocked.hear("北门").gates
    assert told is not None and told[0].now.covers == ("北门",), "and knows whom to call"
    clocked.hear("南门", None)
    assert not clocked.state("北门").is_attended
    assert names(caplog) == [
        "duty.unattended", "duty.attended", "duty.unattended", "duty.unattended",
    ]  # fmt: skip
    assert "w01" not in "".join(json.dumps(r.__dict__, default=str) for r in caplog.records)


def test_who_covers_and_is_not_heard_of_any_more_covers_nothing(clocked: Clocked) -> None:
    clocked.hear("南门", "w01", covers=("北门",))
    clocked.hear("北门", None)
    assert clocked.state("北门").is_attended
    clocked.now_ms += gates_now.STALE_MS + 1_000
    clocked.hear("北门", None, since_s=181)
    kept = clocked.state("北门")
    assert not kept.is_attended and kept.unattended_ms is not None


def test_one_volunteer_keeps_both_lanes_of_a_gate(clocked: Clocked) -> None:
    clocked.hear("南门", "w01")
    clocked.kiosks["南门 in"] = clocked.kiosks.pop("南门")
    clocked.hear("南门", None)
    with reading(clocked.office.engine) as db:
        assert all(one.is_attended for one in gates_now.gates(db, clocked.now_ms))


def test_the_page_names_who_keeps_a_gate_and_calls_no_alarm_at_night(
    clocked: Clocked,
) -> None:
    clocked.hear("南门", "w01")
    clocked.hear("北门", None, waiting=2)
    engine = clocked.office.engine
    shown = page.render(engine, now_ms=clocked.now_ms)
    assert "w01，" in shown and "2 人等候" in shown
    assert '<span class="flag">无人值守' in shown
    with writing(engine) as db:
        set_opening(db, "北门", Opening(14 * 60, 16 * 60), by="li", now_ms=clocked.now_ms)
    shown = page.render(engine, now_ms=clocked.now_ms)
    assert "无人值守" in shown and '<span class="flag">无人值守' not in shown


def test_a_kiosk_of_an_older_release_says_nothing_and_is_told_all_the_same(
    clocked: Clocked,
) -> None:
    clocked.hear("南门", "w01")
    old = clocked.office.kiosk
    told = old.open(clocked.intake.answer(old.request())).gates
    assert told == (OtherGate(GateNow("南门", "w01", 0), 0),)


@given(
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text(max_size=30), st.booleans()),
        lambda inner: st.lists(inner, max_size=8),
        max_leaves=20,
    )
)
def test_no_shape_of_gates_is_taken_but_the_right_one(value: object) -> None:
    if not isinstance(value, list):
        return
    with suppress(MessageError):
        assert gate_row(read_gate(value)) == value
    with suppress(MessageError):
        assert others_rows(read_others(value)) == value


def test_how_gates_stand_crosses_the_wire_unchanged() -> None:
    here = GateNow("南门", "w01", 12, ("北门", "东门"), 3, "warn")
    request = SyncRequest(
        "d", "s", 1, "boot", 0, 5, (0,) * 7, b"epoch--1", "bulk", here=here
    )  # fmt: skip
    assert decode_request(encode_request(request)) == request
    reply = SyncReply("d", 1, 5, gates=(OtherGate(replace(here, staff=None), 40),))
    assert decode_reply(encode_reply(reply)) == reply
    assert decode_reply(encode_reply(replace(reply, gates=()))).gates == ()


def test_a_gate_whose_name_has_a_wide_space_is_heard() -> None:
    here = GateNow("东　门", "w01", 12, ("南　门",))
    assert read_gate(gate_row(here)) == here


def test_a_kiosk_that_was_last_heard_of_before_the_clock_was_set_cuts_nobody_off() -> None:
    old = OtherGate(GateNow("北门", None, 60 * 366 * 86_400), 57 * 366 * 86_400)
    told = decode_reply(encode_reply(SyncReply("d", 1, 5, gates=(old,)))).gates
    assert told is not None and told[0].now.gate == "北门"


def test_hours_that_were_worked_are_marked_where_a_clock_was_in_doubt(office: Office) -> None:
    kiosk = office.kiosk

    def write(what: str, staff: str, at_s: float, clock: ClockState) -> None:
        at = Stamp(
            at_s, UTC_0.fromtimestamp(UTC_0.timestamp() + at_s, UTC_0.tzinfo), "b", clock
        )
        entry = replace(
            _ENTRY, kind=EntryKind.DUTY, staff=staff, at=at, gate="南门",
            trace=(TraceLine("duty", what),),
        )  # fmt: skip
        seq = len(kiosk.bodies) + 1
        kiosk.bodies.append(encode_entry(entry, seq=seq, boot_no=1))
        kiosk.heads.append(next_head(kiosk.heads[-1], kiosk.bodies[-1]))

    write("on", "w01", 0, ClockState.UNSURE)
    write("on", "w01", 600, ClockState.UNSURE)
    write("note", "w01", 700, ClockState.UNSURE)
    write("on", "w02", 3600, ClockState.UNSURE)
    write("off", "w02", 7200, ClockState.UNSURE)
    office.send(1, 5)
    with reading(office.engine) as db:
        periods = worked(db, 0, 2**53)
    spans = [(p.staff, ((p.until_ms or 0) - p.from_ms) // 1000, p.is_sure) for p in periods]
    assert spans == [("w01", 3600, False), ("w02", 3600, False)]
