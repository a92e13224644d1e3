"""Fevers and incidents at the gate: what opens one, what staff may do, what ends one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import matters
from kiosk.core.machine import Idle, step
from kiosk.core.matters import (
    Act,
    CaseState,
    CaseWord,
    Matter,
    MatterKind,
    MatterNow,
    Matters,
)
from kiosk.core.matters_acts import closed_by
from kiosk.core.messages import RecordEntry, Show
from kiosk.core.messages_staff import IncidentCalled, MatterActed
from kiosk.core.rules import Rules
from kiosk.core.words import (
    Decision,
    Direction,
    Entry,
    EntryKind,
    Facts,
    Granted,
    Reading,
    Reason,
    Recorded,
    Referred,
    Source,
)
from kiosk.timing import ClockState, Stamp

LANE = Facts("南门", Direction.IN)
UTC_0 = datetime(2027, 1, 5, tzinfo=UTC)


def at(mono_s: float = 1000.0, boot: str = "boot") -> Stamp:
    return Stamp(mono_s, UTC_0 + timedelta(seconds=mono_s), boot, ClockState.TRUSTED)


def passage(
    seq: int,
    decision: Decision,
    *,
    cti: bytes = b"\1" * 8,
    refers: int | None = None,
    source: Source = Source.INFRARED,
) -> Recorded:
    reading = Reading(36.5, 36.5, 0.1, 1, 999.0, 999.5, None, "", source)
    entry = Entry(
        EntryKind.PASSAGE, at(), UUID(int=7), "南门", Direction.IN, decision, cti, "AB12CD34",
        "张*明", 1, (reading,), staff="wang", refers_to_seq=refers,
    )  # fmt: skip
    return Recorded(entry, seq, b"")


def fever(seq: int = 5, reason: Reason = Reason.ELEVATED, **more: object) -> Recorded:
    return passage(seq, Referred(reason), **more)  # type: ignore[arg-type]


def done(seq: int, event: IncidentCalled | MatterActed) -> Recorded:
    """Return what an event is written down as."""
    _, commands = step(Idle(), event, Rules())
    (record,) = commands
    assert isinstance(record, RecordEntry)
    return Recorded(record.entry, seq, b"")


def called(seq: int = 9, *, running: Matter | None = None, mono_s: float = 1000.0) -> Recorded:
    return done(seq, IncidentCalled(at(mono_s), "wang", LANE, running))


def after(*recorded: Recorded) -> Matters:
    found: Matters = ()
    for one in recorded:
        found = matters.after(found, one)
    return found


@pytest.mark.parametrize("reason", [Reason.ELEVATED, Reason.BORDERLINE, Reason.INCONSISTENT])
def test_a_high_or_doubtful_temperature_opens_a_fever(reason: Reason) -> None:
    (one,) = after(fever(reason=reason))
    assert (one.seq, one.kind, one.reason) == (5, MatterKind.FEVER, reason)


@pytest.mark.parametrize("reason", [r for r in Reason if r not in matters.FEVER_REASONS])
def test_no_other_reason_wakes_the_coordinator(reason: Reason) -> None:
    assert after(fever(reason=reason)) == ()


def test_measured_again_it_is_the_same_fever() -> None:
    (one,) = after(fever(5), fever(6, Reason.BORDERLINE, refers=5), fever(7, refers=6))
    assert one.seq == 5 and one.parts == {6, 7}
    assert len(after(fever(5), fever(6))) == 2


def test_normal_by_contact_ends_the_fever_of_that_person_alone() -> None:
    open_now = after(fever(5), fever(6, cti=b"\2" * 8))
    well = passage(8, Granted(), refers=5, source=Source.TYPED_CONTACT)
    ended = matters.ended_by(open_now, well)
    assert ended is not None and ended.seq == 5
    command = closed_by(ended, well, Rules())
    assert command.entry.kind is EntryKind.FEVER and command.entry.refers_to_seq == 5
    assert [one.is_closed for one in after(fever(5), Recorded(command.entry, 9, b""))] == [True]


@pytest.mark.parametrize("source", [Source.INFRARED, Source.TYPED_WRIST, Source.TYPED_FOREHEAD])
def test_no_other_instrument_ends_a_fever(source: Source) -> None:
    well = passage(8, Granted(), refers=5, source=source)
    assert matters.ended_by(after(fever(5)), well) is None


def test_one_tap_calls_and_shows_nothing_and_needs_nobody_signed_on() -> None:
    event = IncidentCalled(at(), None, LANE)
    state, commands = step(Idle(), event, Rules())
    assert state == Idle() and not any(isinstance(one, Show) for one in commands)
    (one,) = after(done(9, event))
    assert (one.seq, one.kind, one.staff, one.calls) == (9, MatterKind.INCIDENT, None, 1)


def test_a_second_tap_within_a_minute_strengthens_the_first() -> None:
    (first,) = after(called())
    now = [MatterNow(first, is_sent=True, word=CaseWord(9, CaseState.ANSWERED, "lin", 1))]
    assert matters.running_incident(now, at(1060.0)) == first
    assert matters.running_incident(now, at(1060.1)) is None
    (again,) = after(called(), called(10, running=first, mono_s=1050.0))
    assert (again.seq, again.calls) == (9, 2)
    assert matters.running_incident([replace(now[0], matter=again)], at(1110.0)) == again


def test_while_nobody_answers_a_tap_is_about_the_same_incident() -> None:
    (first,) = after(called())
    waiting = [MatterNow(first, is_sent=True)]
    assert matters.running_incident(waiting, at(1000.0 + 1800.0)) == first
    assert matters.running_incident(waiting, at(1000.0 + 1801.0)) is None


def test_a_mistaken_tap_is_taken_back_by_name_alone_and_once() -> None:
    (first,) = after(called())
    event = MatterActed(at(), 9, Act.WITHDRAWN, None, LANE, first)
    assert step(Idle(), event, Rules()) == (Idle(), ())
    (one,) = after(called(), done(10, replace(event, staff="li")))
    assert one.withdrawn_by == "li" and not one.is_closed
    assert step(Idle(), replace(event, staff="li", matter=one), Rules()) == (Idle(), ())


def test_a_fever_is_not_taken_back_and_a_gate_answers_nothing() -> None:
    (one,) = after(fever())
    for act in (Act.WITHDRAWN, Act.CLOSED, Act.CALLED):
        event = MatterActed(at(), 5, act, "li", LANE, one)
        assert step(Idle(), event, Rules()) == (Idle(), ())


def test_what_is_closed_or_old_leaves_the_page() -> None:
    (one,) = after(fever())
    answered = CaseWord(5, CaseState.ANSWERED, "lin", 1)
    closed = CaseWord(5, CaseState.CLOSED, "lin", 1)
    soon, late, next_day = at(1060.0), at(1000.0 + 5 * 3600), at(1001.0 + 24 * 3600)
    assert matters.still_shown(MatterNow(one, is_sent=True, word=answered), soon)
    assert not matters.still_shown(MatterNow(one, is_sent=True, word=closed), soon)
    assert not matters.still_shown(MatterNow(one, is_sent=True, word=answered), late)
    assert matters.still_shown(MatterNow(one, is_sent=True), late)
    assert not matters.still_shown(MatterNow(one, is_sent=True), next_day)


def test_a_fever_of_no_known_time_stays_until_somebody_closes_it() -> None:
    """The gate woke at the time of its last power cut, and learnt the true one later."""
    unsure = replace(at(1000.0), clock=ClockState.UNSURE)
    one = replace(after(fever())[0], at=unsure)
    next_week = at(7 * 86400.0, boot="next")
    assert matters.still_shown(MatterNow(one, is_sent=True), next_week)
    answered_ms = int(next_week.utc.timestamp() * 1000) - 60_000
    answered = CaseWord(5, CaseState.ANSWERED, "wang", answered_ms)
    assert matters.still_shown(MatterNow(one, is_sent=True, word=answered), next_week)
    closed = CaseWord(5, CaseState.CLOSED, "wang")
    assert not matters.still_shown(MatterNow(one, is_sent=True, word=closed), next_week)


def test_an_age_outlives_a_restart() -> None:
    assert matters.age_s(at(1000.0), at(1600.0, boot="other")) == 600.0


ENTRIES = st.lists(
    st.sampled_from(["fever", "again", "withdrawn", "closed", "called", "well"]), max_size=12
)


@given(ENTRIES, st.data())
def test_any_day_folds_to_matters_that_are_in_order_and_bounded(
    day: list[str], data: st.DataObject
) -> None:
    found: Matters = ()
    for seq, what in enumerate(day * 3, 1):
        about = data.draw(st.integers(0, seq))
        written = {
            "fever": lambda: fever(seq, refers=about or None),  # noqa: B023
            "well": lambda: passage(seq, Granted(), source=Source.TYPED_CONTACT),  # noqa: B023
            "called": lambda: called(seq),  # noqa: B023
        }.get(what)
        made = written() if written else _acted(seq, Act(what), about)
        found = matters.after(found, made)
        seqs = [one.seq for one in found]
        assert seqs == sorted(set(seqs)) and len(seqs) <= matters.MATTERS_MAX
        for one in found:
            assert min(one.parts, default=one.seq + 1) > one.seq
            assert not (one.kind is MatterKind.FEVER and one.withdrawn_by)
            assert not (one.kind is MatterKind.INCIDENT and one.is_closed)


def _acted(seq: int, act: Act, about: int) -> Recorded:
    entry = called(seq).entry
    return Recorded(
        replace(entry, refers_to_seq=about, details=(("act", act.value),)), seq, b""
    )
