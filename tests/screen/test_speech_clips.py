"""Clips: read strictly, trimmed, equally loud; rendered by a program that may misbehave."""

import io
import json
import os
import re
import struct
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.screen.speech import FIXED, Sentence, spoken_sentences, told_sentences
from kiosk.screen.speech_engine import (
    Engine,
    SpeechFailed,
    SpeechHung,
    always,
    find_engine,
    render,
    run_child,
)
from kiosk.screen.speech_pinyin import pinyin, with_numbers_in_words
from kiosk.screen.speech_wav import (
    LOUDNESS,
    PAUSE_S_MAX,
    PEAK_MAX,
    SECONDS_MAX,
    Clip,
    NoClip,
    levelled,
    read_clip,
    recorded,
    trimmed,
    wav_bytes,
    with_short_pauses,
)
from kiosk.screen.words import load_words
from tests.screen.making import announced

RATE_HZ = 48_000
SENTENCES = spoken_sentences(load_words())


def voice(seconds: float = 1.0, level: float = 0.2, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Something like a vowel: a low tone whose loudness goes up and down."""
    at_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return level * np.sin(2 * np.pi * 180 * at_s) * (0.75 + 0.25 * np.sin(2 * np.pi * 4 * at_s))


def silence(seconds: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    return np.zeros(round(seconds * rate_hz))


def wav(
    samples: np.ndarray, rate_hz: int = RATE_HZ, channels: int = 1, width: int = 2
) -> bytes:
    """A file as any recorder writes it, made here with other code than the kiosk's."""
    whole = np.round(np.repeat(samples, channels) * (2 ** (8 * width - 1) - 1)).astype("<i8")
    raw = whole.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + len(raw), b"WAVE", b"fmt ", 16, 1, channels, rate_hz),
        *(rate_hz * channels * width, channels * width, 8 * width, b"data", len(raw)),
    )
    return head + raw


def loudness_db(clip: Clip) -> float:
    """Loudness of what is above a tenth of the peak, by 50 ms: not the kiosk's way."""
    window = clip.rate_hz // 20
    whole = clip.samples[: len(clip.samples) // window * window].reshape(-1, window)
    size = np.sqrt(np.square(whole).mean(axis=1))
    return float(20 * np.log10(np.sqrt(np.square(size[size > size.max() / 10]).mean())))


def why_not(content: bytes) -> str:
    with pytest.raises(NoClip) as caught:
        recorded(read_clip(content))
    return caught.value.why


@pytest.mark.parametrize("width", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_of_any_usual_kind_becomes_the_same_clip(width: int, channels: int) -> None:
    spoken = np.concatenate([silence(0.7), voice(1.2), silence(0.9)])
    clip = recorded(read_clip(wav(spoken, channels=channels, width=width)))
    assert 1.2 <= clip.seconds <= 1.35
    assert abs(loudness_db(clip) - 20 * np.log10(LOUDNESS)) < 1.0


@pytest.mark.parametrize("level", [0.02, 0.1, 0.5, 0.9])
def test_quiet_and_loud_voices_come_out_equally_loud(level: float) -> None:
    clip = recorded(read_clip(wav(voice(level=level))))
    assert abs(loudness_db(clip) - 20 * np.log10(LOUDNESS)) < 1.0
    assert np.max(np.abs(clip.samples)) <= PEAK_MAX


def test_a_plosive_is_bent_and_the_sentence_stays_loud() -> None:
    spoken = voice(level=0.1)
    spoken[20_000:20_040] = 0.95
    clip = levelled(Clip(spoken, RATE_HZ))
    assert np.max(np.abs(clip.samples)) <= PEAK_MAX
    assert abs(loudness_db(clip) - 20 * np.log10(LOUDNESS)) < 1.5


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "format"),
        (b"RIFF\x00\x00\x00\x00WAVE", "format"),
        (b"ID3\x03" + bytes(2000), "format"),
        (wav(voice(), rate_hz=8_000), "format"),
        (wav(silence(1.0)), "silent"),
        (wav(voice(level=0.001)), "silent"),
        (wav(np.clip(voice(level=4.0), -1, 1)), "clipped"),
        (wav(voice(3.2)), "long"),
        (wav(voice())[:-1000], "cut_off"),
        (wav(voice())[:40] + struct.pack("<I", 0x7FFFFF00) + wav(voice())[44:], "cut_off"),
        (wav(np.zeros(0)), "silent"),
    ],
)
def test_what_is_no_recording_is_refused_by_its_name(content: bytes, why: str) -> None:
    assert why_not(content) == why


