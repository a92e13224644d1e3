"""Recorded days held against other rules: who would have been treated otherwise.

The rules are asked again about every passage, with what the journal knows of it: pass, time,
readings, trips, orders, visits. What went before is always what really happened, never what
the other rules would have made of it. What the journal does not hold (the age of lists, the
weather, orders of the office) is taken from what the recorded trace says of it.
"""

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zlib import crc32

from kiosk.core.rules import Case, Rules, verdict_of
from kiosk.core.rules_words import Verdict
from kiosk.core.words import (
    Credential,
    Denied,
    Direction,
    EntryKind,
    Facts,
    Granted,
    NoReading,
    PassKind,
    PassWarning,
    Placement,
    Reading,
    Reason,
    Referred,
    Refusal,
    Refused,
    Surroundings,
)
from kiosk.core.words_home import (
    DAY_MS,
    Binding,
    CardState,
    Exemption,
    ExemptionKind,
    Home,
    Isolation,
)
from kiosk.journal.recall import to_reading
from kiosk.journal.replay_past import Past
from kiosk.timing import ClockState, Stamp
from kiosk.wire import WireEntry

MEASURED = "measured"  # a temperature would be asked for, the first or a further one
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WARM = Surroundings(Placement.HEATED_LOBBY, room_c=22.0, outdoor_c=99.0)
_COLD = Surroundings(Placement.HEATED_LOBBY, room_c=22.0, outdoor_c=None)
_RESIDENT = int(PassKind.RESIDENT)
_LONG_S = 10 * 365 * 86_400.0
# A temperature was asked for and none was had: as if it were asked for again.
_UNMEASURED = frozenset(
    r.value
    for r in (
        Reason.NOT_TYPED, Reason.NO_VALID_READING, Reason.THERMOMETER, Reason.INTERRUPTED,
        Reason.TOO_COLD, Reason.COLD_SKIN, Reason.STORAGE,
    )
)  # fmt: skip
# Wire values, looked up once: an enum's .value costs a call, a million times.
_PASSAGE, _OUT = EntryKind.PASSAGE.value, Direction.OUT.value
_LIST_STALE, _REGISTER_STALE = Reason.LIST_STALE.value, Reason.REGISTER_STALE.value
_ISOLATION, _NOT_ON_REGISTER = Reason.ISOLATION.value, Reason.NOT_ON_REGISTER.value
_BLANK_CARD, _CARD_CANCELLED = Reason.BLANK_CARD.value, Reason.CARD_CANCELLED.value
_DIRECTIONS = {one.value: one for one in Direction}
_CLOCKS = {int(one): one for one in ClockState}
_KINDS = {int(one): one for one in PassKind}
_UNSURE = (PassWarning.TIME_UNSURE,)

Outcome = tuple[str, str]  # granted | referred | denied | measured, and the reason or ""


@dataclass(frozen=True, slots=True)
class Share:
    """One of `count` shares of the households, for one processor of several."""

    place: int = 0
    count: int = 1

    def has(self, entry: WireEntry) -> bool:
        """Whether an entry's household (or its pass, where none is known) is of this share."""
        whose = entry.sub.encode() if entry.sub else entry.cti or b""
        return self.count == 1 or crc32(whose) % self.count == self.place


@dataclass(slots=True)
class Replayed:
    """What came out. `changed` counts (as it was, as it would be); `seqs` are theirs."""

    judged: int = 0
    changed: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    seqs: dict[tuple[Outcome, Outcome], list[int]] = field(default_factory=dict)

    @property
    def same(self) -> int:
        """How many would have been treated as they were."""
        return self.judged - self.changed.total()


def replay(
    entries: Iterable[WireEntry],
    rules: Rules,
    *,
    since_ms: int = 0,
    known: Container[str] | None = None,
    utc_offset_s: int = 8 * 3600,
    share: Share = Share(),
) -> Replayed:
    """Ask `rules` about every passage from `since_ms` (UTC) on; earlier ones are the past.

    `entries` stand in the order of their seqs. `known` holds the households on the
    register; None: whoever was not refused for it stands there.
    """
    trip_days = max((quota.days for quota in rules.quotas), default=0)
    past, found = Past(trip_days=trip_days), Replayed()
    for entry in entries:
        is_passage = entry.kind == _PASSAGE
        if is_passage and not share.has(entry):
            continue  # what staff did is the past of every share, and rare
        if (
            is_passage
            and entry.utc_ms >= since_ms
            and (case := _case(entry, past, known, utc_offset_s)) is not None
        ):
            _compare(entry, verdict_of(case, rules), found)
        past.note(entry)
    return found


def together(shares: Iterable[Replayed]) -> Replayed:
    """Return what several shares came to."""
    found = Replayed()
    for one in shares:
        found.judged += one.judged
        found.changed.update(one.changed)
        for key, seqs in one.seqs.items():
            found.seqs[key] = sorted([*found.seqs.get(key, ()), *seqs])
    return found


