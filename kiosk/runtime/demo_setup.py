"""What does not change while a demo is played: links, people, the lines of the rules."""

from typing import Any

from kiosk.core.rules_words import Rules
from kiosk.runtime.demo_cast import LOOKS
from kiosk.runtime.demo_stage import Stage
from kiosk.runtime.demo_volunteer import PIN


def door_words(building: int, room: int) -> tuple[str, str]:
    """Return a door as people say it."""
    return f"{building}号楼{room}", f"Building {building}, {room}"


def setup_view(stage: Stage) -> dict[str, Any]:
    """Return what does not change while the demo runs."""
    site, rules = stage.site, Rules()
    return {
        "links": {
            "resident": f"{site.screen_url}/",
            "staff": f"{site.screen_url}/staff",
            "central": f"{site.central_url}/",
        },
        "cast": _cast_view(stage),
        "pin": PIN,
        "folder": str(site.folder),
        "near_c": rules.retest_from_c,
        "elevated_c": rules.elevated_c,
        "cold_outdoors_c": rules.cold_outdoors_c,
    }


def _cast_view(stage: Stage) -> list[dict[str, Any]]:
    """Return the made-up residents: how they are drawn, the masked name, the door."""
    return [
        {
            "name": resident.label,
            "door": door_words(resident.building, resident.room),
            "look": {
                "hat": look.hat,
                "coat": look.coat,
                "hair": look.hair,
                "is_old": look.is_old,
                "has_glasses": look.has_glasses,
            },
        }
        for look, resident in zip(LOOKS, stage.town.residents, strict=False)
    ]
