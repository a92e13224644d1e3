"""Every word of the ledger, in Chinese and English. What has no word is said as it stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "words"

Pair = tuple[str, str]  # (Chinese, English)


@dataclass(frozen=True, slots=True)
class Words:
    """Both catalogues."""

    zh: Mapping[str, str]
    en: Mapping[str, str]

    def pair(self, key: str, **slots: Pair | str | int) -> Pair:
        """Return the words of `key` with its `%slots%` filled; a pair fills each its own."""
        chinese, english = self.zh[key], self.en[key]
        for name, value in slots.items():
            in_zh, in_en = value if isinstance(value, tuple) else (str(value), str(value))
            chinese = chinese.replace(f"%{name}%", in_zh)
            english = english.replace(f"%{name}%", in_en)
        return chinese, english

    def value(self, group: str, value: str) -> Pair:
        """Return the words of a wire value; of one that is not known, the value itself."""
        key = f"{group}.{value}"
        return (self.zh[key], self.en[key]) if key in self.zh else (value, value)


def load_words() -> Words:
    """Return the words that are shipped."""
    return Words(_read("zh_CN"), _read("en"))


def _read(language: str) -> dict[str, str]:
    catalogue: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return catalogue
