"""The voice worker: has a clip ready for every sentence, or says why not. Nobody waits for it.

It looks at the folder of recordings and at the announcements every few seconds, renders what
is missing, one sentence at a time, and hands out the whole table at once. What could not be
rendered is tried again after a while; until then the tones speak alone.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk import log
from kiosk.config import Config, StateDir
from kiosk.core.announcement import Announcement
from kiosk.core.faults import Fault
from kiosk.ports import Beat, FaultReport
from kiosk.screen.scenery import Sounds
from kiosk.screen.speech import Clips, Sentence, spoken_sentences, told_sentences
from kiosk.screen.speech_clips import (
    RecordedFolder,
    Recordings,
    forget_others,
    keep,
    read_file,
    rendered_file,
)
from kiosk.screen.speech_engine import (
    PROGRAM,
    Engine,
    SpeechFailed,
    SpeechHung,
    find_engine,
    render,
)
from kiosk.screen.speech_wav import NoClip
from kiosk.screen.words import load_words
from kiosk.timing import boot_seconds

LOOK_EVERY_S = 5.0
AFTER_S = 3.0  # chosen: the devices are opened first
AGAIN_S = 600.0  # chosen: what failed is tried again, and told, every ten minutes


class VoiceWorker:
    """Owns the folder of rendered clips while it runs. `clips` may be asked by any thread."""

    def __init__(
        self,
        config: Config,
        state: StateDir,
        told: Callable[[], Sequence[Announcement]],
        troubles: FaultReport,
        *,
        program: str = PROGRAM,
    ) -> None:
        self._voice, self._told, self._troubles = config.voice, told, troubles
        self._fixed = spoken_sentences(load_words())
        self._recorded = RecordedFolder(recorded_folder(config, state))
        self._rendered, self._program = state.rendered, program
        self._clips: Clips = {}
        self._sound: set[Path] = set()  # rendered clips that were read through in this run
        self._failed: dict[Path, tuple[float, str]] = {}  # until when not again, and why
        self._engine: Engine | None = None
        self._ill: tuple[float, str] = (0.0, "")  # engine or disk: until when, and why

    @property
    def sounds(self) -> Sounds:
        """Return what the pages are to play."""
        return Sounds(self._voice, self.clips)

    def clips(self) -> Clips:
        """Return the clip of each sentence that has one."""
        return self._clips

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Keep the table whole until `stop`."""

        def goes() -> bool:
            beat()
            return not stop.is_set()

        wait_s = AFTER_S
        while not _rest(stop, beat, wait_s):
            self.look(goes)
            wait_s = LOOK_EVERY_S

    def look(self, goes: Callable[[], bool]) -> None:
        """Do one round; it ends early when `goes` says so. Never raises."""
        wanted = self._wanted()
        recordings = self._recorded.look(frozenset(one.name for one in wanted))
        self._tell(recordings)
        engine = self._find_engine(goes)
        table = dict(recordings.good)
        files: set[str] = set()
        for sentence in wanted:
            if engine is None or not goes():
                break
            if sentence.name in table:
                continue
            file = rendered_file(self._rendered, engine, sentence)
            files.add(file.name)
            if self._has(file, sentence, goes):
                table[sentence.name] = file
                self._clips = {**self._clips, **table}  # the first ones speak already
        else:
            if engine is not None:
                self._forget_others(frozenset(files))
        self._clips = table
        self._tell_failures()

    def _wanted(self) -> list[Sentence]:
        if not self._voice.speech:
            return []
        told = [sentence for one in self._told() for sentence in told_sentences(one)]
        all_ = [*self._fixed, *told]
        return [one for one in all_ if self._voice.english or one.language == "zh"]

    def _forget_others(self, files: frozenset[str]) -> None:
        self._failed = {f: why for f, why in self._failed.items() if f.name in files}
        self._sound = {file for file in self._sound if file.name in files}
        forget_others(self._rendered, files)

    def _tell_failures(self) -> None:
        whys = {why for _, why in self._failed.values()}
        if boot_seconds() < self._ill[0]:
            whys.add(self._ill[1])
        self._troubles(Fault.VOICE_FAILED, is_on=bool(whys), detail="; ".join(sorted(whys)))

    def _tell(self, found: Recordings) -> None:
        detail = ", ".join(f"{name}: {why}" for name, why in sorted(found.wrong.items()))
        self._troubles(Fault.VOICE_RECORDING, is_on=bool(found.wrong), detail=detail)

    def _find_engine(self, goes: Callable[[], bool]) -> Engine | None:
        if self._engine is None and boot_seconds() >= self._ill[0]:
            try:
                self._engine = find_engine(self._program, goes)
            except SpeechFailed as exc:
                self._ill = (boot_seconds() + AGAIN_S, str(exc))
        return self._engine

    def _has(self, file: Path, sentence: Sentence, goes: Callable[[], bool]) -> bool:
        """Return whether a clip is on disk, after rendering it where it was not."""
        if file in self._sound and file.is_file():
            return True
        if _is_sound(file):
            self._sound.add(file)
            return True
        until_s = max(self._ill[0], self._failed.get(file, (0.0, ""))[0])
        if boot_seconds() < until_s or self._engine is None:
            return False
        return self._render(file, self._engine, sentence, goes)

    def _render(
        self, file: Path, engine: Engine, sentence: Sentence, goes: Callable[[], bool]
    ) -> bool:
        """Render a clip onto the disk. Where engine or disk fail, the others wait as well."""
        began_s = boot_seconds()
        again_s = began_s + AGAIN_S
        try:
            clip = render(engine, sentence, goes)
            keep(clip, file)
        except SpeechHung as exc:
            self._ill = (again_s, str(exc))
        except SpeechFailed as exc:
            self._failed[file] = (again_s, str(exc))
        except OSError as exc:
            self._ill = (again_s, f"cannot keep a clip: {exc.strerror}")
        else:
            ms = round((boot_seconds() - began_s) * 1000)
            log.event(log.Event.VOICE_RENDERED, seconds=round(clip.seconds, 2), took_ms=ms)
            self._failed.pop(file, None)
            self._ill = (0.0, "")
            self._sound.add(file)
            return True
        return False


def recorded_folder(config: Config, state: StateDir) -> Path:
    """Return where people put what they recorded."""
    return state.voice if config.voice.folder is None else Path(config.voice.folder)


def _is_sound(file: Path) -> bool:
    """Return whether a file is a clip: the power may have gone while it was written."""
    try:
        read_file(file)
    except (OSError, NoClip):
        return False
    return True


def _rest(stop: threading.Event, beat: Beat, seconds: float) -> bool:
    """Wait, beating. Returns whether `stop` came."""
    until_s = boot_seconds() + seconds
    while (left_s := until_s - boot_seconds()) > 0:
        beat()
        if stop.wait(min(left_s, 1.0)):
            return True
    return stop.is_set()
