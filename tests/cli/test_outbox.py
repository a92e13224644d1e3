"""`kiosk outbox show`: what central has not acknowledged."""

import json
from pathlib import Path

from click.testing import CliRunner

from kiosk.cli.outbox import command
from kiosk.core.words import Granted, Reason, Referred
from kiosk.sync.store import SyncStore
from kiosk.timing import ManualClock
from tests.journal.making import DEVICE, make_entry, open_here


def test_what_waits_is_counted_while_the_gate_works(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    for decision in (Granted(), Referred(Reason.ELEVATED), Granted()):
        newest = journal.record(make_entry(clock.advance(1), 1, decision))
    done = CliRunner().invoke(command, ["show", "--json", "--state", str(tmp_path)])
    plain = CliRunner().invoke(command, ["show", "--state", str(tmp_path)])
    journal.close()
    assert done.exit_code == 0
    assert json.loads(done.output) == {
        "device": DEVICE,
        "epoch": journal.epoch.hex(),
        "newest": 3,
        "head": newest.head.hex(),
        "acknowledged": 0,
        "waiting": 3,
        "urgent": 1,
    }
    assert "waiting        3" in plain.output


def test_what_central_acknowledged_does_not_wait(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    for number in range(5):
        newest = journal.record(make_entry(clock.advance(1), number))
    store = SyncStore(tmp_path / "sync.db")
    store.note(journal.epoch, (3, newest.head), ())
    store.close()
    done = CliRunner().invoke(command, ["show", "--json", "--state", str(tmp_path)])
    journal.close()
    answer = json.loads(done.output)
    assert (answer["acknowledged"], answer["waiting"]) == (3, 2)


def test_a_missing_journal_is_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["show", "--state", str(tmp_path)])
    assert done.exit_code == 1 and done.output.count("\n") == 1
