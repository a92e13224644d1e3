"""Hanzi -> pinyin with tone numbers, for a voice that reads hanzi wrongly.

    python -m kiosk.screen.speech_pinyin < sentences > pinyin      a line for each line
    python -m kiosk.screen.speech_pinyin --fixed                   makes catalogues/pinyin.json

The dictionary takes 57 MB, so the gate never loads this module: fixed sentences have their
pinyin in a file, an announcement is turned in a process of a second. Only letters, digits of
tones, spaces and two marks come out, whatever went in.
"""

import json
import re
import sys
from pathlib import Path

from pypinyin import Style, lazy_pinyin, load_phrases_dict

from kiosk.screen.speech import FIXED, spoken_sentences
from kiosk.screen.words import load_words

DIGITS = "零一二三四五六七八九"
# 量 is measured (liáng) here, not an amount; 一 bends before what it counts.
PHRASES = {
    "量一下": [["liáng"], ["yí"], ["xià"]],
    "量一量": [["liáng"], ["yi"], ["liáng"]],
    "量手腕": [["liáng"], ["shǒu"], ["wàn"]],
    "量体温": [["liáng"], ["tǐ"], ["wēn"]],
    "没量准": [["méi"], ["liáng"], ["zhǔn"]],
    "再量": [["zài"], ["liáng"]],
    "一下": [["yí"], ["xià"]],
    "一会儿": [["yí"], ["huì"], ["er"]],
    "一步": [["yí"], ["bù"]],
    "一次": [["yí"], ["cì"]],
    "一个": [["yí"], ["gè"]],
    "一样": [["yí"], ["yàng"]],
    "一定": [["yí"], ["dìng"]],
    "一律": [["yí"], ["lǜ"]],
}
load_phrases_dict(PHRASES)

_TWO = re.compile(r"(?<![\d第.])2(?=[个小天次位户点人])")
_CLOCK = re.compile(r"(\d{1,2})[:：](\d\d)(?!\d)")
_NUMBER = re.compile(r"\d+")
_SPOKEN = re.compile(r"[a-z]+[1-5]|[A-Z]|[,.]")
_STOPS = dict.fromkeys("。！？!?；;", ".") | dict.fromkeys('，、,：:（）()《》“”"·/—-~', ",")


def pinyin(text: str) -> str:
    """Return a sentence as syllables with tone numbers; what cannot be said is left out."""
    said = with_numbers_in_words(text)
    parts = lazy_pinyin(
        said,
        style=Style.TONE3,
        neutral_tone_with_five=True,
        tone_sandhi=True,
        errors=lambda other: " ".join(_other(sign) for sign in other),
    )
    return " ".join(_SPOKEN.findall(" ".join(parts)))


def with_numbers_in_words(text: str) -> str:
    """Return a text with its times and numbers in hanzi; long ones digit by digit."""
    timed = _TWO.sub("两", _CLOCK.sub(lambda at: _clock(at[1], at[2]), text))
    years = re.sub(r"\d{4}(?=年)", lambda year: _digits(year[0]), timed)
    return _NUMBER.sub(
        lambda number: _number(number[0]), re.sub(r"(?<=\d)\.(?=\d)", "点", years)
    )


def _other(sign: str) -> str:
    return sign.upper() if sign.isascii() and sign.isalpha() else _STOPS.get(sign, " ")


def _clock(hour: str, minute: str) -> str:
    minutes = int(minute)
    rest = "" if minutes == 0 else f"{'零' if minutes < 10 else ''}{_number(str(minutes))}分"
    return f"{'两' if int(hour) == 2 else _number(str(int(hour)))}点{rest}"


def _number(typed: str) -> str:
    """Return 0 to 9999 as people say it; what begins with 0 or is longer, digit by digit."""
    if len(typed) > 4 or (typed.startswith("0") and typed != "0"):
        return _digits(typed)
    said, is_gap = "", False
    for place, digit in enumerate(typed):
        power = len(typed) - 1 - place
        if digit == "0":
            is_gap = bool(said)
            continue
        said += ("零" if is_gap else "") + DIGITS[int(digit)] + ("", "十", "百", "千")[power]
        is_gap = False
    return re.sub("^一十", "十", said) or "零"


def _digits(typed: str) -> str:
    return "".join(DIGITS[int(digit)] for digit in typed)


def make_fixed(file: Path = FIXED) -> None:
    """Write the pinyin of the fixed sentences to where the gate looks for it."""
    texts = {one.text for one in spoken_sentences(load_words()) if one.language == "zh"}
    made = {text: pinyin(text) for text in sorted(texts)}
    file.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", "utf-8")


def main() -> None:
    """Turn standard input, or make the file of the fixed sentences."""
    if "--fixed" in sys.argv[1:]:
        make_fixed()
        return
    for line in sys.stdin.buffer.read(20_000).decode("utf-8", "replace").splitlines():
        print(pinyin(line))


if __name__ == "__main__":
    main()
