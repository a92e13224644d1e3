"""`kiosk check` on speech: who would say the sentences, and which recordings do not serve."""

from kiosk.cli.check_finding import Finding, State
from kiosk.cli.voice_clips import fixed_names, look_at_recordings
from kiosk.config import Config, StateDir
from kiosk.screen.speech_engine import Engine, SpeechFailed, find_engine


def check_voice(config: Config, state: StateDir) -> Finding:
    """Return whether the gate can speak; it works on with its tones."""
    if not config.voice.speech:
        return Finding("voice", State.OK, "voice.off")
    recordings = look_at_recordings(config, state)
    if recordings.wrong:
        detail = ", ".join(f"{name}: {why}" for name, why in sorted(recordings.wrong.items()))
        return Finding("voice", State.WARN, "voice.recording", detail)
    try:
        engine = find_engine()
    except SpeechFailed as exc:
        return Finding("voice", State.WARN, "voice.ill", str(exc))
    wanted = [
        one for one in fixed_names().values() if config.voice.english or one.language == "zh"
    ]
    count = f"{sum(one.name in recordings.good for one in wanted)}/{len(wanted)}"
    return _of(engine, count)


def _of(engine: Engine | None, count: str) -> Finding:
    done, _, wanted = count.partition("/")
    if done == wanted:
        return Finding("voice", State.OK, "voice.recorded", count)
    if engine is None:
        return Finding("voice", State.WARN, "voice.none", count)
    return Finding("voice", State.OK, "voice.ok", f"{engine.name}, {count}")