def test_a_file_of_gigabytes_is_not_unpacked() -> None:
    assert why_not(bytes(20_000_001)) == "large"


@settings(max_examples=200, deadline=None)
@given(
    cut=st.integers(0, 2000),
    edits=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=6),
)
def test_any_damaged_file_is_a_clip_or_no_clip(cut: int, edits: list[tuple[int, int]]) -> None:
    content = bytearray(wav(voice(0.02)))
    for place, value in edits:
        content[place % len(content)] = value
    try:
        clip = recorded(read_clip(bytes(content[: len(content) - cut])))
    except NoClip as exc:
        assert exc.why in {"format", "cut_off", "silent", "clipped", "long", "large"}
    else:
        assert clip.seconds <= SECONDS_MAX and np.max(np.abs(clip.samples)) <= PEAK_MAX


def test_a_clip_comes_back_from_disk_as_it_was() -> None:
    clip = Clip(voice(), RATE_HZ)
    again = read_clip(wav_bytes(clip))
    assert again.rate_hz == RATE_HZ
    assert np.max(np.abs(again.samples - clip.samples)) < 1 / 30_000
    with wave.open(io.BytesIO(wav_bytes(clip))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)


def test_a_comma_is_no_rest() -> None:
    spoken = np.concatenate([voice(0.5), silence(0.8), voice(0.5)])
    clip = with_short_pauses(trimmed(Clip(spoken, RATE_HZ)))
    assert 1.0 + PAUSE_S_MAX - 0.05 < clip.seconds < 1.0 + PAUSE_S_MAX + 0.1


def test_every_fixed_sentence_has_its_pinyin_on_disk_as_it_is_made() -> None:
    kept = json.loads(FIXED.read_text("utf-8"))
    wanted = {one.text for one in SENTENCES if one.language == "zh"}
    assert kept == {text: pinyin(text) for text in wanted}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("量手腕", "liang2 shou3 wan4"),
        ("没量准", "mei2 liang2 zhun3"),
        ("重庆路", "chong2 qing4 lu4"),
        ("8:30开门", "ba1 dian3 san1 shi2 fen1 kai1 men2"),
        ("2:00", "liang3 dian3"),
        ("11月20日", "shi2 yi1 yue4 er4 shi2 ri4"),
        ("2027年", "er4 ling2 er4 qi1 nian2"),
        ("1005元", "yi1 qian1 ling2 wu3 yuan2"),
        ("110", "yi4 bai3 yi1 shi2"),
        ("13812345678", "yi1 san1 ba1 yi1 er4 san1 si4 wu3 liu4 qi1 ba1"),
    ],
)
def test_what_has_two_readings_is_read_as_people_say_it(text: str, said: str) -> None:
    assert pinyin(text) == said


@given(st.text(max_size=60))
def test_no_text_gets_anything_but_syllables_into_the_engine(text: str) -> None:
    assert re.fullmatch(r"[a-zA-Z1-5,. ]*", pinyin(text))


@given(st.integers(0, 9999))
def test_a_number_is_said_in_hanzi(number: int) -> None:
    said = with_numbers_in_words(str(number))
    assert said and not any(sign.isdigit() for sign in said if sign.isascii())


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = find_engine()
    assert found is not None
    return found


