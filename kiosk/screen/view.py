"""Snapshot -> what the resident's screen shows. Pure.

The public view carries only what the public may see, in the payload too: no name, no door,
no temperature, no reason. Every page for which "a member of staff will help you" is the
same page to bystanders, byte for byte.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from kiosk.core.faults import FAULTS, Fault
from kiosk.core.wording import DWELL_S, ONE_MOMENT, STAY_S, Page
from kiosk.ports import Snapshot
from kiosk.screen.words import Pair, WallClock, Words

View = dict[str, Any]  # a JSON object


class Tone(Enum):
    """What a colour means; each has one shape of its own, and the words beside it."""

    IDLE = "idle"
    BUSY = "busy"
    PASS = "pass"
    WAIT = "wait"
    INFO = "info"


class Sound(Enum):
    """The three tones: go on, do something, a person comes to you."""

    GOOD = "good"
    ATTENTION = "attention"
    STOP = "stop"


TONES: dict[Page, Tone] = {
    Page.STARTING: Tone.BUSY,
    Page.IDLE: Tone.IDLE,
    Page.SEEN: Tone.BUSY,
    Page.LOOK_TEMP: Tone.BUSY,
    Page.AGAIN: Tone.WAIT,
    Page.NO_TEMP: Tone.WAIT,
    Page.STAFF_MEASURES: Tone.BUSY,
    Page.WARM_UP: Tone.WAIT,
    Page.ON_DUTY: Tone.INFO,
    Page.PASS_OUT: Tone.PASS,
    Page.PASS_IN: Tone.PASS,
    Page.PASS_LAST: Tone.PASS,
    Page.VISITOR_OK: Tone.PASS,
    Page.OVERRIDE: Tone.PASS,
    Page.SUPPLIES: Tone.INFO,
    Page.VISITOR_NEW: Tone.INFO,
    Page.QUOTA: Tone.WAIT,
    Page.CURFEW: Tone.WAIT,
    Page.SECOND_SCAN: Tone.PASS,
    Page.EXPIRED: Tone.WAIT,
    Page.NOT_YET: Tone.WAIT,
    Page.REVOKED: Tone.WAIT,
    Page.UNKNOWN: Tone.WAIT,
    Page.FORGED: Tone.WAIT,
    Page.HOLD: Tone.WAIT,
    Page.FEVER: Tone.WAIT,
    Page.TEMP_LOW: Tone.WAIT,
    Page.TOO_COLD: Tone.WAIT,
    Page.THERM_DOWN: Tone.INFO,
    Page.CAM_COVERED: Tone.INFO,
    Page.QR_HARD: Tone.WAIT,
    Page.HELP: Tone.INFO,
    Page.FORGOT: Tone.INFO,
    Page.VISITOR_WAIT: Tone.WAIT,
    Page.VEHICLE: Tone.INFO,
    Page.STAFF_SIGNIN: Tone.INFO,
    Page.ANNOUNCE: Tone.INFO,
}
SHAPES: dict[Tone, str] = {
    Tone.IDLE: "frame",
    Tone.BUSY: "dots",
    Tone.PASS: "circle",
    Tone.WAIT: "triangle",
    Tone.INFO: "square",
}
_DO_SOMETHING = frozenset(
    {
        Page.LOOK_TEMP,
        Page.AGAIN,
        Page.NO_TEMP,
        Page.STAFF_MEASURES,
        Page.WARM_UP,
        Page.UNKNOWN,
        Page.NOT_YET,
        Page.VISITOR_NEW,
        Page.SUPPLIES,
        Page.QR_HARD,
        Page.HELP,
        Page.FORGOT,
        Page.VISITOR_WAIT,
        Page.VEHICLE,
    }
)
_SILENT = frozenset(
    {
        Page.STARTING,
        Page.IDLE,
        Page.SEEN,
        Page.CAM_COVERED,
        Page.STAFF_SIGNIN,
        Page.ANNOUNCE,  # is read aloud, or nobody is disturbed
    }
)


@dataclass(frozen=True, slots=True)
class Panel:
    """How large the screen is and from where it is read; large print is made for it."""

    inches: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class Scenery:
    """What does not change while the kiosk runs."""

    words: Words
    wall: WallClock
    gate: str  # the gate's own name, always on the screen
    panel: Panel = Panel(10.1, 1.0)
    phone: str = ""  # whom to call while nobody is on duty here
    sounds: frozenset[str] = frozenset(sound.value for sound in Sound)  # those there are
    is_practice: bool = False  # the header of each page says so


def public_page(snapshot: Snapshot) -> Page:
    """Return the page that the public sees of a snapshot."""
    page = snapshot.show.page
    if page in ONE_MOMENT:
        return Page.HOLD
    if page is Page.IDLE and _is_in_trouble(snapshot, "camera", {Fault.READER_ZBAR}):
        return Page.CAM_COVERED
    if page is Page.IDLE and snapshot.announced is not None:
        return Page.ANNOUNCE
    return page


def public_view(snapshot: Snapshot, show_no: int, scenery: Scenery) -> View:
    """Return the resident's page. `show_no` rises with each new Show."""
    page = public_page(snapshot)
    total_s, left_s = _dwell(page, snapshot)
    ending, slots = _ending(page, snapshot, scenery), _slots(snapshot, scenery)
    title, line = (_words(page, part, ending, slots, scenery) for part in ("title", "line"))
    return {
        **_face(page, scenery, title, line),
        "show": show_no,
        "time": scenery.wall.time(snapshot.at),
        "hint": ending,
        "strip": _strip(page, snapshot, scenery),
        "help": _help(snapshot, scenery),
        "total_s": total_s,
        "left_s": left_s,
    }


