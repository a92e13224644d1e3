"""Snapshot -> the duty section of the staff page: who keeps the gate, handover, other gates.

Everything here is a short name, a number or a note: nothing of residents. What central says
of other gates carries its age, and what is older than three heartbeats is said to be old.
"""

from datetime import UTC, datetime

from kiosk.core.duty import BAD, Note, OtherGate, Sheet, Shift
from kiosk.ports import Snapshot
from kiosk.screen.view import Scenery, View
from kiosk.screen.words import Pair, Words

OLD_S = 180  # three heartbeats
SHOWN = ("entries", "went_in", "went_out", "referred", "denied")


def duty(snapshot: Snapshot, scenery: Scenery) -> View:
    """Return the duty section."""
    board, words = snapshot.duty, scenery.words
    watch = board.watch
    return {
        "now": _now(snapshot, scenery),
        "phone": scenery.phone if snapshot.staff is None else "",
        "roster": _roster(snapshot, scenery),
        "counts": [
            {"words": words.pair(f"duty.count.{name}"), "n": getattr(watch.counts, name)}
            for name in SHOWN
        ],
        "notes": [_note(note, scenery) for note in watch.notes],
        "can_write": snapshot.staff is not None,
        "sheet": None if board.watch.sheet is None else _sheet(board.watch.sheet, scenery),
        "others": [_other(one, snapshot, scenery) for one in board.others],
        "told": _told(board.told_s, words),
    }


def duty_chip(snapshot: Snapshot, scenery: Scenery) -> tuple[str, Pair]:
    """Return the level and the words of the chip: who is here, or that nobody is."""
    if snapshot.staff is not None:
        return "ok", (snapshot.staff, snapshot.staff)
    covered = snapshot.duty.covered_by
    if covered is not None:
        who = f"{covered.now.gate} {covered.now.staff}"
        return "ok", scenery.words.pair("chip.duty.covered", who=who)
    return "warn", scenery.words.pair("chip.duty.nobody")


def _now(snapshot: Snapshot, scenery: Scenery) -> View:
    """Return who keeps the gate since when, and whether that was to be."""
    watch, words = snapshot.duty.watch, scenery.words
    since = _time(watch.since_ms, scenery, is_sure=watch.is_sure)
    covered = snapshot.duty.covered_by
    if snapshot.staff is not None:
        said = words.pair("duty.on", name=snapshot.staff, time=since)
    elif covered is not None:
        said = words.pair("duty.covered", gate=covered.now.gate, name=covered.now.staff or "")
    elif watch.since_ms:
        said = words.pair("duty.nobody_since", time=since)
    else:
        said = words.pair("duty.nobody")
    is_kept = snapshot.staff is not None or covered is not None
    return {"words": said, "level": "ok" if is_kept else "warn"}


def _roster(snapshot: Snapshot, scenery: Scenery) -> list[View]:
    """Return who should be here and who comes next; who is here unplanned is not blamed."""
    board, words = snapshot.duty, scenery.words
    if not board.has_roster:
        return [{"words": words.pair("duty.no_roster"), "level": "ok"}]
    lines = []
    for shift in board.here:
        is_there = shift.staff == snapshot.staff
        until = _time(shift.until_ms, scenery)
        said = words.pair("duty.should", name=shift.staff, time=until)
        lines.append({"words": said, "level": "ok" if is_there else "warn"})
    if not board.here:
        lines.append({"words": words.pair("duty.should_nobody"), "level": "ok"})
    lines += [{"words": _next(shift, snapshot, scenery), "level": "ok"} for shift in board.next]
    return lines


def _next(shift: Shift, snapshot: Snapshot, scenery: Scenery) -> Pair:
    """Return who comes next and when: a time today, a day and a time later on."""
    at_s = shift.from_ms // 1000
    day, time = scenery.wall.day_or_time(at_s, snapshot.at), _time(shift.from_ms, scenery)
    when = day if day[0] == time else (f"{day[0]} {time}", f"{day[1]} {time}")
    return scenery.words.pair("duty.next", name=shift.staff, time=when)


