"""What the community tells everybody at its gates: plain text, with who says it and until when.

The same check stands at central, where a text is typed, and at the gate, where it arrives.
"""

import unicodedata
from dataclasses import dataclass

ID_BYTES = 8
HANZI_MAX, LETTERS_MAX, ISSUER_MAX = 60, 160, 12
SHOWN_S_MIN = 12.0  # chosen: time to walk up and read
SPOKEN_S_BEFORE, SPOKEN_S_HANZI, SPOKEN_S_LETTER = 3.0, 0.34, 0.085  # measured, and some more
_BEYOND_GBK = "䶮㛃"  # hanzi of known names; every other sign of the gates' fonts is in GBK


@dataclass(frozen=True, slots=True)
class Announcement:
    """One notice. `en` may be empty. In force from `from_ms` up to `until_ms`, UTC."""

    id: bytes
    zh: str
    en: str
    issuer: str
    from_ms: int
    until_ms: int

    def is_in_force(self, utc_ms: int) -> bool:
        """Return whether people are told now."""
        return self.from_ms <= utc_ms < self.until_ms

    @property
    def shown_s(self) -> float:
        """Return how long it stays on the screen: time to read it, and to hear it out."""
        spoken_s = SPOKEN_S_HANZI * len(self.zh) + SPOKEN_S_LETTER * len(self.en)
        return max(SHOWN_S_MIN, SPOKEN_S_BEFORE + spoken_s)


def plain_text(typed: str) -> str:
    """Return a text on one line: signs in their common form, one space where there are many."""
    return " ".join(unicodedata.normalize("NFC", typed).split())


def is_plain(text: str, longest: int) -> bool:
    """Return whether a text may be shown: not empty, not too long, every sign one we draw."""
    has_words = any(sign.isalnum() for sign in text)
    return has_words and len(text) <= longest and text == plain_text(text) and _is_drawn(text)


def is_sound(one: Announcement) -> bool:
    """Return whether an announcement is one that central would have made."""
    has_texts = is_plain(one.zh, HANZI_MAX) and is_plain(one.issuer, ISSUER_MAX)
    is_english_good = not one.en or is_plain(one.en, LETTERS_MAX)
    is_timed = 0 <= one.from_ms < one.until_ms < 1 << 53
    return len(one.id) == ID_BYTES and has_texts and is_english_good and is_timed


def _is_drawn(text: str) -> bool:
    """Return whether the gates' own fonts have every sign, and none of them is a command."""
    if not text.isprintable() or any(unicodedata.category(sign) == "Co" for sign in text):
        return False
    known = "".join(sign for sign in text if sign not in _BEYOND_GBK)
    try:
        known.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True
