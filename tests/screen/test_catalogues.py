"""The wording: complete in both languages, short enough to be read, kind."""

import re

import pytest

from kiosk.core.faults import FAULTS, Fault
from kiosk.core.messages_screen import Hint
from kiosk.core.messages_staff import Why
from kiosk.core.rules import RULES
from kiosk.core.wording import DWELL_S, ONE_MOMENT, STAY_S, Page
from kiosk.core.words import Direction, EntryKind, Missing, PassWarning, Reason, Refusal
from kiosk.screen.desk_checks import Mistake
from kiosk.screen.files import STATIC, read_page
from kiosk.screen.words import load_words
from kiosk.timing import ClockState

WORDS = load_words()
SLOT = re.compile(r"%\w+%")
HANZI = re.compile(r"[\u3400-\u9fff]")
TITLE_HANZI_MAX = 9
TITLE_LETTERS_MAX = 62
FORBIDDEN = ("错误", "失败", "禁止", "异常", "暂扣", "宵禁")

WANTED = {
    *(f"page.{page.value}.{part}" for page in Page for part in ("title", "line", "voice")),
    *(f"staff.page.{page.value}" for page in Page),
    *(f"page.qr_hard.{part}_{hint.value}" for hint in Hint for part in ("line", "voice")),
    *(f"page.help.title_{how}" for how in ("told", "phone")),
    *(
        f"{part}.{why.value}"
        for why in (*Reason, *Refusal)
        for part in ("reason", "next", "say")
    ),
    *(f"missing.{why.value}" for why in Missing),
    *(f"warning.{what.value}" for what in PassWarning),
    *(f"{part}.{which.value}" for which in Fault for part in ("fault", "way_back")),
    *(f"chip.{row.part}" for row in FAULTS.values()),
    *(f"chip.clock.{state.name.lower()}" for state in ClockState),
    *(f"why.{why.value}" for why in Why),
    *(f"kind.{kind.value}" for kind in EntryKind),
    *(f"wrong.{mistake.value}" for mistake in Mistake),
    *(f"rule.{name}" for name, _ in RULES),
    *(f"verdict.{said}" for said in ("-", "admit", "retest", "staff", "refer", "deny")),
    *(f"direction.{way.value}" for way in Direction),
}


def test_every_state_has_its_words_in_both_languages() -> None:
    for catalogue in (WORDS.zh, WORDS.en):
        assert set(catalogue) >= WANTED
    assert list(WORDS.zh) == list(WORDS.en)


def test_the_slots_of_a_word_are_the_same_in_both_languages() -> None:
    for key, chinese in WORDS.zh.items():
        assert sorted(SLOT.findall(chinese)) == sorted(SLOT.findall(WORDS.en[key])), key


def test_nothing_but_a_silent_voice_and_a_bare_title_is_empty() -> None:
    may_be_silent = (".voice", "page.pass_in.line", "page.unknown.line")
    for catalogue in (WORDS.zh, WORDS.en):
        empty = [key for key, text in catalogue.items() if not text.strip()]
        assert all(key.endswith(may_be_silent) for key in empty)


@pytest.mark.parametrize("page", list(Page), ids=lambda page: page.value)
def test_a_title_is_short_enough_to_be_read_from_two_metres(page: Page) -> None:
    title = f"page.{page.value}.title"
    for key in (key for key in WORDS.zh if key.startswith(title)):
        assert len(HANZI.findall(WORDS.zh[key])) <= TITLE_HANZI_MAX
    assert len(WORDS.en[title]) <= TITLE_LETTERS_MAX
    assert len(WORDS.zh[f"page.{page.value}.line"]) <= 22
    assert len(WORDS.en[f"page.{page.value}.line"]) <= 64


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
def test_a_line_for_staff_fits_its_place(fault: Fault) -> None:
    assert len(WORDS.zh[f"fault.{fault.value}"]) <= 24
    assert len(WORDS.zh[f"way_back.{fault.value}"]) <= 40
    assert len(WORDS.en[f"fault.{fault.value}"]) <= 80
    assert len(WORDS.en[f"way_back.{fault.value}"]) <= 110


def test_a_page_stays_long_enough_to_be_read() -> None:
    for page, dwell_s in DWELL_S.items():
        words = WORDS.zh[f"page.{page.value}.title"]
        assert dwell_s == STAY_S or dwell_s >= 1.0 + len(HANZI.findall(words)) / 4, page


def test_bystanders_read_and_hear_one_wording() -> None:
    for part in ("title", "line", "voice"):
        assert len({WORDS.pair(f"page.{page.value}.{part}") for page in ONE_MOMENT}) == 1


def test_the_words_are_kind() -> None:
    public = [text for key, text in WORDS.zh.items() if key.startswith(("page.", "foot."))]
    assert not [text for text in public if any(word in text for word in FORBIDDEN)]
    assert not any("通行证" in text or "你" in text for text in WORDS.zh.values())


@pytest.mark.parametrize("name", [file.name for file in STATIC.glob("*.html")])
def test_every_slot_of_a_page_is_filled_and_nothing_is_said_outside_the_catalogues(
    name: str,
) -> None:
    raw = read_page(name)
    assert not HANZI.findall(raw)
    filled = WORDS.fill(raw)
    assert not re.findall(r"%[a-z]+:|\$[a-z]", filled)
    assert HANZI.findall(filled)
