"""Where each sentence of the gate comes from, for `kiosk voice`, `check` and `probe`."""

from dataclasses import dataclass
from pathlib import Path

from kiosk.config import Config, StateDir
from kiosk.runtime.worker_voice import recorded_folder
from kiosk.screen.speech import Sentence, spoken_sentences
from kiosk.screen.speech_clips import RecordedFolder, Recordings, keep, read_file, rendered_file
from kiosk.screen.speech_engine import Engine, SpeechFailed, find_engine, render
from kiosk.screen.speech_wav import Clip, NoClip
from kiosk.screen.words import load_words


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence and its clip. `kind` is recorded, rendered or none."""

    sentence: Sentence
    kind: str
    file: Path | None
    seconds: float
    why: str = ""  # why the recording that lies there is not taken


def fixed_names() -> dict[str, Sentence]:
    """Return the sentences that pages speak, by name."""
    return {one.name: one for one in spoken_sentences(load_words())}


def every_clip(config: Config, state: StateDir) -> list[Source]:
    """Return what each sentence would be played from now; nothing is rendered."""
    recordings, engine = look_at_recordings(config, state), _engine()
    return [_source(one, recordings, engine, state) for one in fixed_names().values()]


def look_at_recordings(config: Config, state: StateDir) -> Recordings:
    """Return what people recorded, and what of it does not serve."""
    return RecordedFolder(recorded_folder(config, state)).look(frozenset(fixed_names()))


def render_clip(state: StateDir, sentence: Sentence) -> Path | None:
    """Return a rendered clip on disk, None without an engine. Raises SpeechFailed, OSError."""
    engine = find_engine()
    if engine is None:
        return None
    file = rendered_file(state.rendered, engine, sentence)
    keep(render(engine, sentence), file)
    return file


def clip_in(file: Path) -> Clip | None:
    """Return the clip in a file, None where there is none."""
    try:
        return read_file(file)
    except (OSError, NoClip):
        return None


def _source(
    sentence: Sentence, found: Recordings, engine: Engine | None, state: StateDir
) -> Source:
    why = found.wrong.get(f"{sentence.name}.wav", "")
    file, kind = found.good.get(sentence.name), "recorded"
    if file is None and engine is not None:
        file, kind = rendered_file(state.rendered, engine, sentence), "rendered"
    clip = clip_in(file) if file is not None else None
    if clip is None:
        return Source(sentence, "none", None, 0.0, why)
    return Source(sentence, kind, file, clip.seconds, why)


def _engine() -> Engine | None:
    try:
        return find_engine()
    except SpeechFailed:
        return None
