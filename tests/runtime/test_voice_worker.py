"""The voice worker: a recording stands above a rendered clip, and no trouble stops it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kiosk.config import Config, StateDir
from kiosk.core.announcement import Announcement
from kiosk.core.faults import Fault
from kiosk.runtime.worker_voice import VoiceWorker
from kiosk.screen.speech import spoken_sentences
from kiosk.screen.speech_clips import keep
from kiosk.screen.speech_engine import always
from kiosk.screen.speech_wav import Clip, wav_bytes
from kiosk.screen.words import load_words

RATE_HZ = 48_000
NAMES = {one.name for one in spoken_sentences(load_words()) if one.language == "zh"}
NO_ENGINE = "espeak-ng-that-nobody-has"
NOTICE = Announcement(b"notice-1", "明天停水，请储水。", "", "居委会", 0, 1 << 50)
# A far end of our own: it "speaks" a tone, counts how often, and does what the test wants.
FAR = """#!/bin/sh
case "$*" in *--version*) echo "eSpeak NG: 1.51"; exit;; esac
said=$(cat)
printf x >> {count}
{body}
cat {tone}
"""


class Troubles:
    """What the staff page would say now."""

    def __init__(self) -> None:
        self.now: dict[Fault, str] = {}

    def __call__(self, fault: Fault, *, is_on: bool, detail: str = "") -> None:
        self.now.pop(fault, None)
        if is_on:
            self.now[fault] = detail


class Gate:
    """A worker with its folders and an engine of our own."""

    def __init__(self, folder: Path) -> None:
        self.state, self.troubles = StateDir(folder / "state"), Troubles()
        self.state.make()
        self.told: list[Announcement] = []
        self.program, self._count = folder / "espeak-ng", folder / "count"

    def engine(self, body: str = "") -> str:
        tone = self.program.with_name("tone.wav")
        at_s = np.arange(RATE_HZ) / RATE_HZ
        tone.write_bytes(wav_bytes(Clip(0.3 * np.sin(2 * np.pi * 170 * at_s), RATE_HZ)))
        self.program.write_text(FAR.format(count=self._count, body=body, tone=tone))
        self.program.chmod(0o755)
        return str(self.program)

    def worker(self, program: str, **voice: object) -> VoiceWorker:
        config = Config.model_validate({"voice": voice})
        told = lambda: list(self.told)  # noqa: E731
        return VoiceWorker(config, self.state, told, self.troubles, program=program)

    def record(self, name: str, content: bytes | None = None) -> Path:
        file = self.state.voice / f"{name}.wav"
        at_s = np.arange(RATE_HZ) / RATE_HZ
        keep(Clip(0.3 * np.sin(2 * np.pi * 200 * at_s), RATE_HZ), file)
        if content is not None:
            file.write_bytes(content)
        return file

    @property
    def spoken(self) -> int:
        return len(self._count.read_text()) if self._count.exists() else 0


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_every_sentence_is_rendered_once_and_kept_over_a_restart(gate: Gate) -> None:
    engine = gate.engine()
    worker = gate.worker(engine)
    worker.look(always)
    assert worker.clips().keys() == NAMES
    assert gate.spoken == len({p.name for p in worker.clips().values()})
    spoken = gate.spoken
    again = gate.worker(engine)
    again.look(always)
    assert again.clips() == worker.clips() and gate.spoken == spoken
    assert gate.troubles.now == {}


def test_a_recording_takes_the_place_of_the_rendered_clip_and_gives_it_back(
    gate: Gate,
) -> None:
    worker = gate.worker(gate.engine())
    worker.look(always)
    file = gate.record("fever")
    worker.look(always)
    assert worker.clips()["fever"] == file
    file.unlink()
    worker.look(always)
    assert worker.clips()["fever"].parent == gate.state.rendered


def test_recordings_alone_speak_where_there_is_no_engine(gate: Gate) -> None:
    file = gate.record("fever")
    gate.record("somebody-elses")
    worker = gate.worker(NO_ENGINE)
    worker.look(always)
    assert worker.clips() == {"fever": file}
    assert gate.troubles.now == {}  # `kiosk check` says it, the staff page does not


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "format"), (b"RIFF" + bytes(40), "format"), (bytes(21_000_000), "large")],
)
def test_a_recording_that_does_not_serve_is_named_and_not_played(
    gate: Gate, content: bytes, why: str
) -> None:
    worker = gate.worker(gate.engine())
    file = gate.record("fever", content)
    worker.look(always)
    assert worker.clips()["fever"] != file
    assert gate.troubles.now == {Fault.VOICE_RECORDING: f"fever.wav: {why}"}
    gate.record("fever")
    worker.look(always)
    assert worker.clips()["fever"] == file and gate.troubles.now == {}


def test_a_file_that_lies_about_its_length_or_is_a_pipe_is_not_waited_for(gate: Gate) -> None:
    file = gate.record("fever")
    file.write_bytes(file.read_bytes()[:-5000])
    os.mkfifo(gate.state.voice / "hold.wav")
    worker = gate.worker(NO_ENGINE)
    began_s = time.monotonic()
    worker.look(always)
    assert time.monotonic() - began_s < 2.0
    assert worker.clips() == {}
    told = gate.troubles.now[Fault.VOICE_RECORDING]
    assert told == "fever.wav: cut_off, hold.wav: format"


def test_a_folder_that_cannot_be_read_is_named_and_the_engine_speaks(gate: Gate) -> None:
    gate.state.voice.write_text("a file where a folder should be")
    worker = gate.worker(gate.engine())
    worker.look(always)
    assert worker.clips().keys() == NAMES
    assert gate.troubles.now == {Fault.VOICE_RECORDING: "voice: Not a directory"}


def test_an_announcement_is_rendered_when_it_comes_and_forgotten_when_it_goes(
    gate: Gate,
) -> None:
    worker = gate.worker(gate.engine())
    worker.look(always)
    before = gate.spoken
    gate.told.append(NOTICE)
    worker.look(always)
    name = f"notice-{NOTICE.id.hex()}"
    file = worker.clips()[name]
    assert gate.spoken == before + 1
    gate.told.clear()
    worker.look(always)
    assert name not in worker.clips() and not file.exists()


def test_the_gates_own_process_never_loads_the_dictionary(gate: Gate) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from kiosk.config import Config, StateDir\n"
        "from kiosk.core.announcement import Announcement\n"
        "from kiosk.runtime.worker_voice import VoiceWorker\n"
        f"one = Announcement(b'notice-1', '明天停水', '', '居委会', 0, 1 << 50)\n"
        f"state = StateDir(Path({str(gate.state.root)!r}))\n"
        "told = lambda *a, **k: None\n"
        f"program = {gate.engine()!r}\n"
        "worker = VoiceWorker(Config(), state, lambda: [one], told, program=program)\n"
        "worker.look(lambda: True)\n"
        "print('notice-' + one.id.hex() in worker.clips(), 'pypinyin' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_an_engine_that_hangs_is_asked_once_and_the_staff_page_says_so(gate: Gate) -> None:
    worker = gate.worker(gate.engine("exec cat /dev/zero"))
    beats: list[float] = []

    def goes() -> bool:
        beats.append(time.monotonic())
        return True

    worker.look(goes)
    worker.look(goes)
    assert gate.spoken == 1
    assert worker.clips() == {}
    assert "does not stop speaking" in gate.troubles.now[Fault.VOICE_FAILED]


def test_one_sentence_that_cannot_be_said_leaves_the_others_alone(gate: Gate) -> None:
    worker = gate.worker(gate.engine('case "$said" in *"huan1 ying2"*) exit 9;; esac'))
    worker.look(always)
    assert worker.clips().keys() == NAMES - {"pass_in"}
    assert gate.troubles.now == {Fault.VOICE_FAILED: "espeak-ng: ended with 9"}


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one page, full."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount")
    (folder / "ballast").write_bytes(bytes(4096))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_named_and_asked_once(gate: Gate, full_disk: Path) -> None:
    gate.state.rendered.symlink_to(full_disk)
    worker = gate.worker(gate.engine())
    worker.look(always)
    worker.look(always)
    assert gate.spoken == 1 and worker.clips() == {}
    told = gate.troubles.now[Fault.VOICE_FAILED]
    assert told == "cannot keep a clip: No space left on device"


def test_half_a_clip_from_before_a_power_cut_is_made_again(gate: Gate) -> None:
    engine = gate.engine()
    worker = gate.worker(engine)
    worker.look(always)
    file = worker.clips()["fever"]
    file.write_bytes(file.read_bytes()[:-700])
    (file.parent / ".half").write_bytes(b"x")
    again = gate.worker(engine)
    again.look(always)
    assert again.clips()["fever"] == file
    assert len(file.read_bytes()) > 20_000
    assert not (file.parent / ".half").exists()


def test_speech_that_is_off_renders_nothing(gate: Gate) -> None:
    worker = gate.worker(gate.engine(), speech=False)
    worker.look(always)
    assert worker.clips() == {} and gate.spoken == 0


def test_a_stop_is_not_held_up_by_a_sentence(gate: Gate) -> None:
    worker = gate.worker(gate.engine("exec sleep 30"))
    stop, beats = threading.Event(), []
    thread = threading.Thread(target=worker.run, args=(stop, lambda: beats.append(1)))
    thread.start()
    deadline_s = time.monotonic() + 10.0
    while not gate.spoken:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    began_s = time.monotonic()
    stop.set()
    thread.join(5.0)
    assert not thread.is_alive() and time.monotonic() - began_s < 2.0
    assert beats
