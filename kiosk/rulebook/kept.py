"""Which of several versions counts now: a version may wait for its date."""

from collections.abc import Iterable

from kiosk.core.rules_words import Rules


def in_force(sets: Iterable[Rules], utc_ms: int) -> Rules | None:
    """Return the highest version whose date has come at `utc_ms`, None when none has."""
    begun = [rules for rules in sets if rules.from_ms <= utc_ms]
    return max(begun, key=lambda rules: rules.version, default=None)


def still_needed(sets: Iterable[Rules], utc_ms: int) -> list[Rules]:
    """Return the version in force and the higher ones that wait, the lowest first."""
    ordered = sorted(sets, key=lambda rules: rules.version)
    now = in_force(ordered, utc_ms)
    lowest = now.version if now is not None else 0
    return [rules for rules in ordered if rules.version >= lowest]
