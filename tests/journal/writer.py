"""A gate's journal in a process of its own, to be killed: says each entry that was recorded.

`python -m tests.journal.writer JOURNAL [PRUNE_EVERY [careless]]`; a careless one does not
sync, to show that a test of power cuts can fail. Each line on standard output is the
seq of an entry whose `record` returned, and the monotonic nanoseconds at which it had.
"""

import os
import sys
import time
from pathlib import Path

from kiosk.config import JournalConfig
from kiosk.core.words import Granted, Reason, Referred
from kiosk.errors import JournalError
from kiosk.journal.journal import open_journal
from kiosk.timing import ManualClock
from tests.journal.making import DEVICE, make_entry

HOUR_S = 3600.0


def main() -> None:
    prune_every = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    journal = open_journal(
        Path(sys.argv[1]),
        device=DEVICE,
        config=JournalConfig(keep_days=7),
        acknowledged=lambda: None,
        clock=(clock := ManualClock()),
    )
    if "careless" in sys.argv:
        journal._sound().execute("PRAGMA synchronous=OFF")
    newest = journal.recent(1)
    if newest:
        clock.advance((newest[0].entry.at.utc - clock.now().utc).total_seconds())
    os.write(1, f"ready {journal.epoch.hex()}\n".encode())
    number = 0
    while True:
        number += 1
        decision = Referred(Reason.ELEVATED) if number % 7 == 0 else Granted()
        try:
            recorded = journal.record(make_entry(clock.advance(HOUR_S), number, decision))
        except JournalError as exc:
            os.write(1, f"failed {type(exc).__name__}\n".encode())
            return
        os.write(1, f"{recorded.seq} {time.monotonic_ns()}\n".encode())
        if prune_every and number % prune_every == 0:
            journal.keep_house()


if __name__ == "__main__":
    main()
