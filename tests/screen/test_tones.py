"""The three tones: as the script makes them, never clipped, told apart, heard by old ears."""

import wave
from pathlib import Path

import numpy as np
import pytest

from kiosk.screen.make_tones import TONES, TUNES, write
from kiosk.screen.view import Sound

NAMES = sorted(TUNES)
ONE_STEP = 1 / 32767


def samples(name: str) -> tuple[np.ndarray, int]:
    with wave.open(str(TONES / f"{name}.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        raw = file.readframes(file.getnframes())
        return np.frombuffer(raw, "<i2") / 32767, file.getframerate()


def loudest_pitches_hz(name: str) -> list[int]:
    """The ground tone of each note, in order, to 10 Hz."""
    heard, rate_hz = samples(name)
    pitches, start = [], 0
    for note in TUNES[name]:
        held = heard[start : start + round(note.held_s * rate_hz)]
        power = np.abs(np.fft.rfft(held * np.hanning(len(held)), rate_hz))
        pitches.append(round(int(np.argmax(power)), -1))
        start += round((note.held_s + note.rest_s) * rate_hz)
    return pitches


def test_every_sound_that_a_page_may_ask_for_has_a_file() -> None:
    assert {sound.value for sound in Sound} == {file.stem for file in TONES.glob("*.wav")}


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_script_makes(name: str, tmp_path: Path) -> None:
    made = write(name, tmp_path)
    with wave.open(str(made)) as file:
        fresh = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    shipped, _ = samples(name)
    assert np.max(np.abs(fresh - shipped)) <= ONE_STEP  # a processor may round the last bit


@pytest.mark.parametrize("name", NAMES)
def test_a_tone_is_short_below_clipping_and_begins_and_ends_in_silence(name: str) -> None:
    heard, rate_hz = samples(name)
    assert 0.2 < len(heard) / rate_hz < 0.6
    assert 0.2 < np.max(np.abs(heard)) < 0.8
    assert heard[0] == heard[-1] == 0


def test_the_three_are_equally_loud_while_they_sound() -> None:
    loudness = []
    for name in NAMES:
        heard, _ = samples(name)
        loudness.append(np.sqrt(np.mean(np.square(heard[np.abs(heard) > 0.01]))))
    assert max(loudness) / min(loudness) < 1.06  # half a decibel


def test_good_rises_attention_repeats_and_stop_falls() -> None:
    first, second = loudest_pitches_hz("good")
    assert first < second
    first, second = loudest_pitches_hz("attention")
    assert first == second
    first, second = loudest_pitches_hz("stop")
    assert first > second


@pytest.mark.parametrize("name", NAMES)
def test_old_ears_hear_it(name: str) -> None:
    assert all(500 <= pitch <= 1000 for pitch in loudest_pitches_hz(name))
    heard, rate_hz = samples(name)
    power = np.square(np.abs(np.fft.rfft(heard)))
    above = np.fft.rfftfreq(len(heard), 1 / rate_hz) > 4000
    assert power[above].sum() / power.sum() < 0.001
