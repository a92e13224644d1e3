"""A card that takes long: told, waited for, and no reason to end the program."""

import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from kiosk.core.faults import Fault
from kiosk.core.words import Entry, Recorded
from kiosk.runtime.demo_children import free_port
from kiosk.runtime.execute import SLOW_COMMIT_S, Executor, Ports
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from tests.runtime.test_execute import World, _grant


@dataclass
class SlowCard(World):
    """A card that takes its time."""

    takes_s: float = 0.0

    def record(self, entry: Entry) -> Recorded:
        """Write it down, in the end."""
        self.clock.advance(self.takes_s)
        return super().record(entry)


def test_a_slow_commit_opens_the_gate_late_and_is_told_until_one_is_quick_again() -> None:
    card = SlowCard(takes_s=SLOW_COMMIT_S + 1.0)
    troubles = Troubles(card.clock)
    executor = Executor(Ports(card, card, card, Latest(), Inbox()), card.clock, troubles)
    assert executor.run(_grant(card)) is None
    assert card.pulses == 1 and troubles.holds(Fault.JOURNAL_SLOW)
    card.takes_s = 0.0
    executor.run(_grant(card))
    assert not troubles.holds(Fault.JOURNAL_SLOW)


SLOW_HOUSE = """
    import sys, threading, time
    from pathlib import Path
    from kiosk.config import Config, StateDir
    from kiosk.journal.journal import SqliteJournal
    from kiosk.runtime import loop, wiring

    keep_house, kept = SqliteJournal.keep_house, []

    def slowly(journal):
        time.sleep(3.5)
        keep_house(journal)
        kept.append(1)
        stop.set()

    SqliteJournal.keep_house = slowly
    wiring.MAIN_BEAT_S, loop.KEEP_HOUSE_EVERY_S = 1.5, 0.0
    stop = threading.Event()
    config = Config.model_validate({
        "camera": {"source": "/dev/null/none"},
        "thermometer": {"port": "/dev/null/none"},
        "screen": {"port": int(sys.argv[2])},
    })
    state = StateDir(Path(sys.argv[1]))
    code = wiring.run_gate(config, state, stop)
    sys.exit(code if kept else 3)
"""


def test_a_card_that_is_slow_to_tidy_up_does_not_end_the_program(tmp_path: Path) -> None:
    program = textwrap.dedent(SLOW_HOUSE)
    command = [sys.executable, "-c", program, str(tmp_path), str(free_port(0))]
    done = subprocess.run(command, timeout=60, check=False)
    assert done.returncode == 0
