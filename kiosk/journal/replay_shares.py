"""A journal held against other rules, its households shared out over the processors."""

import gc
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from kiosk.core.rules_words import Rules
from kiosk.journal.replay import Replayed, Share, replay, together
from kiosk.journal.walk import walk

SHARES_MAX = 4  # chosen: the processors of a gate's board
SHARED_FROM_BYTES = (
    10_000_000  # chosen: some 25,000 entries; another process takes half a second
)


def replay_journal(
    journal: Path, rules: Rules, since_ms: int, known: frozenset[str] | None
) -> Replayed:
    """Return what other rules make of the entries from `since_ms` (UTC) on.

    A short journal is not worth another process. Raises sqlite3.Error.
    """
    count = min(SHARES_MAX, os.cpu_count() or 1)
    if journal.stat().st_size < SHARED_FROM_BYTES or count == 1:
        return _replay_share(journal, rules, since_ms, known, Share())
    asked = partial(_replay_share, journal, rules, since_ms, known)
    with ProcessPoolExecutor(count) as pool:
        return together(pool.map(asked, [Share(n, count) for n in range(count)]))


def _replay_share(
    journal: Path, rules: Rules, since_ms: int, known: frozenset[str] | None, share: Share
) -> Replayed:
    gc.disable()  # very many values and not one cycle: nothing is found by looking for some
    try:
        return replay(walk(journal), rules, since_ms=since_ms, known=known, share=share)
    finally:
        gc.enable()
