"""Snapshot -> what the staff's screen shows: health, the case at the gate, the last five.

Staff alone see why. Names are the masked ones of the pass (张*明), and only where the
privacy setting allows them.
"""

from datetime import UTC, datetime

from kiosk.config import PrivacyConfig
from kiosk.core.faults import FAULTS, Fault, Severity
from kiosk.core.matters import MatterKind
from kiosk.core.messages import Measuring
from kiosk.core.wording import Page
from kiosk.core.words import (
    Decision,
    Denied,
    Entry,
    EntryKind,
    Granted,
    LastPassage,
    NoReading,
    Reading,
    Reason,
    Recorded,
)
from kiosk.ports import ActiveFault, Snapshot
from kiosk.screen.staff_beside import beside, entry_words
from kiosk.screen.staff_cases import decidable, scan_of
from kiosk.screen.staff_duty import duty, duty_chip
from kiosk.screen.staff_matters import matters_view
from kiosk.screen.view import SHAPES, TONES, Scenery, View
from kiosk.screen.words import Pair
from kiosk.timing import ClockState, Stamp

PARTS = ("camera", "thermometer", "gate", "journal", "sync", "lists", "clock", "duty")
ONLY_WHEN_ILL = ("config", "screen", "voice")
_TOLD_WHEN = frozenset({Reason.ISOLATION.value, Reason.QUOTA.value})
LEVELS = ("bad", "warn", "ok")
DETAIL_MAX = 120  # characters of a fault's technical detail


def staff_view(
    snapshot: Snapshot, show_no: int, scenery: Scenery, privacy: PrivacyConfig
) -> View:
    """Return the staff page. `show_no` rises with each new Show."""
    return {
        "show": show_no,
        "gate": scenery.gate,
        "time": scenery.wall.time(snapshot.at),
        "chips": _ill_first(_chips(snapshot, scenery)),
        "now": _now(snapshot, scenery, privacy),
        "before": _before(snapshot, scenery, privacy),
        "recent": [_row(r, scenery, privacy) for r in snapshot.recent],
        "faults": _ill_first([_fault(each, snapshot.at, scenery) for each in snapshot.faults]),
        "staff": snapshot.staff or "",
        "display": _display(snapshot, show_no, privacy),
        "has_look_up": snapshot.has_look_up,
        "measuring": _measuring(snapshot, scenery),
        "waiting": [
            {"scan_id": str(entry.scan_id), **_case(entry, scenery, privacy)}
            for entry in snapshot.open_cases
        ],
        **beside(snapshot, scenery, privacy),
        "duty": duty(snapshot, scenery),
        "help": _help(snapshot, scenery),
        "matters": matters_view(snapshot, scenery, privacy),
    }


def _help(snapshot: Snapshot, scenery: Scenery) -> View | None:
    """Return since when somebody at the gate waits for a person."""
    since = snapshot.help_since
    if since is None:
        return None
    return {"since": _time(since, scenery), "words": scenery.words.pair("help.waits")}


def _display(snapshot: Snapshot, show_no: int, privacy: PrivacyConfig) -> View | None:
    """Return what the pass in view opened: a name, and where its photograph is."""
    record = snapshot.display
    if record is None or not privacy.show_labels:
        return None
    photo = f"/staff/photo?show={show_no}" if record.photo else ""
    return {"name": record.name, "photo": photo}


def _measuring(snapshot: Snapshot, scenery: Scenery) -> View:
    """Return how temperatures are taken, and why."""
    is_chosen = snapshot.measuring is Measuring.TYPED
    by_weather = "weather" if snapshot.is_by_hand else "machine"
    why = scenery.words.pair(f"desk.why.{'typed' if is_chosen else by_weather}")
    place = snapshot.surroundings
    known = [] if place is None else [place.outdoor_c, place.room_c]
    parts = [f"{c:.0f} ℃" for c in known if c is not None]
    return {
        "chosen": snapshot.measuring.value,
        "is_by_hand": snapshot.is_by_hand,
        "why": why,
        "weather": " / ".join(parts),
    }


def chip_levels(snapshot: Snapshot) -> dict[str, str]:
    """Return how each part is: ok, warn (it heals by itself) or bad (it needs a person)."""
    levels = dict.fromkeys(PARTS, "ok")
    for active in snapshot.faults:
        row = FAULTS[active.fault]
        is_worse = row.severity is Severity.NEEDS_PERSON or levels.get(row.part) != "bad"
        if is_worse:
            levels[row.part] = _level(active.fault)
    return levels


