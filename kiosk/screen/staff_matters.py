"""Snapshot -> fevers and incidents on the staff page: who knows, who answered, whom to call.

Until central has it, the page says that nobody knows: silence must not look like success.
The clocks run on the page; here stands only when each began.
"""

from datetime import UTC, datetime

from kiosk.config import PrivacyConfig
from kiosk.core.matters import MatterKind, MatterNow, age_s
from kiosk.ports import Snapshot
from kiosk.screen.view import Scenery, View
from kiosk.screen.words import Pair

PHRASES = {
    MatterKind.INCIDENT: ("coming", "calm"),
    MatterKind.FEVER: ("rest", "not_a_diagnosis"),
}


def matters_view(snapshot: Snapshot, scenery: Scenery, privacy: PrivacyConfig) -> View:
    """Return what waits for a named person, the newest first, and whom to call meanwhile."""
    open_now = tuple(reversed(snapshot.matters))
    kinds = {one.matter.kind for one in open_now if not one.is_answered}
    contacts = snapshot.sync.contacts if snapshot.sync is not None else ()
    return {
        "list": [_one(one, snapshot, scenery, privacy) for one in open_now],
        "owed": snapshot.is_call_owed,
        "waiting": snapshot.is_call_owed or bool(kinds),
        "levels": [
            {"name": c.name, "phone": c.phone, "role": c.role, "after_s": c.after_s}
            for c in contacts
        ],
        "phone": scenery.phone,
        "phrases": [
            scenery.words.pair(f"matter.phrase.{key}")
            for kind, keys in PHRASES.items()
            if kind in kinds
            for key in keys
        ],
    }


def _one(one: MatterNow, snapshot: Snapshot, scenery: Scenery, privacy: PrivacyConfig) -> View:
    matter, pair = one.matter, scenery.words.pair
    return {
        "seq": matter.seq,
        "kind": matter.kind.value,
        "what": pair(f"matter.{matter.kind.value}"),
        "why": pair(f"reason.{matter.reason.value}") if matter.reason is not None else None,
        "label": matter.label if privacy.show_labels else "",
        "since": scenery.wall.time(matter.at),
        "opened_ms": int(matter.at.utc.timestamp() * 1000),
        "age_mins": int(age_s(matter.at, snapshot.at) // 60),
        "state": _state(one),
        "said": _said(one, scenery),
        "calls": pair("matter.calls", n=matter.calls) if matter.calls > 1 else None,
        "withdrawn": _withdrawn(one, scenery),
        "may_withdraw": matter.kind is MatterKind.INCIDENT and matter.withdrawn_by is None,
    }


def _state(one: MatterNow) -> str:
    if one.is_answered:
        return "answered"
    return "sent" if one.is_sent else "unheard"


def _said(one: MatterNow, scenery: Scenery) -> Pair:
    """Return who knows of it and who answered, in a sentence."""
    word, pair = one.word, scenery.words.pair
    if word is None or not one.is_answered:
        return pair(f"matter.said.{_state(one)}")
    at = datetime.fromtimestamp(word.utc_ms / 1000, UTC).astimezone(scenery.wall.zone)
    return pair("matter.said.answered", by=word.by, time=f"{at:%H:%M}")


def _withdrawn(one: MatterNow, scenery: Scenery) -> Pair | None:
    by = one.matter.withdrawn_by
    return None if by is None else scenery.words.pair("matter.withdrawn", by=by)
