"""What had happened before an entry, as far as a journal tells: passages, trips, visits."""

import contextlib
from collections import defaultdict, deque
from collections.abc import Callable

from kiosk.core.words import Direction, EntryKind, Granted, LastPassage, Source
from kiosk.core.words_home import DAY_MS, Isolation, Trip, Visit
from kiosk.wire import WireEntry, decision_of

TRIPS_MAX = 200  # as a gate looks back, `core.words_home.Home`
_INFRARED = Source.INFRARED.value
_DIRECTIONS = {one.value: one for one in Direction}
TAKEN_BACK_MAX = 256  # entries; a passage is withdrawn within minutes
_Before = tuple[int, bytes, str, LastPassage | None, LastPassage | None]


class Past:
    """Fed with the entries in their order; asked about each before it is fed."""

    def __init__(self, *, trip_days: int = 31) -> None:
        """Trips of the last `trip_days` local days are kept, today being the last."""
        self._trips_ms = (trip_days + 1) * DAY_MS
        self.last: dict[bytes, LastPassage] = {}
        self.granted: dict[bytes, LastPassage] = {}
        self.visits: dict[bytes, Visit] = {}
        self._trips: defaultdict[str, deque[tuple[int, Trip]]] = defaultdict(
            lambda: deque(maxlen=TRIPS_MAX)
        )
        self._orders: dict[bytes, list[Isolation]] = {}
        self._before: deque[_Before] = deque(maxlen=TAKEN_BACK_MAX)
        self._notes: dict[str, Callable[[WireEntry], None]] = {
            EntryKind.PASSAGE.value: self._passage,
            EntryKind.OVERRIDE.value: self._passage,
            EntryKind.WITHDRAWN.value: self._withdrawn,
            EntryKind.ISOLATION.value: self._isolation,
            EntryKind.CARD.value: self._card,
        }

    def note(self, entry: WireEntry) -> None:
        """Take an entry; a strange kind, or details that mean nothing, change nothing."""
        if (change := self._notes.get(entry.kind)) is not None:
            with contextlib.suppress(KeyError, ValueError, TypeError):
                change(entry)

    def trips(self, sub: str) -> tuple[Trip, ...]:
        """Return the ways out of a household that count, newest first."""
        found = self._trips.get(sub)
        return tuple(trip for _, trip in found) if found else ()

    def isolation(self, cti: bytes, sub: str) -> Isolation | None:
        """Return the order of a person or the household that lasts longest."""
        if not self._orders:
            return None
        orders = self._orders.get(cti, []) + self._orders.get(sub.encode(), [])
        return max(orders, key=lambda one: one.until_ms, default=None)

    def _passage(self, entry: WireEntry) -> None:
        decision = decision_of(entry.decision, entry.reason)
        if not entry.cti or decision is None:
            return
        cti, sub = entry.cti, entry.sub or ""
        infrared = [r[1] for r in entry.readings if r[7] == _INFRARED]
        passage = LastPassage(
            entry.seq,
            entry.boot_ms / 1000,
            str(entry.boot_no),
            entry.utc_ms,
            _DIRECTIONS[entry.direction],
            decision,
            has_passed=False,
            gate=entry.gate,
            estimate_c=infrared[-1] / 100 if infrared else None,
        )
        before = (entry.seq, cti, sub, self.last.get(cti), self.granted.get(cti))
        self._before.append(before)
        self.last[cti] = passage
        if isinstance(decision, Granted):
            self.granted[cti] = passage
            self._through(entry, cti, sub)

    def _through(self, entry: WireEntry, cti: bytes, sub: str) -> None:
        if entry.details.get("trip") == 1 and sub:
            trips = self._trips[sub]
            trips.appendleft((entry.seq, Trip(cti, entry.utc_ms)))
            while trips[-1][1].utc_ms < entry.utc_ms - self._trips_ms:
                trips.pop()
        visit = self.visits.get(cti)
        if visit is not None and any(r[1] is not None for r in entry.readings):
            self.visits[cti] = _visit(visit, measured_ms=entry.utc_ms)

    def _withdrawn(self, entry: WireEntry) -> None:
        """Take a passage back: what stood before it stands again."""
        found = next((b for b in self._before if b[0] == entry.refers_to_seq), None)
        if found is None:
            return
        seq, cti, sub, last, granted = found
        for where, earlier in ((self.last, last), (self.granted, granted)):
            if cti in where and where[cti].seq == seq:
                del where[cti]
                if earlier is not None:
                    where[cti] = earlier
        kept = [one for one in self._trips.get(sub, ()) if one[0] != seq]
        self._trips[sub] = deque(kept, maxlen=TRIPS_MAX)

    def _isolation(self, entry: WireEntry) -> None:
        whose = entry.cti or (entry.sub or "").encode()
        order, until = bytes.fromhex(str(entry.details["order"])), entry.details["until"]
        one = Isolation(order, int(until), entry.staff or "", is_provisional=True)
        self._orders.setdefault(whose, []).append(one)

    def _card(self, entry: WireEntry) -> None:
        details, cti = entry.details, entry.cti or b""
        if "returned" in details:
            self.visits.pop(cti, None)
        elif "visit" in details:
            self.visits[cti] = Visit(
                bytes.fromhex(str(details["visit"])),
                entry.utc_ms,
                int(details["until"]),
                host=str(details["host"]) if "host" in details else None,
                is_expected="expected" in details,
                is_regular="regular" in details,
            )


def _visit(visit: Visit, *, measured_ms: int) -> Visit:
    return Visit(
        visit.form,
        visit.since_ms,
        visit.until_ms,
        visit.host,
        visit.is_expected,
        visit.is_regular,
        measured_ms,
        has_entered=True,
    )
