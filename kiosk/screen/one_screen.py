"""Staff at the one screen there is: a thin strip for who knows the key, a page behind a card.

The screen faces a queue. While somebody is signed on, the resident's page says which part is
ill, whose pass it is as the pass itself masks it, and why as a number. Everything else stands
on the staff page, which is shut until a duty card or a PIN opens it, and shuts by itself.
"""

from kiosk.config import PrivacyConfig
from kiosk.core.wording import Page
from kiosk.ports import Snapshot
from kiosk.screen.staff_cases import decidable
from kiosk.screen.staff_key import number_of
from kiosk.screen.staff_view import chip_levels
from kiosk.screen.view import Scenery, View

_NOBODY_IS_SERVED = frozenset({Page.STARTING, Page.IDLE, Page.ON_DUTY})
_SHUT_SHOWS = ("show", "gate", "time", "staff", "has_desk", "lock")


def duty_strip(snapshot: Snapshot, scenery: Scenery, privacy: PrivacyConfig) -> View | None:
    """Return what the resident's page adds for staff; None while nobody is signed on."""
    if snapshot.staff is None:
        return None
    entry = snapshot.show.entry or snapshot.at_gate
    if entry is None and snapshot.show.page is Page.IDLE:
        entry = next(iter(decidable(snapshot)), None)
    ill = {part: level for part, level in chip_levels(snapshot).items() if level != "ok"}
    return {
        "ill": [
            {"level": level, "name": scenery.words.pair(f"chip.{part}")}
            for part, level in sorted(ill.items(), key=lambda one: one[1])
        ],
        "well": scenery.words.pair("desk.well"),
        "open": scenery.words.pair("desk.open_staff"),
        "number": None if entry is None else number_of(entry),
        "label": entry.label if entry is not None and privacy.show_labels else "",
    }


def shut_view(view: View) -> View:
    """Return the staff page while it is shut: nothing about anybody."""
    return {**{key: view[key] for key in _SHUT_SHOWS}, "is_one": True, "is_shut": True}


def open_view(view: View, page: Page, face: View) -> View:
    """Return the staff page with what whoever shows a pass meanwhile sees and hears."""
    is_served = page not in _NOBODY_IS_SERVED
    return {**view, "is_one": True, "is_shut": False, "face": face if is_served else None}
