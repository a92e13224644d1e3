"""What a page says, when and how loud: pure, from a snapshot and the config."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config_voice import VoiceConfig
from kiosk.core.messages_screen import Hint
from kiosk.core.wording import ONE_MOMENT, Page
from kiosk.core.words import Denied, Refusal
from kiosk.ports import Snapshot
from kiosk.screen.speech import (
    LATE_MS,
    SPOKEN_AFTER_MS,
    Voice,
    spoken_sentences,
    told_sentences,
)
from kiosk.screen.view import TONES, Tone, public_page
from kiosk.screen.words import WallClock
from kiosk.timing import ClockState
from tests.screen.making import SCENERY, announced, entry, show, snapshot

WORDS = SCENERY.words
ZONE = ZoneInfo("Asia/Shanghai")
NOTICE = announced()
CLIPS = {
    one.name: Path("/nowhere")
    for one in (*spoken_sentences(WORDS), *told_sentences(NOTICE.one))
}
SAYS_SOMETHING = [page for page in Page if WORDS.zh[f"page.{page.value}.voice"]]
DOES_SOMETHING = [page for page in SAYS_SOMETHING if TONES[page] is not Tone.PASS]


def voice(clips: dict[str, Path] = CLIPS, **settings: Any) -> Voice:
    return Voice(VoiceConfig(**settings), WallClock(ZONE), WORDS, lambda: clips)


def at(shown: Snapshot, hour: int, minute: int = 0, *, mono_s: float = 1000.0) -> Snapshot:
    local = datetime(2027, 1, 5, hour, minute, tzinfo=ZONE)
    return replace(shown, at=replace(shown.at, utc=local.astimezone(UTC), mono_s=mono_s))


@pytest.mark.parametrize("page", SAYS_SOMETHING, ids=lambda page: page.value)
def test_a_page_says_its_own_sentence(page: Page) -> None:
    key = "hold" if page in ONE_MOMENT else page.value
    said = voice().heard(snapshot(page), 1)
    assert said["speech"] == [f"/voice/{key}.wav"]
    assert said["volume"] == 1.0


def test_a_code_that_was_not_read_is_told_what_would_help() -> None:
    for hint in Hint:
        said = voice().heard(snapshot(show(Page.QR_HARD, hint=hint)), 1, hint.value)
        assert said["speech"] == [f"/voice/qr_hard-{hint.value}.wav"]
    assert voice().heard(snapshot(Page.QR_HARD), 1)["speech"] == ["/voice/qr_hard.wav"]


def test_where_nobody_is_on_duty_nobody_is_promised() -> None:
    for page, key in (
        (Page.HELP, "help-phone"),
        *((each, "hold-phone") for each in ONE_MOMENT),
    ):
        said = voice().heard(snapshot(page), 1, "phone")
        assert said["speech"] == [f"/voice/{key}.wav"]


def test_whoever_must_do_nothing_is_left_in_peace() -> None:
    for page in (Page.IDLE, Page.SEEN, Page.STARTING, Page.ON_DUTY):
        assert voice().heard(snapshot(page), 1)["speech"] == []


def test_bystanders_hear_one_sentence_whatever_the_reason() -> None:
    heard = set()
    for page in ONE_MOMENT:
        shown = snapshot(show(page, entry=entry(Denied(Refusal.SIG), label="张*明")))
        heard.add(json.dumps(voice().heard(shown, 1)))
    assert len(heard) == 1


@pytest.mark.parametrize("page", DOES_SOMETHING, ids=lambda page: page.value)
def test_what_must_be_done_is_said_to_each_person(page: Page) -> None:
    speaks = voice()
    for number in (1, 2, 3):
        assert speaks.heard(snapshot(page), number)["speech"]


def test_regulars_hear_their_words_once_a_minute_and_their_tone_always() -> None:
    speaks, shown = voice(), snapshot(Page.PASS_OUT)
    assert speaks.heard(at(shown, 9, mono_s=1000.0), 1)["speech"]
    assert not speaks.heard(at(shown, 9, mono_s=1059.0), 2)["speech"]
    assert not speaks.heard(at(snapshot(Page.SECOND_SCAN), 9, mono_s=1059.5), 3)["speech"]
    assert speaks.heard(at(shown, 9, mono_s=1060.0), 4)["speech"]


def test_a_page_that_is_drawn_again_says_the_same() -> None:
    speaks, shown = voice(), snapshot(Page.PASS_OUT)
    first = speaks.heard(at(shown, 9), 1)
    assert [speaks.heard(at(shown, 9, mono_s=1000.0 + n), 1) for n in range(3)] == [first] * 3


def test_only_who_waits_hears_how_to_stand() -> None:
    assert voice().heard(snapshot(Page.LOOK_TEMP), 1)["speech_ms"] == LATE_MS
    assert voice().heard(snapshot(Page.FEVER), 1)["speech_ms"] == SPOKEN_AFTER_MS


def test_english_is_spoken_where_it_is_wanted_and_comes_second() -> None:
    said = voice(english=True).heard(snapshot(Page.FEVER), 1)
    assert said["speech"] == ["/voice/fever.wav", "/voice/fever.en.wav"]


def test_a_sentence_without_a_clip_is_not_asked_for() -> None:
    assert voice(clips={}).heard(snapshot(Page.FEVER), 1)["speech"] == []
    assert voice(speech=False).heard(snapshot(Page.FEVER), 1)["speech"] == []


def test_a_name_that_no_clip_has_leads_nowhere() -> None:
    speaks = voice()
    assert speaks.clip("fever") is not None
    for name in ("", "..", "../config", "fever.wav", "notice-00"):
        assert speaks.clip(name) is None


@pytest.mark.parametrize(
    ("hour", "minute", "is_quiet"),
    [
        (21, 59, False),
        (22, 0, True),
        (0, 0, True),
        (6, 29, True),
        (6, 30, False),
        (12, 0, False),
    ],
)
def test_at_night_there_are_low_tones_and_no_words(
    hour: int, minute: int, is_quiet: bool
) -> None:
    speaks = voice(quiet="22:00-06:30", quiet_volume=20)
    for number, shown in enumerate((snapshot(Page.FEVER), snapshot(Page.ANNOUNCE)), start=1):
        said = speaks.heard(at(shown, hour, minute), number)
        assert (said["volume"], not said["speech"]) == (0.2 if is_quiet else 1.0, is_quiet)


def test_a_siesta_is_quiet_too_and_a_gate_may_have_no_quiet_hours() -> None:
    assert not voice(quiet="12:30-14:00").heard(at(snapshot(Page.FEVER), 13), 1)["speech"]
    assert voice(quiet="").heard(at(snapshot(Page.FEVER), 3), 1)["speech"]


def test_by_a_clock_in_doubt_it_is_day() -> None:
    shown = at(snapshot(Page.FEVER), 3)
    shown = replace(shown, at=replace(shown.at, clock=ClockState.UNSURE))
    assert voice().heard(shown, 1)["speech"]
    assert voice(volume=70, volume_from={"03:00": 10}).heard(shown, 1)["volume"] == 0.7


def test_how_loud_it_is_goes_by_the_time_of_day() -> None:
    speaks = voice(quiet="", volume_from={"07:00": 100, "20:00": 60})
    shown = snapshot(Page.FEVER)
    heard = {hour: speaks.heard(at(shown, hour), hour)["volume"] for hour in (6, 7, 19, 20)}
    assert heard == {6: 0.6, 7: 1.0, 19: 1.0, 20: 0.6}


def test_an_announcement_is_read_aloud_once_while_it_is_shown() -> None:
    speaks, shown = voice(), snapshot(Page.ANNOUNCE)
    name = f"notice-{NOTICE.one.id.hex()}"
    first = speaks.heard(at(shown, 14), 7)
    assert first["speech"] == [f"/voice/{name}.wav"]
    assert speaks.heard(at(shown, 14, mono_s=1001.0), 7) == first
    assert speaks.heard(at(snapshot(Page.IDLE), 14), 7)["speech"] == []


@given(page=st.sampled_from(Page), hour=st.integers(0, 23), with_notice=st.booleans())
def test_no_sentence_holds_a_number_or_a_name(page: Page, hour: int, with_notice: bool) -> None:
    """What is said is one of the fixed sentences, which hold neither, or a public notice."""
    shown = snapshot(show(page, entry=entry(Denied(Refusal.SIG), label="诸葛*亮")))
    shown = at(replace(shown, announced=NOTICE if with_notice else None), hour)
    for url in voice(quiet="").heard(shown, 1)["speech"]:
        name = url.removeprefix("/voice/").removesuffix(".wav")
        is_notice = public_page(shown) is Page.ANNOUNCE and name.startswith("notice-")
        assert is_notice or name in {one.name for one in spoken_sentences(WORDS)}


def test_fixed_sentences_hold_no_digit_and_no_slot() -> None:
    for one in spoken_sentences(WORDS):
        assert not any(sign.isdigit() or sign == "%" for sign in one.text), one
