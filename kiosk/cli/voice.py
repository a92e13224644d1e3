"""`kiosk voice`: what the gate says, sentence by sentence: rendered, recorded, heard."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import click

from kiosk.cli.options import CONFIG, JSON, STATE
from kiosk.cli.voice_clips import Source, every_clip, fixed_names, render_clip
from kiosk.cli.voice_words import SOURCES, why_not
from kiosk.config import StateDir, find_config, read_config
from kiosk.runtime.worker_voice import recorded_folder
from kiosk.screen.speech import Sentence
from kiosk.screen.speech_clips import keep, read_file
from kiosk.screen.speech_engine import SpeechFailed
from kiosk.screen.speech_wav import NoClip, recorded

TAKE_S = 5  # chosen: three of them are kept at most
PROGRAM_S_MORE = 10  # a sound card that hangs is not waited for

_KEY = click.argument("key")


@click.group("voice")
def command() -> None:
    """What the gate says at each page.

    KEY is the name of a page, such as pass_in; pass_in.en is the same in English. A recording
    stands above what is rendered. `kiosk voice list` shows them all.
    """


@command.command("list")
@CONFIG
@STATE
@JSON
def list_all(*, config_file: Path | None, state_folder: Path, as_json: bool) -> None:
    """Show each sentence, where its clip comes from and how long it is."""
    config, state = read_config(find_config(config_file)), StateDir(state_folder)
    rows = every_clip(config, state)
    if as_json:
        click.echo(json.dumps({"clips": [_plain(row) for row in rows]}, ensure_ascii=False))
        return
    for row in rows:
        chinese, english = SOURCES[row.kind]
        length = f"{row.seconds:.1f} s" if row.seconds else "-"
        why = f"  ({why_not(row.why)})" if row.why else ""
        name = row.sentence.name
        click.echo(f"{name:<18} {english:<9} {chinese}  {length:>6}  {row.sentence.text}{why}")


@command.command("render")
@_KEY
@CONFIG
@STATE
def render(*, key: str, config_file: Path | None, state_folder: Path) -> None:
    """Let espeak-ng speak a sentence, and show the file."""
    read_config(find_config(config_file))
    sentence = _sentence(key)
    try:
        file = render_clip(StateDir(state_folder), sentence)
    except SpeechFailed as exc:
        raise click.ClickException(why_not("not_rendered", str(exc))) from exc
    except OSError as exc:
        raise click.ClickException(why_not("not_kept", exc.strerror or "")) from exc
    if file is None:
        raise click.ClickException(why_not("no_engine"))
    click.echo(f"{file}  {read_file(file).seconds:.1f} s  {sentence.text}")


@command.command("record")
@_KEY
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A WAV that was recorded elsewhere; the microphone by default.",
)
@CONFIG
@STATE
def record(
    *, key: str, source: Path | None, config_file: Path | None, state_folder: Path
) -> None:
    """Take a person's voice for a sentence: trimmed, and made as loud as all others."""
    config, sentence = read_config(find_config(config_file)), _sentence(key)
    folder = recorded_folder(config, StateDir(state_folder))
    with tempfile.TemporaryDirectory() as scratch:
        taken = source if source is not None else _take(sentence.text, Path(scratch))
        try:
            clip = recorded(read_file(taken))
        except NoClip as exc:
            raise click.ClickException(why_not(exc.why)) from exc
        except OSError as exc:
            raise click.ClickException(f"{why_not('unreadable')} ({exc.strerror})") from exc
    file = folder / f"{sentence.name}.wav"
    try:
        keep(clip, file)
    except OSError as exc:
        raise click.ClickException(why_not("not_kept", exc.strerror or "")) from exc
    click.echo(f"{file}  {clip.seconds:.1f} s")


@command.command("play")
@_KEY
@CONFIG
@STATE
def play(*, key: str, config_file: Path | None, state_folder: Path) -> None:
    """Let a sentence be heard, through this machine's loudspeaker."""
    config, state = read_config(find_config(config_file)), StateDir(state_folder)
    sentence = _sentence(key)
    found = next(row for row in every_clip(config, state) if row.sentence == sentence)
    file = found.file
    try:
        file = file if file is not None else render_clip(state, sentence)
    except (SpeechFailed, OSError) as exc:
        raise click.ClickException(why_not("not_rendered", str(exc))) from exc
    if file is None:
        raise click.ClickException(why_not("no_engine"))
    if not _run("aplay", "-q", str(file), within_s=TAKE_S + PROGRAM_S_MORE):
        raise click.ClickException(why_not("no_player", str(file)))


def _sentence(key: str) -> Sentence:
    names = fixed_names()
    if key not in names:
        raise click.BadParameter(f"{key!r} is none of them: {', '.join(sorted(names))}")
    return names[key]


def _take(text: str, folder: Path) -> Path:
    """Return what the microphone took. Raises ClickException without one."""
    file = folder / "taken.wav"
    click.echo(f"请说 / say, within {TAKE_S} s: {text}")
    how = ("-q", "-f", "S16_LE", "-r", "48000", "-c", "1", "-d", str(TAKE_S), str(file))
    if not _run("arecord", *how, within_s=TAKE_S + PROGRAM_S_MORE):
        raise click.ClickException(why_not("no_microphone"))
    return file


def _run(program: str, *options: str, within_s: float) -> bool:
    """Return whether a program of alsa-utils did it."""
    path = shutil.which(program)
    if path is None:
        return False
    try:
        done = subprocess.run(
            [path, *options], timeout=within_s, check=False, stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _plain(row: Source) -> dict[str, object]:
    return {
        "key": row.sentence.name,
        "language": row.sentence.language,
        "text": row.sentence.text,
        "source": row.kind,
        "seconds": round(row.seconds, 2),
        "file": str(row.file) if row.file else "",
        "why": row.why,
    }
