"""The rules that a gate lives by, read from its state while it runs or not."""

from kiosk.config import Config, StateDir
from kiosk.core.rules_words import Rules
from kiosk.kernel_clock import this_machine
from kiosk.rulebook.files import rules_of
from kiosk.rulebook.kept import in_force, still_needed
from kiosk.runtime.kept_clock import read_kept
from kiosk.sync.identity import read_bundle
from kiosk.sync.list_store import RULES
from kiosk.sync.rules_kept import RulesStore
from kiosk.timing import SystemClock


def rules_here(config: Config, state: StateDir) -> tuple[Rules, list[Rules]]:
    """Return the rules that count now, and those that wait for their date.

    Raises ConfigError with every mistake of a file of one's own, or of the bundle.
    """
    if not config.central.url:
        return (rules_of(config.rules.file) if config.rules.file else Rules()), []
    clock = SystemClock(machine=this_machine(), kept=read_kept(state.clock))
    kept = RulesStore(state.lists / RULES, community=config.site.community, clock=clock)
    bundle = read_bundle(state.keys)
    kept.open(bundle.status_public if bundle is not None else None)
    utc_ms = int(clock.now().utc.timestamp() * 1000)
    waiting = [one for one in still_needed(kept.held, utc_ms) if one.from_ms > utc_ms]
    return in_force(kept.held, utc_ms) or Rules(), waiting
