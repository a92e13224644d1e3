"""A full or failing disk: nothing half-written, a failure by its name, and on when it heals."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.errors import JournalError, JournalFull
from kiosk.journal.chain import check_chain, find_damage
from kiosk.journal.journal import SqliteJournal
from kiosk.timing import ManualClock
from tests.conftest import IS_STRICT
from tests.journal.making import make_entry, open_here

FILE_BYTES_MAX = 200_000
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        if IS_STRICT:
            pytest.fail(f"cannot mount: {done.stderr}")
        pytest.skip(f"cannot mount: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no room at all."""
    file = folder / "ballast"
    with file.open("ab", buffering=0) as ballast:
        for size in (65_536, 4096, 1):
            while True:
                try:
                    ballast.write(b"x" * size)
                except OSError:
                    break
    return file


def record_until_it_fails(journal: SqliteJournal, clock: ManualClock) -> int:
    """Return how many entries were recorded before the disk was full."""
    for number in range(20_000):
        try:
            journal.record(make_entry(clock.advance(1), number))
        except JournalFull:
            return number
    raise AssertionError("the disk never filled")


@needs_root
def test_a_full_disk_is_named_and_costs_nothing_that_was_recorded(
    small_disk: Path, clock: ManualClock
) -> None:
    journal = open_here(small_disk, clock)
    for number in range(5):
        journal.record(make_entry(clock.advance(1), number))
    ballast = fill(small_disk)
    recorded = 5
    for _ in range(4):  # closing the log may make a little room, which others then take
        recorded += record_until_it_fails(journal, clock)
        fill(small_disk)
    journal.keep_house()
    ballast.unlink()
    newest = check_chain(small_disk / "journal.db").newest_seq
    assert newest == recorded
    assert journal.record(make_entry(clock.advance(1))).seq == newest + 1
    journal.close()
    checked = check_chain(small_disk / "journal.db")
    assert (checked.broken_seq, checked.newest_seq) == (None, newest + 1)
    assert find_damage(small_disk / "journal.db") == "" and not journal.was_set_aside


@needs_root
def test_on_a_full_disk_the_gate_opens_its_journal_when_there_is_room_again(
    small_disk: Path, clock: ManualClock
) -> None:
    journal = open_here(small_disk, clock)
    journal.record(make_entry(clock.now()))
    journal.close()
    ballast = fill(small_disk)
    with pytest.raises(JournalFull):
        open_here(small_disk, clock)
    ballast.unlink()
    again = open_here(small_disk, clock)
    assert again.record(make_entry(clock.now())).seq == 2 and not again.was_set_aside
    again.close()


@needs_root
def test_a_disk_turned_read_only_is_named(small_disk: Path, clock: ManualClock) -> None:
    journal = open_here(small_disk, clock)
    journal.record(make_entry(clock.now()))
    journal.close()
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True, capture_output=True)
    with pytest.raises(JournalError):
        open_here(small_disk, clock)
    subprocess.run([*remount[:2], "remount,rw", remount[3]], check=True, capture_output=True)
    again = open_here(small_disk, clock)
    assert again.record(make_entry(clock.now())).seq == 2 and not again.was_set_aside
    again.close()


def test_a_write_that_fails_half_way_leaves_the_chain_whole(tmp_path: Path) -> None:
    """The kernel refuses to let files grow: the write fails, whoever runs the test."""
    line = [sys.executable, "-m", "tests.journal.writer", str(tmp_path / "journal.db")]

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))

    root = Path(__file__).parents[2]
    done = subprocess.run(
        line, cwd=root, stdout=subprocess.PIPE, text=True, preexec_fn=limit, check=True
    )
    *said, failed = done.stdout.splitlines()
    assert failed == "failed JournalError"
    checked = check_chain(tmp_path / "journal.db")
    assert (checked.broken_seq, checked.newest_seq) == (None, int(said[-1].split()[0]))
    again = open_here(tmp_path, ManualClock())
    assert again.record(make_entry(ManualClock().now())).seq == checked.newest_seq + 1
    again.close()
