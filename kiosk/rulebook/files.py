"""Rules by name: a preset that comes with the kiosk, or a file."""

from pathlib import Path

from kiosk.core.rules_words import Rules
from kiosk.errors import ConfigError
from kiosk.rulebook.presets import PRESETS, preset_text
from kiosk.rulebook.reading import UTC_OFFSET_S, read_rules
from kiosk.rulebook.tree import BYTES_MAX, ROOT


def rules_of(name: str, *, utc_offset_s: int = UTC_OFFSET_S) -> Rules:
    """Return the rules of a preset or a file. Raises ConfigError with every mistake."""
    return read_rules(text_of(name), utc_offset_s=utc_offset_s)


def text_of(name: str) -> str:
    """Return the text of a preset or a file. Raises ConfigError."""
    if name in PRESETS:
        return preset_text(name)
    try:
        with Path(name).open("rb") as file:
            return file.read(BYTES_MAX + 1).decode("utf-8-sig")
    except OSError as exc:
        raise ConfigError([f"{ROOT}: {name}: {exc.strerror}"]) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError([f"{ROOT}: {name}: not UTF-8 text (byte {exc.start})"]) from exc
