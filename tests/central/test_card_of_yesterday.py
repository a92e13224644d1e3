"""A kiosk whose whole card was put back to yesterday's copy: noticed, and it has a way back."""

import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.central import page
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import read_entries
from kiosk.cli.outbox import command
from kiosk.config import JournalConfig
from kiosk.core.faults import Fault
from kiosk.journal.journal import open_journal
from kiosk.runtime.startup import SoleRight
from kiosk.timing import ManualClock
from tests.central.office import Office, release
from tests.central.test_lists_real import outcome, report, rig, withdraw
from tests.passes.making import CTI, payload_of, signed
from tests.sync.rig import Rig

__all__ = ["rig"]  # the fixture


def stop(rig: Rig) -> None:
    rig.close()


def start(rig: Rig) -> None:
    rig.journal = open_journal(
        rig.state.journal, device=rig.device, config=JournalConfig(), clock=ManualClock()
    )
    rig.engine = rig.open_engine()


def put_back(rig: Rig, copy: Path) -> None:
    """Stop the kiosk, replace all that is on its card, start it again."""
    stop(rig)
    shutil.rmtree(rig.state.root)
    shutil.copytree(copy, rig.state.root)
    start(rig)


def turn(rig: Rig, times: int = 40) -> None:
    for _ in range(times):
        time.sleep(min(rig.engine.turn(), 0.01))


@pytest.fixture
def restored(office: Office, rig: Rig, tmp_path: Path) -> Rig:
    """Three entries are at central, then two of today's; then the card is yesterday's again."""
    for _ in range(3):
        report(rig)
    stop(rig)
    shutil.copytree(rig.state.root, tmp_path / "copy")
    start(rig)
    withdraw(office, CTI)
    for _ in range(2):
        report(rig)
    put_back(rig, tmp_path / "copy")
    return rig


def anew(rig: Rig) -> Result:
    return CliRunner().invoke(command, ["anew", "--state", str(rig.state.root)])


def test_it_is_noticed_and_hears_at_once_who_is_revoked(office: Office, restored: Rig) -> None:
    assert outcome(restored, signed(payload_of())) == "OK", "that is what its card says"
    before = [entry.body for entry in read_entries(office.folder)]
    restored.write(4)
    turn(restored)
    assert outcome(restored, signed(payload_of())) == "E_REVOKED"
    assert "E_LOG_FORK" in restored.faults.now[Fault.SERVER_REFUSED]
    assert [entry.body for entry in read_entries(office.folder)] == before, "nothing rewritten"
    assert len(restored.bodies) == 7, "and nothing is lost here"
    shown = page.render(office.engine, now_ms=utc_now_ms())
    assert "记录对不上" in shown


def test_a_new_journal_is_the_way_back_and_the_old_one_is_kept(
    office: Office, restored: Rig
) -> None:
    restored.write(4)
    turn(restored)
    stop(restored)
    said = anew(restored)
    assert said.exit_code == 0, said.output
    assert "4 of its entries" in said.output
    (kept,) = restored.state.root.glob("journal-*.db")
    assert kept.name in said.output
    start(restored)
    assert release(office.engine, restored.device) >= 1
    restored.written = 0
    restored.write(2)
    restored.drain()
    assert restored.faults.now == {}
    assert len(read_entries(office.folder)) == 5 + 2
    assert "记录对不上" not in page.render(office.engine, now_ms=utc_now_ms())


def test_a_gate_that_runs_keeps_its_journal(restored: Rig) -> None:
    right = SoleRight(restored.state)
    try:
        said = anew(restored)
    finally:
        right.close()
    assert said.exit_code == 1
    assert "runs" in said.output
    assert restored.state.journal.exists()


def test_without_a_journal_there_is_nothing_to_put_aside(tmp_path: Path) -> None:
    said = CliRunner().invoke(command, ["anew", "--state", str(tmp_path)])
    assert said.exit_code == 1
    assert "journal" in said.output
