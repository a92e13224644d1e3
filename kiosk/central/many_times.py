"""The times of very many entries of one journal, as `central.times` reckons each of them.

Of all the anchors of a boot at most four bound the time of an entry: before and after it,
the one with the latest beginning and the one with the earliest end. Which they are depends
only on the gap between two anchors in which the entry lies, so they are looked up once.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate

from kiosk.central.times import DRIFT, Instant, Quality, Written, corrected
from kiosk.wire import Anchor


class ManyTimes:
    """The anchors of a journal, ready to be asked."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self._all = tuple(anchors)
        own: defaultdict[int, list[Anchor]] = defaultdict(list)
        for one in self._all:
            own[one.boot_no].append(one)
        self._boots = {number: _Boot(listed) for number, listed in own.items()}

    def corrected(self, entry: Written) -> Instant:
        """Return what `times.corrected` says of an entry with all anchors of its journal."""
        boot = self._boots.get(entry.boot_no)
        if boot is None:
            return corrected(entry, self._all)
        instant = corrected(entry, boot.around(entry.boot_ms))
        if instant.quality is Quality.BOUNDED:  # they contradict one another: ask every one
            return corrected(entry, boot.anchors)
        return instant


class _Boot:
    """The anchors of one boot in the order of their moments, and which bound each gap."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self.anchors = sorted(anchors, key=lambda one: one.boot_ms)
        self._moments = [one.boot_ms for one in self.anchors]
        slow, fast = 1 - DRIFT, 1 + DRIFT
        self._before = _bounds(self.anchors, _begins(slow), _ends(fast))
        self._after = _bounds(self.anchors[::-1], _begins(fast), _ends(slow))[::-1]

    def around(self, boot_ms: int) -> list[Anchor]:
        """Return the anchors that bound a moment of the boot; one may stand there twice."""
        place = bisect_right(self._moments, boot_ms)
        before = self._before[place - 1] if place > 0 else ()
        after = self._after[place] if place < len(self._after) else ()
        return [*before, *after]


Rank = Callable[[Anchor], float]


def _begins(rate: float) -> Rank:
    return lambda one: one.utc_ms - one.error_ms - one.boot_ms * rate


def _ends(rate: float) -> Rank:
    return lambda one: -(one.utc_ms + one.error_ms - one.boot_ms * rate)


def _bounds(anchors: list[Anchor], low: Rank, high: Rank) -> list[tuple[Anchor, Anchor]]:
    return list(zip(_best(anchors, low), _best(anchors, high), strict=True))


def _best(anchors: list[Anchor], rank: Rank) -> list[Anchor]:
    """Return for each place the anchor of highest rank up to there."""

    def better(best: Anchor, one: Anchor) -> Anchor:
        return one if rank(one) > rank(best) else best

    return list(accumulate(anchors, better))
