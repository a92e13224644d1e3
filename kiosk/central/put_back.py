"""After central was put back to an older copy no number of a row is given a second time.

A kiosk that has heard of a higher number than there is here knew a central that is gone. A
kiosk that was off line meanwhile comes later, when the numbers here have grown again: it would
believe that it has heard what it never did. So the numbers that were lost are never used, and
whoever stands among them is told all anew.
"""

from dataclasses import dataclass

import cbor2
from sqlalchemy import Column, Connection, func, select

from kiosk.central.schema import setting
from kiosk.central.store import put_setting, setting_value

MARGIN = 100_000  # chosen: what others may have heard beyond the first who tells us
BELIEVED_MAX = 1_000_000  # a kiosk that claims more than so many lost rows is not believed
AGAIN_MS = 3_600_000  # nor more often: numbers are finite
SPANS_MAX = 100


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one table of rows; `name` is that of its setting."""

    name: str

    def heard(self, db: Connection, column: Column[int], have: int, now_ms: int) -> int:
        """Return above which number a kiosk is told, 0 for all anew; `have` is its own."""
        spans, newest = self._spans(db), newest_of(db, column)
        if have > max([newest, *(high for _, high, _ in spans)]):
            if _is_believed(have, newest, spans, now_ms):
                self._keep(db, [*spans, (newest, have + MARGIN, now_ms)])
            return 0
        is_lost = have > newest or any(low < have <= high for low, high, _ in spans)
        return 0 if is_lost else have

    def after(self, db: Connection, column: Column[int]) -> int:
        """Return the number of a new row; the transaction holds it until it ends."""
        held = select(setting.c.value).where(setting.c.name == self.name).with_for_update()
        if db.scalar(held) is None:
            self._keep(db, [])
        return max([newest_of(db, column), *(high for _, high, _ in self._spans(db))]) + 1

    def _spans(self, db: Connection) -> list[tuple[int, int, int]]:
        """Return (last number that is here, last that was lost, when it was told) of each."""
        kept = setting_value(db, self.name)
        return [] if kept is None else [tuple(span) for span in cbor2.loads(kept)]

    def _keep(self, db: Connection, spans: list[tuple[int, int, int]]) -> None:
        put_setting(db, self.name, cbor2.dumps([list(span) for span in spans[-SPANS_MAX:]]))


def newest_of(db: Connection, column: Column[int]) -> int:
    """Return the highest number of a column, 0 without any."""
    return db.scalar(select(func.max(column))) or 0


def _is_believed(
    have: int, newest: int, spans: list[tuple[int, int, int]], now_ms: int
) -> bool:
    is_early = bool(spans) and abs(now_ms - spans[-1][2]) < AGAIN_MS
    return have - newest <= BELIEVED_MAX and not is_early