def _sheet(sheet: Sheet, scenery: Scenery) -> View:
    """Return what was handed over, and whether anybody has taken it."""
    words, counts = scenery.words, sheet.counts
    times = {
        "since": _time(sheet.since_ms, scenery, is_sure=sheet.is_sure),
        "time": _time(sheet.at_ms, scenery, is_sure=sheet.is_sure),
    }
    if sheet.taken_by is not None and sheet.taken_ms is not None:
        at = _time(sheet.taken_ms, scenery)
        taken = words.pair("duty.taken", name=sheet.taken_by, time=at)
    else:
        taken = words.pair("duty.not_taken")
    numbers = [(name, getattr(counts, name)) for name in SHOWN]
    numbers += [(name, getattr(sheet, name)) for name in ("cases", "cards", "overstayed")]
    return {
        "title": words.pair("duty.sheet", name=sheet.staff, **times),
        "numbers": [{"words": words.pair(f"duty.count.{k}"), "n": n} for k, n in numbers],
        "faults": [words.pair(f"fault.{f}") for f in sheet.faults if f"fault.{f}" in words.zh],
        "notes": [_note(note, scenery) for note in sheet.notes],
        "taken": taken,
        "is_taken": sheet.taken_by is not None,
    }


def _note(note: Note, scenery: Scenery) -> View:
    return {"time": _time(note.at_ms, scenery), "staff": note.staff, "text": note.text}


def _other(one: OtherGate, snapshot: Snapshot, scenery: Scenery) -> View:
    """Return how another gate stands, and whether whoever is here looks after it."""
    words, now = scenery.words, one.now
    is_old = one.heard_s > OLD_S
    is_ours = now.gate in snapshot.duty.watch.covers and snapshot.staff is not None
    needs = now.staff is None and not is_ours
    return {
        "gate": now.gate,
        "words": _who(one, snapshot, words),
        "waiting": words.pair("duty.waiting", n=now.waiting) if now.waiting else None,
        "trouble": words.pair("duty.trouble") if now.level == BAD else None,
        "age": words.pair("duty.heard", age=_age(one.heard_s, words)),
        "is_old": is_old,
        "is_ours": is_ours,
        "can_cover": snapshot.staff is not None and now.gate != scenery.gate,
        "level": "bad"
        if now.waiting and needs
        else "warn"
        if needs or is_old or now.level == BAD
        else "ok",
    }


def _who(one: OtherGate, snapshot: Snapshot, words: Words) -> Pair:
    now = one.now
    age = _age(max(120, now.since_s), words)  # by minutes: the row stays as it is meanwhile
    if now.staff is not None:
        return words.pair("duty.other_on", name=now.staff)
    if now.gate in snapshot.duty.watch.covers and snapshot.staff is not None:
        return words.pair("duty.other_ours")
    for third in snapshot.duty.others:
        if now.gate in third.now.covers and third.now.staff and third.heard_s <= OLD_S:
            who = f"{third.now.gate} {third.now.staff}"
            return words.pair("duty.other_covered", who=who)
    return words.pair("duty.other_nobody", age=age)


def _told(told_s: float | None, words: Words) -> Pair:
    """Return how old all of it is: it comes through central and never straight."""
    if told_s is None:
        return words.pair("duty.never_told")
    return words.pair("duty.told", age=_age(int(told_s), words))


def _age(seconds: int, words: Words) -> Pair:
    if seconds < 120:
        return words.pair("duty.age_s", n=seconds)
    if seconds < 7200:
        return words.pair("age.mins", n=seconds // 60)
    return words.pair("age.hours", n=seconds // 3600)


def _time(utc_ms: int, scenery: Scenery, *, is_sure: bool = True) -> str:
    local = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(scenery.wall.zone)
    return f"{local:%H:%M}" if is_sure else f"≈{local:%H:%M}"
