"""Why an entry came out as it did, in sentences: each rule, the reason, what to do and say."""

from collections.abc import Mapping

TOLD = ("reason", "next", "say")


def rule_words(line: str, catalogue: Mapping[str, str]) -> tuple[str, str]:
    """Return what a line of a trace asked, and what the rule said to it."""
    rule, _, verdict = line.rpartition(":")
    said = catalogue.get(f"verdict.{verdict}", catalogue.get(f"why.{verdict}", verdict))
    return catalogue.get(f"rule.{rule}", rule), said


def reason_words(reason: str, catalogue: Mapping[str, str]) -> dict[str, str]:
    """Return the sentences that a reason has: why, the next step, a kind word."""
    keys = {part: f"{part}.{reason}" for part in TOLD}
    return {part: catalogue[key] for part, key in keys.items() if key in catalogue}