def _compare(entry: WireEntry, verdict: Verdict, found: Replayed) -> None:
    found.judged += 1
    was, would = (entry.decision or "", entry.reason or ""), _outcome(verdict)
    if was == would or (would[0] == MEASURED and was[1] in _UNMEASURED):
        return
    found.changed[was, would] += 1
    found.seqs.setdefault((was, would), []).append(entry.seq)


def _outcome(verdict: Verdict) -> Outcome:
    match verdict:
        case Granted():
            return "granted", ""
        case Referred(reason):
            return "referred", reason.value
        case Denied(reason):
            return "denied", reason.value
        case _:
            return MEASURED, ""


def _case(
    entry: WireEntry, past: Past, known: Container[str] | None, utc_offset_s: int
) -> Case | None:
    """Return what the rules are asked; None for an entry of a later version."""
    if entry.cti is None or entry.decision is None:
        return None
    try:
        outcome = _outcome_of_pass(entry)
        readings = tuple(_readings(entry))
        direction, clock = _DIRECTIONS[entry.direction], _CLOCKS[entry.clock]
    except (ValueError, TypeError, KeyError):
        return None
    utc = _EPOCH + timedelta(milliseconds=entry.utc_ms)
    at = Stamp(entry.boot_ms / 1000, utc, str(entry.boot_no), clock)
    is_cold = "weather:refer" in entry.trace or "trend:refer" in entry.trace
    facts = Facts(
        entry.gate,
        direction,
        last=past.last.get(entry.cti),
        granted=past.granted.get(entry.cti),
        list_age_s=_LONG_S if entry.reason == _LIST_STALE else None,
        home=_home(entry, past, known, utc_offset_s),
        surroundings=_COLD if is_cold else _WARM,
        is_typed_chosen="weather:staff" in entry.trace,
        has_fever="typed:staff" in entry.trace,
    )
    return Case(outcome, facts, at, readings)


def _outcome_of_pass(entry: WireEntry) -> Credential | Refused:
    assert entry.cti is not None
    if entry.reason is not None and entry.reason.startswith("E_"):
        return Refused(Refusal(entry.reason), entry.cti, entry.sub)
    kind = int(entry.details.get("kind", _RESIDENT))
    is_unsure = entry.clock == ClockState.UNSURE
    is_blank = entry.reason in (_BLANK_CARD, _CARD_CANCELLED)
    return _credential(entry.cti, entry.sub or "", kind, is_unsure, is_blank)


@lru_cache(maxsize=65_536)
def _credential(cti: bytes, sub: str, kind: int, is_unsure: bool, is_blank: bool) -> Credential:
    """Return a pass; a holder is met many times in a month."""
    warnings = _UNSURE if is_unsure else ()
    card_no = 0 if is_blank else None
    return Credential(cti, sub, "", _KINDS[kind], 0, "", 0, warnings, card_no=card_no)


def _readings(entry: WireEntry) -> Iterable[Reading | NoReading]:
    return (to_reading(fields, entry.boot_ms / 1000) for fields in entry.readings)


def _home(
    entry: WireEntry, past: Past, known: Container[str] | None, utc_offset_s: int
) -> Home:
    reason, sub, cti = entry.reason, entry.sub or "", entry.cti or b""
    is_on = sub in known if known is not None else reason != _NOT_ON_REGISTER
    is_cancelled = reason == _CARD_CANCELLED
    granted = past.granted.get(cti)
    isolation = _isolation(entry, past)
    return Home(
        is_known=is_on,
        register_age_s=_LONG_S if reason == _REGISTER_STALE else None,
        isolation=isolation,
        exemption=_exemption(entry, isolation),
        trips=past.trips(sub),
        is_out=None if granted is None else granted.direction is Direction.OUT,
        visit=past.visits.get(cti),
        binding=Binding(CardState.CANCELLED) if is_cancelled else None,
        utc_offset_s=utc_offset_s,
    )


def _isolation(entry: WireEntry, past: Past) -> Isolation | None:
    """The gate's own order, or that of the office where the trace shows that there was one."""
    if entry.reason == _ISOLATION:
        return Isolation(b"", entry.utc_ms + DAY_MS, "")
    is_lifted = "isolation:-" in entry.trace and entry.direction == _OUT
    if is_lifted and "exempt" not in entry.details:
        return None
    return past.isolation(entry.cti or b"", entry.sub or "")


def _exemption(entry: WireEntry, isolation: Isolation | None) -> Exemption | None:
    if "exempt" not in entry.details:
        return None
    kind = ExemptionKind.WORK if isolation is None else ExemptionKind.MEDICAL
    return Exemption(kind, entry.utc_ms, entry.utc_ms + 1, "")