def _chips(snapshot: Snapshot, scenery: Scenery) -> list[View]:
    levels = chip_levels(snapshot)
    levels["duty"], on_duty = duty_chip(snapshot, scenery)
    return [
        {
            "part": part,
            "level": levels[part],
            "name": scenery.words.pair(f"chip.{part}"),
            "words": on_duty
            if part == "duty"
            else _chip_words(part, levels[part], snapshot, scenery),
        }
        for part in (*PARTS, *ONLY_WHEN_ILL)
        if part in levels
    ]


def _ill_first(parts: list[View]) -> list[View]:
    """Return what needs a person first, then what heals by itself, else as they stand."""
    return sorted(parts, key=lambda part: LEVELS.index(part["level"]))


def _level(fault: Fault) -> str:
    return "bad" if FAULTS[fault].severity is Severity.NEEDS_PERSON else "warn"


def _chip_words(part: str, level: str, snapshot: Snapshot, scenery: Scenery) -> Pair:
    if part == "sync":
        return _sync_words(snapshot, scenery)
    if part == "lists":
        return _lists_words(snapshot, scenery)
    if part == "clock":
        return scenery.words.pair(f"chip.clock.{snapshot.at.clock.name.lower()}")
    return scenery.words.pair(f"chip.{level}")


def _sync_words(snapshot: Snapshot, scenery: Scenery) -> Pair:
    pair, sync = scenery.words.pair, snapshot.sync
    if sync is None:
        return pair("chip.sync.alone")
    held = {active.fault for active in snapshot.faults}
    if sync.answered_s is None:
        state = pair("chip.sync.never")
    elif held & {Fault.SERVER_UNREACHABLE, Fault.CAPTIVE_PORTAL}:
        mins = int((snapshot.at.mono_s - sync.answered_s) // 60)
        state = pair("chip.sync.offline", mins=mins)
    else:
        state = pair("chip.ok")
    if not sync.waiting:
        return state
    waiting = pair("chip.sync.waiting", n=sync.waiting)
    return f"{state[0]} · {waiting[0]}", f"{state[1]} · {waiting[1]}"


def _lists_words(snapshot: Snapshot, scenery: Scenery) -> Pair:
    issued_s = snapshot.trust_issued_s
    if issued_s is None:
        return scenery.words.pair("chip.lists.none")
    time = scenery.wall.day_or_time(issued_s, snapshot.at)
    return scenery.words.pair("chip.lists.as_of", time=time)


def _now(snapshot: Snapshot, scenery: Scenery, privacy: PrivacyConfig) -> View:
    page, entry = snapshot.show.page, snapshot.show.entry or snapshot.at_gate
    is_ill = page is Page.IDLE and bool(snapshot.faults)
    headline = "staff.page.idle_ill" if is_ill else f"staff.page.{page.value}"
    return {
        "page": page.value,
        "tone": TONES[page].value,
        "shape": SHAPES[TONES[page]],
        "headline": scenery.words.pair(headline),
        "case": None
        if entry is None
        else {"scan_id": scan_of(entry), **_case(entry, scenery, privacy, snapshot)},
    }


def _before(snapshot: Snapshot, scenery: Scenery, privacy: PrivacyConfig) -> View | None:
    """Return the newest case that waits for a person, unless it is the one shown now."""
    shown = snapshot.show.entry
    for entry in decidable(snapshot):
        if shown is None or entry.scan_id != shown.scan_id:
            return _case(entry, scenery, privacy)
    return None


def _case(
    entry: Entry, scenery: Scenery, privacy: PrivacyConfig, now: Snapshot | None = None
) -> View:
    """Return a case with its advice; `now` is the snapshot that shows it, if one does."""
    pair = scenery.words.pair
    reason = _reason(entry.decision) or _fever(entry, now)
    return {
        "time": _time(entry.at, scenery),
        "label": _label(entry, privacy),
        "direction": pair(f"direction.{entry.direction.value}"),
        "decision": _decision_words(entry.decision, scenery),
        "level": _mark(entry.decision),
        "reason": reason and pair(f"reason.{reason}"),
        "next": reason and pair(f"next.{reason}"),
        "say": reason and pair(f"say.{reason}"),
        "when": None if now is None else _when(reason, now, scenery),
        "readings": [_reading(r, scenery) for r in entry.readings],
        "earlier": None if entry.earlier is None else _earlier(entry.earlier, scenery),
    }


def _when(reason: str, now: Snapshot, scenery: Scenery) -> Pair | None:
    """Return until when an order holds, or from when a trip is free, where that is known."""
    when_s = now.show.when_s
    if when_s is None or reason not in _TOLD_WHEN:
        return None
    time = scenery.wall.day_or_time(when_s, now.at)
    return scenery.words.pair(f"label.when.{reason}", time=time)


def _earlier(passage: LastPassage, scenery: Scenery) -> Pair:
    """Return when and where a pass was seen before."""
    utc = datetime.fromtimestamp(passage.utc_ms / 1000, UTC)
    time = f"{utc.astimezone(scenery.wall.zone):%H:%M}"
    return scenery.words.pair("label.earlier", time=time, gate=passage.gate)


def _row(recorded: Recorded, scenery: Scenery, privacy: PrivacyConfig) -> View:
    entry = recorded.entry
    readings = [r for r in entry.readings if isinstance(r, Reading)]
    return {
        "seq": recorded.seq,
        "time": _time(entry.at, scenery),
        "label": _label(entry, privacy),
        "direction": scenery.words.pair(f"direction.{entry.direction.value}"),
        "level": _row_level(entry),
        "words": entry_words(entry, scenery),
        "temperature": f"{readings[-1].estimate_c:.1f}" if readings else "",
    }


def _fault(active: ActiveFault, now: Stamp, scenery: Scenery) -> View:
    fault, pair = active.fault, scenery.words.pair
    mins = int((now.mono_s - active.since.mono_s) // 60)
    return {
        "fault": fault.value,
        "level": _level(fault),
        "part": pair(f"chip.{FAULTS[fault].part}"),
        "line": pair(f"fault.{fault.value}"),
        "way_back": pair(f"way_back.{fault.value}"),
        "age": pair("label.age_mins", mins=mins) if mins > 0 else pair("label.age_now"),
        "detail": active.detail[:DETAIL_MAX],
    }


def _reading(reading: Reading | NoReading, scenery: Scenery) -> Pair:
    if isinstance(reading, Reading):
        text = f"{reading.estimate_c:.1f} ℃"
        return _with_instrument(text, reading, scenery)
    return scenery.words.pair(f"missing.{reading.reason.value}")


def _with_instrument(text: str, reading: Reading, scenery: Scenery) -> Pair:
    """Return a temperature, marked where staff typed it."""
    if not reading.source.is_typed:
        return text, text
    name = reading.source.value.removeprefix("typed_")
    instrument = scenery.words.pair(f"instrument.{name}")
    typed = scenery.words.pair("source.typed", name=instrument)
    return f"{text} {typed[0]}", f"{text} {typed[1]}"


def _reason(decision: Decision | None) -> str:
    return "" if decision is None or isinstance(decision, Granted) else decision.reason.value


def _fever(entry: Entry, now: Snapshot | None) -> str:
    """Return why whoever is being served is measured by contact; empty: no fever is open."""
    open_now = () if now is None or entry.decision is not None else now.matters
    fevers = (one.matter for one in open_now if one.matter.kind is MatterKind.FEVER)
    has_one = entry.cti is not None and any(one.cti == entry.cti for one in fevers)
    return Reason.ELEVATED.value if has_one else ""


def _mark(decision: Decision | None) -> str:
    if isinstance(decision, Granted):
        return "granted"
    return "denied" if isinstance(decision, Denied) else "referred"


def _row_level(entry: Entry) -> str:
    is_noted = entry.decision is None and entry.kind is not EntryKind.PASSAGE
    return "noted" if is_noted else _mark(entry.decision)


def _decision_words(decision: Decision | None, scenery: Scenery) -> Pair:
    return scenery.words.pair(f"decision.{_mark(decision)}")


def _label(entry: Entry, privacy: PrivacyConfig) -> str:
    return entry.label if privacy.show_labels else ""


def _time(at: Stamp, scenery: Scenery) -> str:
    """Return the local time of an entry, marked where the clock was in doubt."""
    local = f"{at.utc.astimezone(scenery.wall.zone):%H:%M}"
    return f"≈{local}" if at.clock is ClockState.UNSURE else local
