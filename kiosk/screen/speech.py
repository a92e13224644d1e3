"""What is spoken with a page, when, and how loud. The clips themselves come from elsewhere.

A sentence is spoken where somebody must do something. Those who go through hear their tone,
and the words with it once a minute at most: whoever passes every day minds hearing them. The
instruction to stand still comes late enough that only those who wait hear it. At night there
are no words, and the tones are low. Names, numbers and reasons have no sentence.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.config_voice import VoiceConfig
from kiosk.core.announcement import Announcement
from kiosk.core.wording import ONE_MOMENT, Page
from kiosk.ports import Snapshot
from kiosk.screen.view import TONES, Tone, View, public_page
from kiosk.screen.words import FOLDER, WallClock, Words
from kiosk.timing import ClockState, Stamp

FIXED = FOLDER / "pinyin.json"
URL = "/voice"
SPOKEN_AFTER_MS = 300  # after the picture; a tone that is longer is heard out
LATE_MS = 1_500  # chosen: most are measured by then
LATE = frozenset({Page.LOOK_TEMP})
SAME_AGAIN_S = 60.0
CASE = "-"  # between a page and the case of it: qr_hard-closer
MINUTES = 60
FULL = 100
_VOICE = re.compile(r"page\.([a-z_]+)\.voice(?:_([a-z]+))?")

Clips = Mapping[str, Path]  # by the name of a sentence: the file that is played


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to say. `name` is that of its clip, and of a recording in its place."""

    name: str
    language: str  # zh | en
    text: str
    is_fixed: bool = True  # no announcement


def spoken_sentences(words: Words) -> list[Sentence]:
    """Return the fixed sentences of every page that speaks, in both languages."""
    found = [key for word in words.zh if (key := _spoken_key(word)) is not None]
    return [
        Sentence(_name(key, language), language, text)
        for key in found
        for language, text in zip(("zh", "en"), words.pair(_word(key)), strict=True)
        if text
    ]


def told_sentences(one: Announcement) -> list[Sentence]:
    """Return what is said of an announcement."""
    texts = (("zh", one.zh), ("en", one.en))
    return [
        Sentence(_name(f"notice-{one.id.hex()}", language), language, text, is_fixed=False)
        for language, text in texts
        if text
    ]


class Voice:
    """Decides what a page says. Lives in the event loop of the screen thread."""

    def __init__(
        self, config: VoiceConfig, wall: WallClock, words: Words, clips: Callable[[], Clips]
    ) -> None:
        self._config, self._wall, self._words = config, wall, words
        self._clips = clips
        self._said_s: dict[str, float] = {}  # by sentence: when it last began
        self._decided: tuple[tuple[int, str], list[str]] = ((0, ""), [])

    def silent(self) -> View:
        """Return what a page says that says nothing."""
        return {"speech": [], "speech_ms": 0, "volume": 0.0}

    def heard(self, snapshot: Snapshot, show_no: int, hint: str = "") -> View:
        """Return what a view says: clips in their order, after how long, how loud (0 to 1).

        `hint` is the ending of the view's words. The same showing says the same, however often
        and in however many windows it is drawn.
        """
        page = public_page(snapshot)
        announced = snapshot.announced if page is Page.ANNOUNCE else None
        key = self._key(page, hint)
        if announced is not None:
            key = f"notice-{announced.one.id.hex()}"
        if self._decided[0] != (show_no, key):
            self._decided = ((show_no, key), self._said(page, key, snapshot.at))
        after_ms = LATE_MS if page in LATE else SPOKEN_AFTER_MS
        volume = self._percent(snapshot.at) / FULL
        return {"speech": self._decided[1], "speech_ms": after_ms, "volume": volume}

    def clip(self, name: str) -> Path | None:
        """Return the file behind a name, None for a name that nobody may ask for."""
        return self._clips().get(name)

    def _said(self, page: Page, key: str, at: Stamp) -> list[str]:
        if not self._config.speech or self._is_quiet(at):
            return []
        languages = ("zh", "en") if self._config.english else ("zh",)
        names = [name for name in (_name(key, each) for each in languages) if self.clip(name)]
        if TONES[page] is Tone.PASS and not self._is_due(_word(key), at):
            return []
        return [f"{URL}/{name}.wav" for name in names]

    def _key(self, page: Page, hint: str) -> str:
        """Return the name of a page's sentence: that for this case, where it has one."""
        plain = Page.HOLD.value if page in ONE_MOMENT else page.value
        special = f"{plain}{CASE}{hint}"
        return special if hint and _word(special) in self._words.zh else plain

    def _is_due(self, word: str, at: Stamp) -> bool:
        """Return whether a sentence was not said for a while, and note that it is said."""
        said, text = self._said_s, self._words.zh[word]
        if at.mono_s - said.get(text, -SAME_AGAIN_S) < SAME_AGAIN_S:
            return False
        said[text] = at.mono_s
        return True

    def _percent(self, at: Stamp) -> int:
        if self._is_quiet(at):
            return self._config.quiet_volume
        minute = self._minute(at)
        began = [start for start in self._config.volume_from if start <= (minute or 0)]
        if minute is None or not self._config.volume_from:
            return self._config.volume
        latest = max(began, default=max(self._config.volume_from))  # yesterday's last one
        return self._config.volume_from[latest]

    def _is_quiet(self, at: Stamp) -> bool:
        quiet, minute = self._config.quiet_minutes, self._minute(at)
        if quiet is None or minute is None:
            return False
        begins, ends = quiet
        return begins <= minute < ends if begins <= ends else not ends <= minute < begins

    def _minute(self, at: Stamp) -> int | None:
        """Return the minute of the local day; None by a clock in doubt: it is day then."""
        if at.clock is ClockState.UNSURE:
            return None
        local = at.utc.astimezone(self._wall.zone)
        return local.hour * MINUTES + local.minute


def _word(key: str) -> str:
    """Return the word of the catalogues that a key speaks: `page.qr_hard.voice_closer`."""
    page, _, case = key.partition(CASE)
    return f"page.{page}.voice" + (f"_{case}" if case else "")


def _spoken_key(word: str) -> str | None:
    """Return the key of a word that is spoken; all that say "one moment" have one."""
    found = _VOICE.fullmatch(word)
    if found is None or found[1] in {page.value for page in ONE_MOMENT - {Page.HOLD}}:
        return None
    return found[1] + (f"{CASE}{found[2]}" if found[2] else "")


def _name(key: str, language: str) -> str:
    return key if language == "zh" else f"{key}.{language}"
