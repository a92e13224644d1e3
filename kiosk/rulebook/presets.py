"""The rule sets that come with the kiosk, to be used as they are or as a beginning."""

from importlib.resources import files

PRESETS = ("open", "controlled", "closed")


def preset_text(name: str) -> str:
    """Return the rule file of a preset. `name` is one of `PRESETS`."""
    assert name in PRESETS
    return files("kiosk.rulebook").joinpath("presets", f"{name}.yaml").read_text("utf-8")
