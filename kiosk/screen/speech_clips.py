"""Clips on disk: what people recorded, else what was rendered before, by text and engine.

A recording of the same name stands above a rendered clip. Whatever is found is read before it
counts: a file that lies about its length, or is no sound, is named and not played.
"""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from kiosk.files import write_whole
from kiosk.screen.speech import Sentence
from kiosk.screen.speech_engine import Engine
from kiosk.screen.speech_wav import (
    FILE_BYTES_MAX,
    SECONDS_MAX,
    Clip,
    NoClip,
    read_clip,
    wav_bytes,
)

MAKING = "3"  # counts up when clips are made in another way: old ones are made again


@dataclass(frozen=True, slots=True)
class Recordings:
    """What lies in the folder of recordings: those that serve, and what is wrong."""

    good: dict[str, Path]
    wrong: dict[str, str]  # by file, or the folder: why


class RecordedFolder:
    """Looks at the folder; a file is read again only when it changed. One thread's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[tuple[int, int], str]] = {}

    def look(self, names: frozenset[str]) -> Recordings:
        """Return the recordings of these names. Never raises."""
        good: dict[str, Path] = {}
        wrong: dict[str, str] = {}
        try:
            files = [file for file in self._folder.iterdir() if file.suffix == ".wav"]
        except FileNotFoundError:
            return Recordings({}, {})
        except OSError as exc:
            return Recordings({}, {self._folder.name: exc.strerror or "unreadable"})
        there = {file.stem: file for file in files}
        for name in sorted(names & there.keys()):
            if why := self._why_not(there[name]):
                wrong[there[name].name] = why
            else:
                good[name] = there[name]
        return Recordings(good, wrong)

    def _why_not(self, file: Path) -> str:
        try:
            status = file.stat()
            state = (status.st_mtime_ns, status.st_size)
            if (known := self._seen.get(file.name)) is not None and known[0] == state:
                return known[1]
            clip = read_file(file)
            why = "long" if clip.seconds > SECONDS_MAX else ""
        except OSError as exc:
            return exc.strerror or "unreadable"
        except NoClip as exc:
            why = exc.why
        self._seen[file.name] = (state, why)
        return why


def read_file(file: Path) -> Clip:
    """Return the clip in a file. Raises OSError, NoClip."""
    if not file.is_file():  # a pipe would keep us waiting
        raise NoClip("format")
    with file.open("rb") as source:
        return read_clip(source.read(FILE_BYTES_MAX + 1))


def rendered_file(folder: Path, engine: Engine, sentence: Sentence) -> Path:
    """Return where a rendered clip lies: its name says nothing of what it says."""
    said = f"{MAKING}\n{engine.name}\n{sentence.language}\n{sentence.is_fixed}\n{sentence.text}"
    return folder / f"{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:20]}.wav"


def keep(clip: Clip, file: Path) -> None:
    """Put a clip on disk, whole or not at all. Raises OSError."""
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_whole(file, wav_bytes(clip), mode=0o644)  # whoever records is not the kiosk's user


def forget_others(folder: Path, wanted: frozenset[str]) -> None:
    """Take away rendered clips that nothing says any more, and halves of some. Never raises."""
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if file.name not in wanted:
                file.unlink(missing_ok=True)
