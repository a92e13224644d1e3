"""Snapshot -> what stands beside the case on the staff page: cards, a vehicle, counts, ages."""

from datetime import timedelta

from kiosk.config import PrivacyConfig
from kiosk.core.announcement import Announcement
from kiosk.core.words import Entry, EntryKind, Held
from kiosk.core.words_home import OpenVehicle
from kiosk.ports import Snapshot
from kiosk.screen.staff_cases import decidable, holdable, named
from kiosk.screen.view import Scenery, View
from kiosk.screen.words import Pair, Words

DAYS_SHOWN = 8  # chosen: whoever came back earlier is typed by date
HOUR_S, DAY_S = 3600.0, 86_400.0


def beside(snapshot: Snapshot, scenery: Scenery, privacy: PrivacyConfig) -> View:
    """Return what the forms are drawn from, and the strip of counts and ages."""
    passages = [entry for entry in named(snapshot) if entry.kind is EntryKind.PASSAGE]
    return {
        "cases": [_named(entry, scenery, privacy) for entry in decidable(snapshot)],
        "people": [_named(entry, scenery, privacy) for entry in passages],
        "days": _days(snapshot, scenery),
        "card": _card(snapshot),
        "vehicle": _vehicle(snapshot.open_vehicle, scenery.words),
        "regulars": list(snapshot.regulars),
        "overstayed": [
            scenery.words.pair("label.overstayed", n=number) for number in snapshot.overstayed
        ],
        "supplies": {"now": snapshot.supplies, "choices": list(snapshot.supplies_choices)},
        "notices": [_notice(one, scenery) for one in reversed(snapshot.announcements)],
        "waiting_form": snapshot.waiting_form,
        "may_hold": [_named(entry, scenery, privacy) for entry in holdable(snapshot)],
        "held": [_held(one, scenery, privacy) for one in snapshot.held],
        "counts": [
            {"key": key, "words": scenery.words.pair(f"count.{key}"), "n": number}
            for key, number in snapshot.counts
            if f"count.{key}" in scenery.words.zh
        ],
        "ages": _ages(snapshot, scenery.words),
    }


def entry_words(entry: Entry, scenery: Scenery) -> Pair:
    """Return an entry's reason in words, or its decision, or what it is about."""
    reason = getattr(entry.decision, "reason", None)
    if reason is not None:
        return scenery.words.pair(f"reason.{reason.value}")
    if entry.kind is EntryKind.PASSAGE:
        word = "referred" if entry.decision is None else "granted"
        return scenery.words.pair(f"decision.{word}")
    return scenery.words.pair(f"kind.{entry.kind.value}")


def age_words(age_s: float, words: Words) -> Pair:
    """Return an age as people say it: minutes, hours, days."""
    if age_s < HOUR_S:
        return words.pair("age.mins", n=max(0, int(age_s // 60)))
    if age_s < 2 * DAY_S:
        return words.pair("age.hours", n=int(age_s // HOUR_S))
    return words.pair("age.days", n=int(age_s // DAY_S))


def _days(snapshot: Snapshot, scenery: Scenery) -> list[tuple[str, Pair]]:
    """Return the last days, today first, as a form has them and as people say them."""
    today = snapshot.at.utc.astimezone(scenery.wall.zone).date()
    days = [today - timedelta(days=n) for n in range(DAYS_SHOWN)]
    said = [scenery.words.pair("desk.today"), scenery.words.pair("desk.yesterday")]
    said += [(f"{day.month}月{day.day}日", f"{day:%d %b}") for day in days[2:]]
    return [(day.isoformat(), words) for day, words in zip(days, said, strict=True)]


def _card(snapshot: Snapshot) -> View | None:
    """Return the newest card that was lent or bound: its number, and that of its entry."""
    for recorded in snapshot.recent:
        known = dict(recorded.entry.details)
        if recorded.entry.kind is EntryKind.CARD and "card" in known:
            return {"seq": recorded.seq, "no": known["card"]}
    return None


def _named(entry: Entry, scenery: Scenery, privacy: PrivacyConfig) -> View:
    return {
        "scan_id": str(entry.scan_id),
        "time": f"{entry.at.utc.astimezone(scenery.wall.zone):%H:%M}",
        "label": entry.label if privacy.show_labels else "",
        "words": _short(entry_words(entry, scenery)),
    }


def _short(words: Pair) -> Pair:
    """Return a sentence as it stands on a button."""
    return words[0].rstrip("。"), words[1].rstrip(".")


def _held(held: Held, scenery: Scenery, privacy: PrivacyConfig) -> View:
    """Return who was asked to wait, since when and by whom."""
    time = f"{held.at.utc.astimezone(scenery.wall.zone):%H:%M}"
    return {
        "scan_id": str(held.scan_id),
        "label": held.label if privacy.show_labels else "",
        "words": scenery.words.pair("desk.held_by", time=time, name=held.staff),
    }


def _notice(one: Announcement, scenery: Scenery) -> View:
    """Return what everybody is told, with who says it and until when."""
    begins, ends = (scenery.wall.day_and_time(ms // 1000) for ms in (one.from_ms, one.until_ms))
    who = scenery.words.pair("desk.notice_until", issuer=one.issuer, begins=begins, ends=ends)
    return {"words": (one.zh, one.en), "who": who}


def _vehicle(vehicle: OpenVehicle | None, words: Words) -> View | None:
    """Return the vehicle whose occupants are being measured."""
    if vehicle is None or vehicle.well >= vehicle.occupants:
        return None
    return {
        "vehicle": vehicle.vehicle.hex(),
        "words": words.pair("label.vehicle", n=vehicle.well, all=vehicle.occupants),
        "is_admitted": vehicle.is_admitted,
    }


def _ages(snapshot: Snapshot, words: Words) -> list[Pair]:
    """Return how old the register is, and which rules hold."""
    age_s = snapshot.register_age_s
    register = words.pair("label.register_none")
    if age_s is not None:
        register = words.pair("label.register_age", age=age_words(age_s, words))
    name = snapshot.rules_name or words.pair("label.rules_own")
    return [register, words.pair("label.rules", n=snapshot.rules_version, name=name)]
