"""Text -> a spoken clip, by espeak-ng in a child process that may hang, die or be missing.

Source: espeak-ng(1). Debian 12's 1.51 spells hanzi out, so Mandarin goes in as pinyin (voice
`cmn-latn-pinyin`), which 1.52 reads as well; hanzi themselves (voice `cmn`) only where 1.52 is
and no pinyin could be made. Text goes through standard input: it is never an option, and
never a phoneme in double brackets.
"""

import contextlib
import json
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from kiosk.screen.speech import FIXED, Sentence
from kiosk.screen.speech_wav import (
    SECONDS_MAX,
    Clip,
    NoClip,
    levelled,
    read_clip,
    trimmed,
    with_short_pauses,
)

PROGRAM = "espeak-ng"
WITHIN_S = 8.0
LOOK_S = 0.2
OUTPUT_BYTES_MAX = 4_000_000  # chosen: a minute and a half of speech
READS_HANZI = (1, 52)
PACE, PACE_MAX = 150, 220  # words a minute: calm, and as fast as it is still understood
TELLING_PACE = 155  # of announcements, which may be as long as they are
FITS_S = SECONDS_MAX - 0.1
_VERSION = re.compile(rb"(\d+)\.(\d+)")
_DATA_AT = 40  # where the length stands that a program cannot know when it writes to a pipe

Goes = Callable[[], bool]  # called while a child runs; False: give up, the gate stops


class SpeechFailed(Exception):
    """Nothing came that could be spoken; the message says what did, in a few words."""


class SpeechHung(SpeechFailed):
    """The engine hangs, or speaks without end: the next sentence would wait as long."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An espeak-ng that answers."""

    path: str
    version: tuple[int, int]

    @property
    def name(self) -> str:
        """Return what it is called, with its version."""
        return f"espeak-ng {self.version[0]}.{self.version[1]}"


def always() -> bool:
    """Go on until the time is up."""
    return True


def find_engine(program: str = PROGRAM, goes: Goes = always) -> Engine | None:
    """Return the engine of this machine, None without one. Raises SpeechFailed: it is ill."""
    path = shutil.which(program)
    if path is None:
        return None
    found = _VERSION.search(run_child([path, "--version"], "", goes))
    if found is None:
        raise SpeechFailed("espeak-ng does not say its version")
    return Engine(path, (int(found[1]), int(found[2])))


def render(engine: Engine, sentence: Sentence, goes: Goes = always) -> Clip:
    """Return a sentence as it is spoken, level and trimmed. Raises SpeechFailed.

    A fixed one that is too long at a calm pace is spoken as much faster as it must be.
    """
    voice, text = _said(engine, sentence, goes)
    pace = PACE if sentence.is_fixed else TELLING_PACE
    clip = _spoken(engine, voice, text, pace, goes)
    if sentence.is_fixed and clip.seconds > FITS_S:
        pace = min(PACE_MAX, round(pace * clip.seconds / FITS_S) + 5)
        clip = _spoken(engine, voice, text, pace, goes)
    if sentence.is_fixed and clip.seconds > SECONDS_MAX:
        raise SpeechFailed(f"{sentence.name}: longer than {SECONDS_MAX:.0f} s")
    return clip


def run_child(argv: list[str], said: str, goes: Goes, within_s: float = WITHIN_S) -> bytes:
    """Return what a program prints to whom `said` was said. Raises SpeechFailed.

    It has `within_s` altogether, and is killed whatever it does then.
    """
    name, until_s = argv[0].rpartition("/")[2], time.monotonic() + within_s
    try:
        child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as exc:
        raise SpeechFailed(f"{name}: {exc.strerror}") from exc
    try:
        got = _exchange(child, said.encode("utf-8", "replace"), until_s, goes)
        code = child.wait(max(0.1, until_s - time.monotonic()))
    except (subprocess.TimeoutExpired, TimeoutError) as exc:
        raise SpeechHung(f"{name}: no answer in {within_s:.0f} s") from exc
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # both are pipes
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(1.0)
    if code != 0:
        raise SpeechFailed(f"{name}: ended with {code}")
    return got


def _exchange(
    child: "subprocess.Popen[bytes]", said: bytes, until_s: float, goes: Goes
) -> bytes:
    """Return the whole output. Raises TimeoutError, SpeechFailed for too much, or a stop."""
    assert child.stdin is not None and child.stdout is not None
    with contextlib.suppress(OSError):  # it left without listening: its code says so
        child.stdin.write(said)  # far less than a pipe holds
        child.stdin.close()
    got = bytearray()
    while time.monotonic() < until_s:
        if not goes():
            raise SpeechFailed("the gate stops")
        if not select.select([child.stdout], [], [], LOOK_S)[0]:
            continue
        chunk = os.read(child.stdout.fileno(), 65_536)
        if not chunk:
            return bytes(got)
        got += chunk
        if len(got) > OUTPUT_BYTES_MAX:
            raise SpeechHung("espeak-ng does not stop speaking")
    raise TimeoutError


def _said(engine: Engine, sentence: Sentence, goes: Goes) -> tuple[str, str]:
    """Return the voice and what it reads."""
    if sentence.language == "en":
        return "en", _words_alone(sentence.text)
    if (known := _fixed().get(sentence.text)) is not None:
        return "cmn-latn-pinyin", known
    try:
        maker = [sys.executable, "-m", "kiosk.screen.speech_pinyin"]
        made = run_child(maker, sentence.text + "\n", goes).decode("ascii", "replace").strip()
    except SpeechFailed:
        if engine.version < READS_HANZI:
            raise
        return "cmn", _words_alone(sentence.text)
    if not made:
        raise SpeechFailed(f"{sentence.name}: there is nothing in it to say")
    return "cmn-latn-pinyin", made


def _words_alone(text: str) -> str:
    """Return a text without signs that the engine would take for more than words."""
    return "".join(sign if sign.isprintable() and sign != "[" else " " for sign in text)


def _spoken(engine: Engine, voice: str, text: str, pace: int, goes: Goes) -> Clip:
    argv = [engine.path, "-v", voice, "-s", str(pace), "-b", "1", "--stdin", "--stdout"]
    content = run_child(argv, text + "\n", goes)
    length = struct.pack("<I", max(0, len(content) - _DATA_AT - 4))
    try:
        clip = read_clip(content[:_DATA_AT] + length + content[_DATA_AT + 4 :])
        return levelled(with_short_pauses(trimmed(clip)))
    except NoClip as exc:
        raise SpeechFailed(f"espeak-ng: what it said is no speech ({exc.why})") from exc


@lru_cache(maxsize=1)
def _fixed() -> dict[str, str]:
    known: dict[str, str] = json.loads(FIXED.read_text("utf-8"))
    return known
