"""The rules that count at this instant: central's newest whose date has come, or a file's."""

from collections.abc import Callable

from kiosk import log
from kiosk.core.rules_words import Rules
from kiosk.timing import Stamp


class RulesNow:
    """Asked once a turn by the main thread; says in the log when another version begins."""

    def __init__(self, current: Callable[[Stamp], Rules]) -> None:
        self._current = current
        self._applied: Rules | None = None

    def __call__(self, at: Stamp) -> Rules:
        """Return the rules to decide by at `at`."""
        rules = self._current(at)
        if rules != self._applied:
            self._applied = rules
            log.event(log.Event.RULES_APPLIED, version=rules.version, title=rules.name)
        return rules
