"""An entry as a volunteer reads it: each rule by a sentence, reason, next step, kind word."""

from collections.abc import Iterator, Mapping

from kiosk.cli.check_words import speaks_chinese
from kiosk.rulebook.reading import UTC_OFFSET_S
from kiosk.rulebook.times import date_text
from kiosk.screen.trace_words import reason_words, rule_words
from kiosk.screen.words import Words
from kiosk.wire import WireEntry

SILENT = "-"  # in a trace: this rule had nothing to say


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
    """Return what happened, the rule that decided, and what to do and say, a line each."""
    lines = []
    for language in spoken:
        catalogue = words.zh if language == "zh" else words.en
        lines += [_headline(wire, catalogue), *_advice(wire, catalogue)]
        lines += [*_trace(wire, catalogue), ""]
    return lines


def _headline(wire: WireEntry, catalogue: Mapping[str, str]) -> str:
    """Return when by the gate's wall clock, where, which way and what came of it."""
    at = date_text(wire.utc_ms // 1000 * 1000, UTC_OFFSET_S).removesuffix(".000")
    decision = catalogue.get(f"decision.{wire.decision}", "")
    kind = catalogue.get(f"kind.{wire.kind}", wire.kind)
    way = catalogue.get(f"direction.{wire.direction}", wire.direction)
    return f"{at}  {wire.gate}  {way}  {kind}  {decision}".rstrip()


def _advice(wire: WireEntry, catalogue: Mapping[str, str]) -> Iterator[str]:
    for part, said in reason_words(wire.reason or "", catalogue).items():
        yield f"{catalogue.get(f'label.{part}', part):<14} {said}"


def _trace(wire: WireEntry, catalogue: Mapping[str, str]) -> Iterator[str]:
    """Yield each rule that spoke, and in one line those that had nothing to say."""
    silent = []
    for text in wire.trace:
        question, said = rule_words(text, catalogue)
        if text.endswith(f":{SILENT}"):
            silent.append(question)
        else:
            yield f"  {question}: {said}"
    if silent:
        yield f"  {catalogue[f'verdict.{SILENT}']} ({len(silent)}): {'; '.join(silent)}"
