"""What the resident's page plays, in a real browser: its tone, its words, and no others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from kiosk.config_voice import VoiceConfig
from kiosk.core.wording import ONE_MOMENT, Page
from kiosk.core.words import Denied, Refusal
from kiosk.screen.scenery import Sounds
from kiosk.screen.speech import SPOKEN_AFTER_MS, spoken_sentences, told_sentences
from kiosk.screen.speech_wav import Clip, wav_bytes
from kiosk.screen.words import load_words
from tests.screen.making import (
    Served,
    announced,
    entry,
    events,
    first,
    served,
    show,
    snapshot,
)

pytestmark = pytest.mark.needs_browser

RATE_HZ = 48_000
CLIP_S = 1.2
NOTICE = announced()
# Writes down what each sound does, and when the picture of each page came, in milliseconds.
EAR = """
window.heard = [];
const note = (what, of) => window.heard.push({ what, of, at: performance.now() });
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (!this.isWatched) {
    this.isWatched = true;
    for (const what of ["playing", "ended", "pause"])
      this.addEventListener(what, () => note(what, new URL(this.src).pathname));
  }
  note(`volume ${this.volume}`, new URL(this.src).pathname);
  return play.call(this);
};
document.addEventListener("DOMContentLoaded", () =>
  new MutationObserver(() => note("picture", document.body.dataset.page)).observe(
    document.body, { attributeFilter: ["data-page"] }));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """As the browser's unit starts it: sound without a tap."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    file = tmp_path_factory.mktemp("clips") / "any.wav"
    at_s = np.arange(round(CLIP_S * RATE_HZ)) / RATE_HZ
    file.write_bytes(wav_bytes(Clip(0.2 * np.sin(2 * np.pi * 200 * at_s), RATE_HZ)))
    fixed = spoken_sentences(load_words())
    return {one.name: file for one in (*fixed, *told_sentences(NOTICE.one))}


@pytest.fixture(scope="module")
def gate(clips: dict[str, Path]) -> Iterator[Served]:
    settings = VoiceConfig(quiet="", volume=80)
    with served(sounds=Sounds(settings, lambda: clips)) as screen:
        yield screen


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Tab]:
    window = browser.new_page(viewport={"width": 1280, "height": 800})
    window.add_init_script(EAR)
    yield window
    window.close()


@pytest.fixture
def tab(window: Tab, gate: Served) -> Tab:
    """The page, opened anew while nobody is at the gate."""
    gate.show(Page.IDLE)
    window.goto(gate.url)
    window.wait_for_function("() => document.body.dataset.page === 'idle'")
    return window


def heard(tab: Tab, what: str, of: str) -> float:
    """Wait for something to be heard or seen, and return when it last was, milliseconds."""
    find = "([what, of]) => window.heard.findLast((e) => e.what === what && e.of === of)?.at"
    return float(tab.wait_for_function(find, arg=[what, of], timeout=10_000).json_value())


def all_heard(tab: Tab) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = tab.evaluate("() => window.heard")
    return [(one["what"], one["of"]) for one in found]


@pytest.mark.parametrize(
    ("page", "tone"),
    [
        (Page.PASS_IN, "good"),
        (Page.LOOK_TEMP, "attention"),
        (Page.FEVER, "stop"),
        (Page.REVOKED, "stop"),
    ],
    ids=lambda value: getattr(value, "value", value),
)
def test_a_page_plays_its_tone_and_then_its_words(
    tab: Tab, gate: Served, page: Page, tone: str
) -> None:
    gate.show(page)
    key = "hold" if page in ONE_MOMENT else page.value
    picture_ms = heard(tab, "picture", key)
    tone_ms = heard(tab, "playing", f"/static/tones/{tone}.wav")
    out_ms = heard(tab, "ended", f"/static/tones/{tone}.wav")
    words_ms = heard(tab, "playing", f"/voice/{key}.wav")
    assert tone_ms - picture_ms < 1000
    assert words_ms >= out_ms and words_ms - picture_ms >= SPOKEN_AFTER_MS
    assert ("volume 0.8", f"/voice/{key}.wav") in all_heard(tab)
    heard(tab, "ended", f"/voice/{key}.wav")
    voices = {of for what, of in all_heard(tab) if what == "playing" and "/voice/" in of}
    assert voices == {f"/voice/{key}.wav"}


def test_the_next_person_cuts_the_words_off(tab: Tab, gate: Served) -> None:
    gate.show(Page.FEVER)
    heard(tab, "playing", "/voice/fever.wav")
    gate.show(Page.EXPIRED)
    picture_ms = heard(tab, "picture", "expired")
    assert abs(heard(tab, "pause", "/voice/fever.wav") - picture_ms) < 100
    heard(tab, "ended", "/voice/expired.wav")
    assert ("ended", "/voice/fever.wav") not in all_heard(tab)


def test_words_that_have_not_begun_never_do(tab: Tab, gate: Served) -> None:
    gate.show(Page.LOOK_TEMP)
    heard(tab, "playing", "/static/tones/attention.wav")
    gate.show(Page.EXPIRED)
    heard(tab, "ended", "/voice/expired.wav")  # later than the first would have begun
    assert not [of for _, of in all_heard(tab) if of == "/voice/look_temp.wav"]


def test_a_tone_that_begins_anew_is_heard_out_before_the_words(tab: Tab, gate: Served) -> None:
    gate.show(Page.FEVER)
    heard(tab, "playing", "/static/tones/stop.wav")
    gate.show(Page.EXPIRED)  # has the same tone
    words_ms = heard(tab, "playing", "/voice/expired.wav")
    assert all_heard(tab).count(("ended", "/static/tones/stop.wav")) == 1
    assert words_ms >= heard(tab, "ended", "/static/tones/stop.wav")


def test_a_notice_is_read_out_between_people_and_gives_way(tab: Tab, gate: Served) -> None:
    name = f"/voice/notice-{NOTICE.one.id.hex()}.wav"
    gate.show(snapshot(Page.ANNOUNCE, announced=NOTICE))
    heard(tab, "playing", name)
    gate.show(Page.LOOK_TEMP)
    picture_ms = heard(tab, "picture", "look_temp")
    assert abs(heard(tab, "pause", name) - picture_ms) < 100
    assert ("ended", name) not in all_heard(tab)


def test_a_page_that_is_sent_again_says_nothing_again(tab: Tab, gate: Served) -> None:
    gate.show(Page.FEVER)
    heard(tab, "ended", "/voice/fever.wav")
    gate.show(Page.FEVER)
    tab.wait_for_timeout(2100)  # a heartbeat
    assert all_heard(tab).count(("playing", "/voice/fever.wav")) == 1


def test_a_clip_that_is_gone_leaves_tone_and_picture(
    tab: Tab, gate: Served, clips: dict[str, Path], tmp_path: Path
) -> None:
    kept = dict(clips)
    clips["fever"] = tmp_path / "gone.wav"
    try:
        gate.show(Page.FEVER)
        heard(tab, "ended", "/static/tones/stop.wav")
        gate.show(Page.EXPIRED)
        heard(tab, "playing", "/voice/expired.wav")
        assert ("playing", "/voice/fever.wav") not in all_heard(tab)
    finally:
        clips.update(kept)


def test_what_bystanders_are_sent_is_the_same_byte_for_byte(gate: Served) -> None:
    sent = set()
    for number, page in enumerate(sorted(ONE_MOMENT, key=lambda page: page.value)):
        made = entry(Denied(Refusal.SIG), label="诸葛*亮", scan=number)
        gate.show(snapshot(show(page, entry=made, since_s=900.0 + number)))
        with events(f"{gate.url}/events") as stream:
            view = first(stream, lambda view: view["page"] == "hold")
        sent.add(json.dumps({**view, "show": 0}))
    assert len(sent) == 1
    assert '"/voice/hold.wav"' in sent.pop()
