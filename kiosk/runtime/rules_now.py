"""The rules that count at this instant: central's newest whose date has come, or a file's."""

from collections.abc import Callable
from pathlib import Path

from kiosk import log
from kiosk.config import Config
from kiosk.core.rules_words import Rules
from kiosk.runtime.startup import load_rules
from kiosk.sync.list_store import RULES
from kiosk.sync.rules_kept import RulesStore
from kiosk.timing import Stamp, SystemClock


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


def open_kept_rules(
    config: Config, lists: Path, clock: SystemClock, utc_offset_s: int
) -> RulesStore:
    """Open the folder of rules that central sent."""
    community = config.site.community
    return RulesStore(
        lists / RULES, community=community, clock=clock, utc_offset_s=utc_offset_s
    )


def rules_now(config: Config, kept: RulesStore, utc_offset_s: int) -> RulesNow:
    """Rules come from central where there is one, else from a file of one's own."""
    if config.central.url:
        return RulesNow(kept.current)
    own = load_rules(config.rules.file, utc_offset_s=utc_offset_s)
    return RulesNow(lambda _at: own)
