"""Many times at once are the same times as one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.central.many_times import ManyTimes
from kiosk.central.times import Written, corrected
from kiosk.wire import Anchor

UTC_0 = 1_800_000_000_000
MS = st.integers(0, 40 * 86_400_000)

anchors = st.builds(
    lambda boot, boot_ms, off_ms, error_ms: Anchor(
        f"b{boot}", boot, boot_ms, UTC_0 + boot * 10**9 + boot_ms + off_ms, error_ms
    ),
    st.integers(1, 3),
    MS,
    st.integers(-3000, 3000),
    st.integers(0, 5000),
)
entries = st.builds(
    lambda boot, boot_ms, clock, off_ms: Written(
        boot, boot_ms, UTC_0 + boot * 10**9 + boot_ms + off_ms, clock, UTC_0 + 10**11
    ),
    st.integers(1, 4),
    MS,
    st.sampled_from((0, 1, 2)),
    st.sampled_from((0, 1500, 10**9)),
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(anchors, max_size=8), entries)
def test_a_time_asked_among_many_is_the_time_asked_alone(
    known: list[Anchor], entry: Written
) -> None:
    many, alone = ManyTimes(known).corrected(entry), corrected(entry, known)
    assert many.quality is alone.quality
    assert abs(many.utc_ms - alone.utc_ms) <= 1
    if alone.error_ms is None:
        assert many.error_ms is None
    else:
        assert many.error_ms is not None and abs(many.error_ms - alone.error_ms) <= 1


@settings(max_examples=300, deadline=None)
@given(st.lists(anchors, min_size=1, max_size=4), st.integers(0, 3))
def test_at_the_moment_of_an_anchor_too(known: list[Anchor], place: int) -> None:
    at = known[place % len(known)]
    entry = Written(at.boot_no, at.boot_ms, at.utc_ms, 2, UTC_0 + 10**11)
    assert ManyTimes(known).corrected(entry).quality is corrected(entry, known).quality
