"""Which code of a frame starts something new.

A resident holds a pass in view for many frames: the same text counts again only after it
was absent for 2 s, and while the pass being served is still in view no other one starts,
so two cards in one hand are one person. Whoever holds one up behind is served when the one
before has been gone for 2 s. A phone draws its code anew every few seconds: that is still
the same pass. Strange codes (a poster, a parcel) never stand in a pass's way.
"""

from collections.abc import Callable

from kiosk.core.machine_case import ref_of
from kiosk.passes.verify import Checked
from kiosk.ports import FoundCode

ABSENCE_S = 2.0  # chosen: a hand that shakes loses the code for less

Shown = tuple[FoundCode, Checked]


class Repeats:
    """Remembers which texts were in view. One thread owns it."""

    def __init__(self, verify: Callable[[str], Checked], absence_s: float = ABSENCE_S) -> None:
        self._verify = verify
        self._absence_s = absence_s
        self._seen_s: dict[str, float] = {}
        self._served: str | None = None
        self._served_ref = b""
        self._behind: set[str] = set()  # texts that came into view beside the one served

    def newest(self, codes: list[FoundCode], at_s: float) -> Shown | None:
        """Return the code that starts something new, verified; None when none does."""
        self._forget(at_s)
        fresh = [code for code in codes if code.text not in self._seen_s]
        for code in codes:
            self._seen_s[code.text] = at_s
        if any(code.text == self._served for code in codes):
            self._behind.update(code.text for code in fresh)
            return None
        shown = [(code, self._verify(code.text)) for code in fresh]
        passes = [pair for pair in shown if not pair[1].outcome.is_foreign]
        if not passes:
            return shown[0] if shown else None
        ours, *others = passes
        self._behind.update(code.text for code, _ in others)
        was_in_view = self._served is not None
        ref, self._served = self._served_ref, ours[0].text
        self._served_ref = ref_of(ours[1].outcome)
        return None if was_in_view and ref == self._served_ref else ours

    def _forget(self, at_s: float) -> None:
        gone = {t for t, seen_s in self._seen_s.items() if at_s - seen_s > self._absence_s}
        if self._served in gone:
            self._served = None
            gone |= self._behind  # whoever holds one up still, comes now
        for text in gone:
            self._seen_s.pop(text, None)
        self._behind -= gone
