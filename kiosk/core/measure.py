"""Samples -> one reading, or the reason why there is none. Pure: no clock, no I/O.

A reading is made from one presence and for one question: whoever stood there while an
earlier question was open can never answer a later one, so two people are never mixed and a
further round needs that the sensor saw nobody in between. What can be no forehead (below
35.5 C, above 42.0 C) is never a reading; what a reading means is for the rules.

The way from skin to body is an offset: a slope below 1 would pull fevers to the middle.
Skin follows the room by 0.15 C per C (own fit on Wang et al. 2023, PhysioNet, 20 to 29 C).
"""

from collections import deque
from dataclasses import dataclass

from kiosk.core.measure_gates import (
    Calibration,
    Conditions,
    Hindrance,
    SensorWatch,
    is_sound,
    place_hindrance,
)
from kiosk.core.measure_pace import Rate
from kiosk.core.measure_presence import Presence
from kiosk.core.measure_window import Settled, settle
from kiosk.core.words import Missing, NoReading, Quality, Reading, Sample

__all__ = ["Calibration", "Conditions", "Measurer", "estimate"]

SETTLE_S = 0.3  # the sensor's lag, and the last of the walking in
TIMEOUT_S = 5.0
LATE_S = 7.0  # for somebody who came just before the time-out; the rules wait 8 s
FOREHEAD_C, SKIN_WARM_C, HOT_C = 34.0, 35.5, 42.0
ROOM_TERM, ROOM_REFERENCE_C, ROOM_TERM_MAX_C = -0.15, 24.0, 0.6
SAMPLES_MAX = 256  # chosen: the window of 0.8 s at 30 Hz holds 25


@dataclass(frozen=True, slots=True)
class _Ask:
    """One open question."""

    at_s: float
    round_no: int