_NOTHING_BESIDE: View = {
    "hint": "",
    "strip": None,
    "help": None,
    "total_s": None,
    "left_s": None,
}


def waiting_view(show_no: int, scenery: Scenery, *, is_lost: bool) -> View:
    """Return the page of a gate that says nothing: not yet, or not any more (`is_lost`).

    A result that has gone stale is never left standing.
    """
    key = "lost" if is_lost else "starting"
    words = scenery.words
    title, line = words.pair(f"page.{key}.title"), words.pair(f"page.{key}.line")
    face = _face(Page.STARTING, scenery, title, line)
    return {**face, "show": show_no, "time": "", **_NOTHING_BESIDE}


def sound_of(page: Page) -> Sound | None:
    """Return the tone that begins with a page, None for silence."""
    tone = TONES[page]
    if tone is Tone.PASS:
        return Sound.GOOD
    if page in _DO_SOMETHING:
        return Sound.ATTENTION
    return None if page in _SILENT else Sound.STOP


def _face(page: Page, scenery: Scenery, title: Pair, line: Pair) -> View:
    tone, sound = TONES[page], sound_of(page)
    is_heard = sound is not None and sound.value in scenery.sounds
    return {
        "page": page.value,
        "tone": tone.value,
        "shape": SHAPES[tone],
        "sound": sound.value if sound is not None and is_heard else "",
        "zh": {"title": title[0], "line": line[0]},
        "en": {"title": title[1], "line": line[1]},
        "gate": scenery.gate,
        "preview": page is Page.IDLE,
    }


def _ending(page: Page, snapshot: Snapshot, scenery: Scenery) -> str:
    """Return the ending of the keys under which a page has words of its own for this case."""
    show = snapshot.show
    match page:
        case Page.NOT_YET | Page.WARM_UP | Page.VISITOR_OK if show.when_s is None:
            return "plain"
        case Page.QR_HARD if show.hint is not None:
            return show.hint.value
        case Page.HOLD | Page.HELP if snapshot.staff is None and scenery.phone:
            return "phone"
        case Page.HELP if snapshot.staff is None:
            return "told"
    return ""


def _words(page: Page, part: str, ending: str, slots: dict[str, Any], scenery: Scenery) -> Pair:
    """Return a page's title or line: the words for this case, where it has some."""
    key = f"page.{page.value}.{part}"
    special = f"{key}_{ending}"
    return scenery.words.pair(special if special in scenery.words.zh else key, **slots)


def _help(snapshot: Snapshot, scenery: Scenery) -> View:
    """Return what stands on the button that asks for a person."""
    is_called = snapshot.help_since is not None
    key = "help"
    if is_called:
        unattended = "phone" if scenery.phone else "told"
        key = "called" if snapshot.staff is not None else unattended
    chinese, english = scenery.words.pair(f"foot.{key}")
    if key == "phone":
        chinese = f"{chinese} {_unbroken(scenery.phone)}"
    return {"is_called": is_called, "zh": chinese, "en": english}


def _slots(snapshot: Snapshot, scenery: Scenery) -> dict[str, Any]:
    when_s, announced = snapshot.show.when_s, snapshot.announced
    time = {} if when_s is None else {"time": scenery.wall.day_or_time(when_s, snapshot.at)}
    told = {} if announced is None else {"text": (announced.one.zh, announced.one.en)}
    return {**time, **told, "phone": _unbroken(scenery.phone)}


def _unbroken(phone: str) -> str:
    """Return a number that a row breaks at its spaces alone."""
    return phone.replace("-", "-\u2060")


def _dwell(page: Page, snapshot: Snapshot) -> tuple[float | None, float | None]:
    """Return how long a page lasts and what is left of it; pages that stay have no bar."""
    until_s, total_s = snapshot.show.until_s, DWELL_S[page]
    if page is Page.ANNOUNCE and snapshot.announced is not None:
        until_s, total_s = snapshot.announced.until_s, snapshot.announced.one.shown_s
    if until_s is None or total_s >= STAY_S:
        return None, None
    left_s = min(total_s, max(0.0, until_s - snapshot.at.mono_s))
    return total_s, round(left_s, 2)


def _strip(page: Page, snapshot: Snapshot, scenery: Scenery) -> View | None:
    """Return the strip over the idle page: people learn early what will be different."""
    words, announced = scenery.words, snapshot.announced
    if page is Page.ANNOUNCE and announced is not None:
        day = scenery.wall.day_or_time(announced.one.from_ms // 1000, snapshot.at)
        who, place, count = announced.one.issuer, announced.place, announced.count
        told = words.pair("strip.announce", issuer=who, day=day, i=place, n=count)
        return {"zh": told[0], "en": told[1]}
    is_measured = not snapshot.is_by_hand and not _is_in_trouble(snapshot, "thermometer", set())
    if page is not Page.IDLE or is_measured:
        return None
    chinese, english = words.pair("strip.thermometer")
    return {"zh": chinese, "en": english}


def _is_in_trouble(snapshot: Snapshot, part: str, but_for: set[Fault]) -> bool:
    held = {active.fault for active in snapshot.faults} - but_for - {Fault.CODES_FOREIGN}
    return any(FAULTS[fault].part == part for fault in held)
