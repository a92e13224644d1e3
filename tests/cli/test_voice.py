"""`kiosk voice`: what the gate says, from where, in whose voice."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result

from kiosk.cli import cli
from kiosk.cli.voice_words import WHY_NOT
from kiosk.screen.speech_clips import read_file
from kiosk.screen.speech_wav import Clip, wav_bytes

RATE_HZ = 48_000
# Programs of alsa-utils, as they are on a machine with a sound card.
APLAY = "#!/bin/sh\nprintf '%s' \"$*\" > {folder}/played\n"
ARECORD = '#!/bin/sh\nfor file; do :; done\n/bin/cp {folder}/take.wav "$file"\n'


def voice(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["voice", *map(str, arguments)])


def take(path: Path, seconds: float = 1.0, level: float = 0.2, rest_s: float = 0.5) -> Path:
    at_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    rest = np.zeros(round(rest_s * RATE_HZ))
    spoken = np.clip(level * np.sin(2 * np.pi * 180 * at_s), -1, 1)
    path.write_bytes(wav_bytes(Clip(np.concatenate([rest, spoken, rest]), RATE_HZ)))
    return path


def sources(state: Path, *more: str | Path) -> dict[str, str]:
    listed = voice("list", "--json", "--state", state, *more)
    assert listed.exit_code == 0, listed.stderr
    rows = json.loads(listed.stdout)["clips"]
    return {row["key"]: row["source"] for row in rows}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs: what is in it is what the machine has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(programs: Path, name: str, body: str) -> None:
    file = programs / name
    file.write_text(body.replace("{folder}", str(programs)))
    file.chmod(0o755)


def test_a_recording_is_trimmed_levelled_and_stands_above_all_else(tmp_path: Path) -> None:
    state = tmp_path / "state"
    said = voice("record", "pass_in", "--from", take(tmp_path / "a.wav"), "--state", state)
    assert said.exit_code == 0, said.stderr
    file = state / "voice" / "pass_in.wav"
    assert str(file) in said.stdout
    assert 1.0 <= read_file(file).seconds <= 1.2
    assert file.stat().st_mode & 0o777 == 0o644
    found = sources(state)
    assert found["pass_in"] == "recorded" and found["pass_in.en"] in ("none", "rendered")


def test_the_folder_of_recordings_may_lie_elsewhere(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"voice": {"folder": str(tmp_path / "ours")}}))
    where = ("--config", config, "--state", tmp_path / "state")
    assert not voice("record", "hold", "--from", take(tmp_path / "a.wav"), *where).exit_code
    assert (tmp_path / "ours" / "hold.wav").is_file()
    assert sources(tmp_path / "state", "--config", config)["hold"] == "recorded"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("long", {"seconds": 3.4}),
        ("silent", {"level": 0.0}),
        ("clipped", {"level": 3.0}),
    ],
)
def test_what_would_not_be_understood_is_refused_in_both_languages(
    tmp_path: Path, name: str, why: dict[str, float]
) -> None:
    taken = take(tmp_path / "a.wav", **why)
    refused = voice("record", "hold", "--from", taken, "--state", tmp_path / "state")
    assert refused.exit_code == 1
    for sentence in WHY_NOT[name]:
        assert sentence in refused.stderr
    assert not (tmp_path / "state" / "voice").exists()


@pytest.mark.parametrize("content", [b"", b"ID3" + bytes(900), b"RIFF\xff\xff\xff\xffWAVEfmt "])
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    taken = tmp_path / "a.wav"
    taken.write_bytes(content)
    refused = voice("record", "hold", "--from", taken, "--state", tmp_path / "state")
    assert refused.exit_code == 1 and WHY_NOT["format"][0] in refused.stderr
    cut = take(tmp_path / "b.wav")
    cut.write_bytes(cut.read_bytes()[:-3000])
    refused = voice("record", "hold", "--from", cut, "--state", tmp_path / "state")
    assert refused.exit_code == 1 and WHY_NOT["cut_off"][1] in refused.stderr


def test_a_file_that_is_not_there_and_a_key_that_is_none_are_named(tmp_path: Path) -> None:
    missing = voice("record", "hold", "--from", tmp_path / "no.wav", "--state", tmp_path)
    assert missing.exit_code == 1
    for key in ("nobody", "../config", "hold.wav", "notice-00"):
        refused = voice("render", key, "--state", tmp_path)
        assert refused.exit_code == 2 and "pass_in" in refused.stderr


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    taken = take(tmp_path / "a.wav")
    refused = voice("record", "hold", "--from", taken, "--state", tmp_path / "state")
    assert refused.exit_code == 1 and "写不下" in refused.stderr


def test_a_microphone_is_recorded_and_a_loudspeaker_played(
    tmp_path: Path, programs: Path
) -> None:
    state = tmp_path / "state"
    take(programs / "take.wav")
    install(programs, "arecord", ARECORD)
    install(programs, "aplay", APLAY)
    said = voice("record", "fever", "--state", state)
    assert said.exit_code == 0, said.stderr
    assert "请到旁边歇一会儿" in said.stdout
    assert voice("play", "fever", "--state", state).exit_code == 0
    assert (programs / "played").read_text() == f"-q {state}/voice/fever.wav"


@pytest.mark.parametrize("body", [None, "#!/bin/sh\nexit 1\n", "no program"])
def test_without_a_sound_card_it_says_what_to_do(
    tmp_path: Path, programs: Path, body: str | None
) -> None:
    state = tmp_path / "state"
    if body is not None:
        install(programs, "arecord", body)
        install(programs, "aplay", body)
    silent = voice("record", "fever", "--state", state)
    assert silent.exit_code == 1 and "--from" in silent.stderr and "话筒" in silent.stderr
    voice("record", "fever", "--from", take(tmp_path / "a.wav"), "--state", state)
    unheard = voice("play", "fever", "--state", state)
    assert unheard.exit_code == 1 and "喇叭" in unheard.stderr
    assert str(state / "voice" / "fever.wav") in unheard.stderr


def test_without_the_engine_it_says_so_and_so_does_check(
    tmp_path: Path, programs: Path
) -> None:
    state = tmp_path / "state"
    refused = voice("render", "pass_in", "--state", state)
    assert refused.exit_code == 1 and "apt install espeak-ng" in refused.stderr
    assert set(sources(state).values()) == {"none"}
    assert finding(state)["code"] == "voice.none"
    probed = CliRunner().invoke(cli, ["probe", "voice"])
    assert probed.exit_code == 1 and "espeak-ng" in probed.stderr


def test_check_names_a_recording_that_does_not_serve(tmp_path: Path) -> None:
    state = tmp_path / "state"
    voice("record", "fever", "--from", take(tmp_path / "a.wav"), "--state", state)
    (state / "voice" / "fever.wav").write_bytes(b"RIFF")
    found = finding(state)
    assert (found["state"], found["code"]) == ("warn", "voice.recording")
    assert "fever.wav" in found["text"]


def finding(state: Path) -> dict[str, str]:
    checked = CliRunner().invoke(cli, ["check", "--json", "--state", str(state)])
    rows = json.loads(checked.stdout)["checks"]
    return next(row for row in rows if row["part"] == "voice")


@pytest.mark.needs_speech
def test_a_sentence_is_rendered_listed_and_probed(tmp_path: Path) -> None:
    said = voice("render", "pass_in", "--state", tmp_path)
    assert said.exit_code == 0 and "欢迎回家" in said.stdout
    file = Path(said.stdout.split()[0])
    assert 0.5 < read_file(file).seconds < 3.0
    assert sources(tmp_path)["pass_in"] == "rendered"
    assert finding(tmp_path)["code"] == "voice.ok"
    probed = CliRunner().invoke(cli, ["probe", "voice", "--json", "--count", "3"])
    rows = [json.loads(line) for line in probed.stdout.splitlines()]
    assert len(rows) == 3 and all(0 < row["seconds"] < 3 for row in rows)
    assert shutil.which("espeak-ng") and os.access(file, os.R_OK)