class Measurer:
    """Makes readings when asked. One thread feeds and asks; time comes with the calls."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._sensor = SensorWatch(conditions.powered_s)
        self._presence = Presence(conditions.surroundings)
        self._rate = Rate()
        self._is_wrongly_far = False
        self._window: deque[Sample] = deque(maxlen=SAMPLES_MAX)
        self._ask: _Ask | None = None
        self._heard_s = float("-inf")
        self._newest: Sample | None = None
        self._answered_s = float("-inf")
        self._spent_s: float | None = None  # the presence that has had its question
        self._measured_s: float | None = None  # the presence this question is about

    def begin(self, at_s: float, *, round_no: int) -> None:
        """Ask for one reading from `at_s` on; round 2 and later of somebody who came anew.

        The answer comes from `feed` or `elapse`, within 7 s. An open question is forgotten.
        """
        self._close(at_s)
        self._ask = _Ask(at_s, round_no)

    def cancel(self) -> None:
        """Forget the question; whoever stands there will not answer the next one."""
        self._close(self._heard_s)

    def feed(self, sample: Sample) -> Reading | NoReading | None:
        """Take the next sample. Returns the answer if it completes one.

        Samples that are no numbers or not newer than the last one are dropped.
        """
        if not is_sound(sample) or sample.at_s <= self._heard_s:
            return None
        self._heard_s, self._newest = sample.at_s, sample
        self._sensor.note(sample)
        self._rate.note(sample.at_s)
        self._presence.note(sample, self._rate.pace.presence_gap_s)
        if self._ask is None:
            return None
        return self._hindered(self._ask, sample.at_s) or self._measure(self._ask, sample)

    def elapse(self, now_s: float) -> NoReading | None:
        """Let time go on. Returns the answer when none can come any more."""
        ask = self._ask
        if ask is None:
            return None
        if (hindered := self._hindered(ask, now_s)) is not None:
            return hindered
        limit_s = LATE_S if self._is_under_way(ask) else TIMEOUT_S
        if now_s - ask.at_s < limit_s:
            return None
        return self._miss(self._why_late(), now_s)

    def _why_late(self) -> Missing:
        if self._measured_s is None:
            return Missing.NO_FACE
        return Missing.DISTANCE if self._is_wrongly_far else Missing.MOVING

    def _is_in_band(self, sample: Sample) -> bool:
        """Whether the forehead is where it counts; without a band everywhere is."""
        band = self._conditions.distance_cm
        if band is None:
            return True
        return sample.distance_cm is not None and band[0] <= sample.distance_cm <= band[1]

    @property
    def is_frozen(self) -> bool:
        """Whether the sensor repeats one value and is not believed."""
        return self._sensor.is_frozen

    def _measure(self, ask: _Ask, sample: Sample) -> Reading | NoReading | None:
        began_s = self._presence.began_s
        if self._measured_s is not None and began_s != self._measured_s:
            return self._miss(Missing.LEFT, sample.at_s)
        if began_s is None or not self._may_answer(ask, began_s):
            return None
        self._measured_s = began_s
        if sample.at_s < max(began_s + SETTLE_S, ask.at_s):
            return None
        if not self._is_in_band(sample):
            self._is_wrongly_far = True
            self._window.clear()
            return None
        self._window.append(sample)
        settled = settle(self._window, self._rate.pace)
        return None if settled is None else self._judge(settled, began_s)

    def _may_answer(self, ask: _Ask, began_s: float) -> bool:
        is_new = ask.round_no == 1 or began_s > self._answered_s
        return is_new and began_s != self._spent_s

    def _is_under_way(self, ask: _Ask) -> bool:
        began_s = self._presence.began_s
        if began_s is None:
            return self._presence.is_coming
        return self._may_answer(ask, began_s)

    def _hindered(self, ask: _Ask, now_s: float) -> NoReading | None:
        """Answer at once where nothing that could come would count."""
        found: Hindrance | None = place_hindrance(self._conditions)
        found = found or self._sensor.hindrance(self._conditions.warm_up_s, now_s)
        if found is None and self._presence.is_background_hot:
            found = Hindrance(Missing.BACKGROUND_HOT, is_fault=False)
        if found is None:
            return None
        return self._miss(found.reason, max(now_s, ask.at_s), is_fault=found.is_fault)

    def _judge(self, settled: Settled, began_s: float) -> Reading | NoReading:
        """Say what a window at rest means; what can be no forehead is no reading."""
        calibration = self._conditions.calibration
        assert calibration is not None  # _hindered has asked
        room_c = self._conditions.surroundings().room_c
        skin_c = calibration.gain * settled.raw_c + calibration.sensor_offset_c
        estimate_c = estimate(skin_c, calibration.offset_c, room_c)
        if (reason := _implausible(estimate_c)) is not None:
            return self._miss(reason, settled.at_s, settled=settled)
        self._close(settled.at_s)
        return Reading(
            raw_c=settled.raw_c,
            estimate_c=estimate_c,
            spread_c=settled.spread_c,
            samples=settled.samples,
            presence_s=began_s,
            at_s=settled.at_s,
            room_c=room_c,
            calibration_id=calibration.id,
            quality=self._quality(settled),
        )

    def _quality(self, settled: Settled) -> Quality:
        newest = self._newest
        return Quality(
            slope_c_per_s=round(settled.slope_c_per_s, 3),
            rate_hz=round(1 / self._rate.pace.period_s, 1),
            ambient_c=newest.ambient_c if newest else None,
            drift_c_per_min=self._sensor.drift_c_per_min,
            distance_cm=newest.distance_cm if newest else None,
            body_c=newest.body_c if newest else None,
        )

    def _miss(
        self,
        reason: Missing,
        at_s: float,
        *,
        is_fault: bool = False,
        settled: Settled | None = None,
    ) -> NoReading:
        presence_s = self._measured_s
        self._close(at_s)
        raw_c = settled.raw_c if settled else None
        samples = settled.samples if settled else 0
        return NoReading(reason, is_fault, at_s, raw_c, samples, presence_s)

    def _close(self, at_s: float) -> None:
        """End the open question, and with it the use of whoever stands there."""
        if self._ask is not None:
            self._answered_s = at_s
            self._spent_s = self._presence.began_s
        self._ask = None
        self._measured_s = None
        self._is_wrongly_far = False
        self._window.clear()


def estimate(raw_c: float, offset_c: float, room_c: float | None) -> float:
    """Return the body temperature that a skin temperature stands for, rounded to 0.1 C."""
    room_term_c = 0.0
    if room_c is not None:
        room_term_c = ROOM_TERM * (room_c - ROOM_REFERENCE_C)
    room_term_c = min(max(room_term_c, -ROOM_TERM_MAX_C), ROOM_TERM_MAX_C)
    return round(raw_c + offset_c + room_term_c, 1)


def _implausible(estimate_c: float) -> Missing | None:
    if estimate_c < FOREHEAD_C:
        return Missing.TOO_COLD_OR_FAR
    if estimate_c < SKIN_WARM_C:
        return Missing.COLD_SKIN
    return Missing.IMPLAUSIBLE_HOT if estimate_c > HOT_C else None
