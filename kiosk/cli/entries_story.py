"""An entry as a volunteer reads it: each rule by a sentence, reason, next step, kind word."""

from collections.abc import Mapping

from kiosk.cli.check_words import speaks_chinese
from kiosk.screen.words import Words
from kiosk.wire import WireEntry


def languages(chosen: str | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return which languages to speak: the chosen one, that of the locale, else both."""
    if chosen is not None:
        return (chosen,)
    names = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "").lower()
    if speaks_chinese(environ):
        return ("zh",)
    return ("en",) if locale.startswith("en") else ("zh", "en")


def to_story(wire: WireEntry, words: Words, spoken: tuple[str, ...]) -> list[str]:
    """Return the trace, reason, next step and kind sentence of an entry, a line each."""
    lines = []
    for language in spoken:
        catalogue = words.zh if language == "zh" else words.en
        lines += [_rule(text, catalogue) for text in wire.trace]
        if wire.reason is not None:
            keys = [f"{part}.{wire.reason}" for part in ("reason", "next", "say")]
            names = (f"label.{part}" for part in ("reason", "next", "say"))
            lines += [
                f"{catalogue.get(name, 'reason'):<14} {catalogue[key]}"
                for name, key in zip(names, keys, strict=True)
                if key in catalogue
            ]
    return lines


def _rule(text: str, catalogue: Mapping[str, str]) -> str:
    rule, _, verdict = text.rpartition(":")
    question = catalogue.get(f"rule.{rule}", rule)
    said = catalogue.get(f"verdict.{verdict}", catalogue.get(f"why.{verdict}", verdict))
    return f"  {question}: {said}  [{rule}: {verdict}]"
