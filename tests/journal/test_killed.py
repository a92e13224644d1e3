"""A killed gate loses no entry that it had recorded, and goes on in the same chain."""

import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from kiosk.journal.chain import check_chain, find_damage
from kiosk.journal.outbox import open_outbox
from kiosk.register.gate_facts import last
from kiosk.register.passages import Passages

ROOT = Path(__file__).parents[2]
ROUNDS = 12


def run_and_kill(path: Path, seconds: float, *options: str) -> list[str]:
    """Let the writer write, kill it (-9) after some of it, and return the lines it said."""
    line = [sys.executable, "-m", "tests.journal.writer", str(path), *options]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline()]
        time.sleep(seconds)
        writer.kill()
        said += writer.stdout.readlines()
    return said if said[-1].endswith("\n") else said[:-1]


def test_every_entry_that_was_recorded_is_there_after_kills_at_random_moments(
    tmp_path: Path,
) -> None:
    rng = random.Random(20)
    path = tmp_path / "journal.db"
    acknowledged, epochs = 0, set()
    for _ in range(ROUNDS):
        ready, *said = run_and_kill(path, rng.uniform(0.0, 0.15), "5")
        epochs.add(ready)
        acknowledged = max([acknowledged, *(int(line.split()[0]) for line in said)])
        checked = check_chain(path)
        assert checked.broken_seq is None, checked.why
        assert checked.newest_seq >= acknowledged
        assert find_damage(path) == ""
    assert acknowledged > ROUNDS and checked.pruned > 0
    assert len(epochs) == 1
    assert list(tmp_path.glob("*corrupt*")) == []


def test_the_index_of_passages_follows_a_killed_gate(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    said = run_and_kill(path, 0.1)
    index = Passages(tmp_path / "passages.db", path)
    outbox = open_outbox(path)
    newest, _ = outbox.newest()
    outbox.close()
    known = index.ask(partial(last, cti=newest.to_bytes(8, "big")))
    index.close()
    assert known is not None and known.seq == newest >= int(said[-1].split()[0])