@pytest.mark.needs_speech
def test_every_sentence_is_under_three_seconds_and_none_louder_than_another(
    engine: Engine,
) -> None:
    clips = {one.name: render(engine, one) for one in SENTENCES}
    assert {name for name, clip in clips.items() if clip.seconds >= SECONDS_MAX} == set()
    assert min(clip.seconds for clip in clips.values()) > 0.5
    levels = [loudness_db(clip) for clip in clips.values()]
    assert max(levels) - min(levels) < 3.0
    assert max(np.max(np.abs(clip.samples)) for clip in clips.values()) <= PEAK_MAX


@pytest.mark.needs_speech
def test_the_longest_notice_is_heard_out_before_its_page_ends(engine: Engine) -> None:
    one = announced().one
    clips = [render(engine, sentence) for sentence in told_sentences(one)]
    assert 8.0 < sum(clip.seconds for clip in clips) < one.shown_s - 1.0


@pytest.mark.needs_speech
def test_hanzi_are_read_as_mandarin_and_not_spelled_out(engine: Engine) -> None:
    """Debian 12's engine says ten seconds of English letters in place of ten hanzi."""
    clip = render(engine, Sentence("x", "zh", "请大家在十点以前到南门领菜", is_fixed=False))
    assert 2.0 < clip.seconds < 4.5


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "espeak-ng"
    yield file
    pid = tmp_path / "pid"
    if pid.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


def write(program: Path, body: str) -> Engine:
    """An espeak-ng that answers for its version and then does `body`."""
    pid = program.parent / "pid"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys, time, signal\n"
        "if '--version' in sys.argv: print('eSpeak NG: 1.51'); sys.exit()\n"
        f"open({str(pid)!r}, 'w').write(str(os.getpid()))\n{body}\n"
    )
    program.chmod(0o755)
    found = find_engine(str(program))
    assert found is not None
    return found


def test_a_machine_without_the_engine_has_none() -> None:
    assert find_engine("espeak-ng-that-nobody-has") is None


def test_a_program_that_hangs_is_killed_in_time_and_leaves_nobody(program: Path) -> None:
    write(program, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)")
    began_s = time.monotonic()
    with pytest.raises(SpeechHung, match="no answer"):
        run_child([str(program)], "请通行", always, within_s=0.5)
    assert time.monotonic() - began_s < 3.0


def test_a_program_that_never_stops_speaking_is_stopped(program: Path) -> None:
    write(program, "while True: sys.stdout.buffer.write(bytes(65536))")
    with pytest.raises(SpeechHung, match="does not stop"):
        run_child([str(program)], "请通行", always)


def test_a_gate_that_stops_does_not_wait_for_speech(program: Path) -> None:
    engine = write(program, "time.sleep(60)")
    began_s = time.monotonic()
    with pytest.raises(SpeechFailed):
        render(engine, SENTENCES[0], lambda: False)
    assert time.monotonic() - began_s < 3.0


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("sys.exit(3)", "ended with 3"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended with -11"),
        ("pass", "no speech"),
        ("sys.stdout.write('RIFF?')", "no speech"),
        ("sys.stdout.buffer.write(b'RIFF' + bytes(9000))", "no speech"),
    ],
)
def test_whatever_else_comes_is_named(program: Path, body: str, says: str) -> None:
    engine = write(program, body)
    with pytest.raises(SpeechFailed, match=says):
        render(engine, SENTENCES[0])


def test_a_program_that_does_not_say_its_version_is_ill(program: Path) -> None:
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with pytest.raises(SpeechFailed, match="version"):
        find_engine(str(program))


@pytest.mark.needs_speech
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "text", ["<speak>hi</speak>", "[[fu:]] --help", "-w /tmp/owned", "$(reboot)", "\x00a\n\nb"]
)
def test_markup_and_options_are_words_or_nothing(
    engine: Engine, language: str, text: str, tmp_path: Path
) -> None:
    clip = render(engine, Sentence("x", language, text, is_fixed=False))
    assert 0.0 < clip.seconds < 20.0
    assert not Path("/tmp/owned").exists()
