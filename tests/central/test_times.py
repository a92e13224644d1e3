"""When an entry was written: never off by more than is said beside it."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.central.times import DRIFT, Instant, Quality, Written, corrected
from kiosk.timing import ClockState
from kiosk.wire import Anchor

T0_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
SURE = (Quality.EXACT, Quality.CORRECTED)


def anchor(boot_no: int, boot_ms: int, utc_ms: int, error_ms: int = 50) -> Anchor:
    return Anchor(f"boot-{boot_no}", boot_no, boot_ms, utc_ms, error_ms)


def written(
    boot_no: int,
    boot_ms: int,
    utc_ms: int,
    clock: ClockState = ClockState.UNSURE,
    stored_ms: int = T0_MS + 1000 * HOUR_MS,
) -> Written:
    return Written(boot_no, boot_ms, utc_ms, int(clock), stored_ms)


def test_an_entry_from_before_the_first_time_of_its_boot_is_put_right() -> None:
    in_1970 = written(3, 60_000, 60_000)
    at = corrected(in_1970, [anchor(3, 660_000, T0_MS)])
    assert at.quality is Quality.CORRECTED
    assert at.utc_ms == T0_MS - 600_000
    assert at.error_ms is not None
    assert at.error_ms <= 50 + 600_000 * DRIFT + 1


def test_a_trusted_time_that_its_anchors_confirm_stands_as_it_was_written() -> None:
    entry = written(3, 60_000, T0_MS + 700, ClockState.TRUSTED)
    at = corrected(entry, [anchor(3, 60_000, T0_MS)])
    assert at == Instant(T0_MS + 700, 751, Quality.EXACT)


def test_an_unsure_time_that_happens_to_be_right_is_still_a_corrected_one() -> None:
    at = corrected(written(3, 60_000, T0_MS + 7), [anchor(3, 60_000, T0_MS)])
    assert (at.utc_ms, at.quality) == (T0_MS, Quality.CORRECTED)


def test_a_trusted_time_that_its_anchors_deny_is_put_right() -> None:
    entry = written(3, 60_000, T0_MS + 90_000, ClockState.TRUSTED)
    at = corrected(entry, [anchor(3, 60_000, T0_MS)])
    assert (at.utc_ms, at.quality) == (T0_MS, Quality.CORRECTED)


def test_a_boot_that_never_learnt_the_time_lies_between_its_neighbours() -> None:
    known = [anchor(1, 5_000, T0_MS), anchor(3, HOUR_MS, T0_MS + 10 * HOUR_MS)]
    at = corrected(written(2, HOUR_MS, 0), known)
    assert at.quality is Quality.BOUNDED
    assert at.error_ms is not None
    earliest, latest = at.utc_ms - at.error_ms, at.utc_ms + at.error_ms
    assert T0_MS + HOUR_MS - 2_000 < earliest < T0_MS + HOUR_MS
    assert T0_MS + 9 * HOUR_MS < latest < T0_MS + 9 * HOUR_MS + 2_000


def test_what_came_to_central_was_written_before() -> None:
    entry = written(2, 0, 0, stored_ms=T0_MS + HOUR_MS)
    at = corrected(entry, [anchor(1, 5_000, T0_MS)])
    assert at.error_ms is not None
    assert at.utc_ms + at.error_ms <= T0_MS + HOUR_MS + 2


@pytest.mark.parametrize("clock", list(ClockState))
def test_without_any_anchor_nothing_is_promised(clock: ClockState) -> None:
    assert corrected(written(2, 0, 123, clock), []) == Instant(123, None, Quality.UNKNOWN)
    later = [anchor(3, 0, T0_MS)]
    assert corrected(written(2, 0, 123, clock), later).quality is Quality.UNKNOWN


def test_neighbours_that_cannot_both_be_right_promise_nothing() -> None:
    backward = [anchor(1, 0, T0_MS), anchor(3, 0, T0_MS - HOUR_MS)]
    assert corrected(written(2, 0, 7), backward) == Instant(7, None, Quality.UNKNOWN)


def test_anchors_that_contradict_one_another_only_bound() -> None:
    liars = [anchor(1, 0, T0_MS), anchor(1, 1000, T0_MS + HOUR_MS)]
    at = corrected(written(1, 500, T0_MS + 500, ClockState.TRUSTED), liars)
    assert at.quality is Quality.BOUNDED
    assert at.error_ms is not None
    assert at.utc_ms - at.error_ms <= T0_MS + 500
    assert at.utc_ms + at.error_ms >= T0_MS + HOUR_MS - 500


# ---- a kiosk's life, with the truth beside it


@dataclass
class Life:
    """A kiosk from boot to boot. `utc_ms` is the truth, which the kiosk never sees."""

    utc_ms: float = float(T0_MS)
    boot_no: int = 1
    boot_ms: float = 0.0
    rate: float = 1.0  # of the crystal
    own_ms: float = 0.0  # what its clock says
    clock: ClockState = ClockState.UNSURE
    anchors: list[Anchor] = field(default_factory=list)
    entries: list[tuple[Written, float]] = field(default_factory=list)

    def boot(self, *, off_ms: float, rate: float) -> None:
        """The power comes back; the clock begins in 1970, and its crystal is warm or cold."""
        self.utc_ms += off_ms
        self.boot_no, self.boot_ms, self.rate = self.boot_no + 1, 0.0, rate
        self.own_ms, self.clock = 0.0, ClockState.UNSURE

    def wait(self, ms: float) -> None:
        self.utc_ms += ms
        self.boot_ms += ms * self.rate
        self.own_ms += ms * self.rate

    def learn(self, *, error_ms: int, off_by: float) -> None:
        """Time comes, off by a part of the error that it admits."""
        said = round(self.utc_ms + error_ms * off_by)
        self.own_ms, self.clock = float(said), ClockState.TRUSTED
        self.anchors.append(anchor(self.boot_no, int(self.boot_ms), said, error_ms + 2))

    def step(self, ms: float) -> None:
        """Somebody sets the clock by hand, which nobody notices."""
        self.own_ms += ms

    def write(self) -> None:
        entry = Written(
            self.boot_no, int(self.boot_ms), int(self.own_ms), int(self.clock), 2**51
        )
        self.entries.append((entry, self.utc_ms))


RATES = st.floats(1 - 0.9 * DRIFT, 1 + 0.9 * DRIFT)
DEEDS = st.one_of(
    st.just(("write", {})),
    st.fixed_dictionaries({"ms": st.floats(0, 200 * HOUR_MS)}).map(lambda o: ("wait", o)),
    st.fixed_dictionaries({"error_ms": st.integers(0, 16_000), "off_by": st.floats(-1, 1)}).map(
        lambda o: ("learn", o)
    ),
    st.fixed_dictionaries({"off_ms": st.floats(0, 999 * HOUR_MS), "rate": RATES}).map(
        lambda o: ("boot", o)
    ),
    st.fixed_dictionaries({"ms": st.floats(-(10**12), 10**12)}).map(lambda o: ("step", o)),
)


def live(deeds: list[tuple[str, dict[str, float]]]) -> Life:
    life = Life()
    for deed, options in deeds:
        getattr(life, deed)(**options)
        life.write()
    return life


@settings(max_examples=300)
@given(st.lists(DEEDS, min_size=8, max_size=40))
def test_a_time_is_never_off_by_more_than_is_said(
    deeds: list[tuple[str, dict[str, float]]],
) -> None:
    life = live(deeds)
    for entry, truth_ms in life.entries:
        at = corrected(entry, life.anchors)
        if at.error_ms is not None:
            assert abs(at.utc_ms - truth_ms) <= at.error_ms + 1, at.quality
        else:
            assert at == Instant(entry.utc_ms, None, Quality.UNKNOWN)


@settings(max_examples=200)
@given(st.lists(DEEDS, min_size=8, max_size=40))
def test_every_entry_of_a_boot_that_learnt_the_time_is_exact_or_corrected(
    deeds: list[tuple[str, dict[str, float]]],
) -> None:
    life = live(deeds)
    learnt = {a.boot_no for a in life.anchors}
    qualities = [corrected(e, life.anchors).quality for e, _ in life.entries]
    for (entry, _), quality in zip(life.entries, qualities, strict=True):
        assert (quality in SURE) == (entry.boot_no in learnt)


@settings(max_examples=100)
@given(st.lists(DEEDS, min_size=8, max_size=40), st.randoms(use_true_random=False))
def test_the_order_in_which_anchors_came_changes_nothing(
    deeds: list[tuple[str, dict[str, float]]], rng: object
) -> None:
    life = live(deeds)
    shuffled = list(life.anchors)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]  # random.Random
    for entry, _ in life.entries:
        assert corrected(entry, shuffled) == corrected(entry, life.anchors)
