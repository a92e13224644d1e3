"""A damaged journal is set aside whole and told; the gate goes on in a new one."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.config import JournalConfig
from kiosk.errors import JournalCorrupt, JournalError
from kiosk.journal.chain import check_chain, find_damage
from kiosk.journal.journal import SqliteJournal, open_journal
from kiosk.journal.outbox import open_outbox
from kiosk.timing import ManualClock
from tests.journal.making import make_entry, open_here

ENTRIES = 30
FILES = ("journal.db", "journal.db-wal")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a gate that was killed: half of its entries stand in the log."""
    clock = ManualClock()
    live, dead = tmp_path_factory.mktemp("live"), tmp_path_factory.mktemp("dead")
    journal = open_here(live, clock)
    for number in range(ENTRIES // 2):
        journal.record(make_entry(clock.advance(1), number))
    journal.close()
    journal = open_here(live, clock)
    for number in range(ENTRIES // 2):
        journal.record(make_entry(clock.advance(1), number))
    for name in FILES:
        shutil.copy(live / name, dead / name)
    journal.close()
    return dead


@pytest.fixture(scope="module")
def sizes(killed: Path) -> dict[str, int]:
    return {name: (killed / name).stat().st_size for name in FILES}


def open_known(folder: Path, epoch: bytes) -> SqliteJournal:
    """Open as the gate does, whose index of passages has seen every entry."""
    return open_here(folder, ManualClock(), known=lambda e: ENTRIES if e == epoch else 0)


def epoch_of(folder: Path) -> bytes:
    """Return the epoch without leaving a trace in the folder."""
    with tempfile.TemporaryDirectory() as scratch:
        copies(folder, Path(scratch))
        outbox = open_outbox(Path(scratch) / "journal.db")
        try:
            return outbox.epoch
        finally:
            outbox.close()


def copies(source: Path, target: Path) -> None:
    for name in FILES:
        shutil.copy(source / name, target / name)


def contents(folder: Path) -> set[bytes]:
    return {f.read_bytes() for f in folder.iterdir() if not f.name.endswith("-shm")}


def spoilt_entries(folder: Path, journal: SqliteJournal) -> Iterator[str]:
    """Yield what is wrong with a journal that was not set aside: nothing may be."""
    checked = check_chain(folder / "journal.db")
    if checked.broken_seq is not None:
        yield checked.why
    if checked.newest_seq != ENTRIES:
        yield f"ends at {checked.newest_seq}"
    if len(journal.recent(99)) != ENTRIES:
        yield "some cannot be read"


def next_seq_after(killed: Path, file: str, place: int, mask: int) -> int:
    """Turn bits of one byte, open, hold the promise, and return the next entry's seq."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        copies(killed, folder)
        spoilt = bytearray((folder / file).read_bytes())
        spoilt[place] ^= mask
        (folder / file).write_bytes(spoilt)
        before = contents(folder)
        journal = open_known(folder, epoch_of(killed))
        try:
            if journal.was_set_aside:
                assert before <= contents(folder)
            else:
                assert list(spoilt_entries(folder, journal)) == []
            recorded = journal.record(make_entry(ManualClock().now()))
            expected = 1 if journal.was_set_aside else ENTRIES + 1
        finally:
            journal.close()
        assert check_chain(folder / "journal.db").broken_seq is None
        assert recorded.seq == expected
        return expected


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@example("journal.db", 0.0, 1)  # the header
@example("journal.db-wal", 0.0, 1)
def test_no_turned_bit_loses_an_entry_without_a_word(
    killed: Path, sizes: dict[str, int], file: str, share: float, mask: int
) -> None:
    place = int(share * sizes[file])
    assert next_seq_after(killed, file, place, mask) in (1, ENTRIES + 1)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"garbage", os.urandom(20_000), None])
def test_a_file_that_is_empty_garbage_or_gone_is_told(
    killed: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    copies(killed, tmp_path)
    epoch = epoch_of(killed)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    before = contents(tmp_path)
    journal = open_known(tmp_path, epoch)
    assert journal.was_set_aside and journal.epoch != epoch
    assert before <= contents(tmp_path)
    assert journal.record(make_entry(ManualClock().now())).seq == 1
    journal.close()


def test_a_cut_file_is_set_aside(killed: Path, tmp_path: Path) -> None:
    for place in range(0, (killed / "journal.db").stat().st_size, 1024):
        copies(killed, tmp_path)
        (tmp_path / "journal.db-wal").unlink()
        os.truncate(tmp_path / "journal.db", place)
        journal = open_known(tmp_path, epoch_of(killed))
        assert journal.was_set_aside
        journal.close()
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()


def test_journals_set_aside_in_the_same_second_get_names_of_their_own(tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / "journal.db").write_bytes(b"garbage")
        journal = open_here(tmp_path, ManualClock())
        journal.close()
    names = sorted(f.name for f in tmp_path.glob("*corrupt*"))
    assert names == [
        "journal.corrupt-20270105T000000Z-2.db",
        "journal.corrupt-20270105T000000Z-3.db",
        "journal.corrupt-20270105T000000Z.db",
    ]


def test_a_journal_of_another_device_is_set_aside(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    journal.record(make_entry(clock.now()))
    journal.close()
    other = open_journal(
        tmp_path / "journal.db", device="another", config=JournalConfig(), clock=clock
    )
    assert other.was_set_aside and other.record(make_entry(clock.now())).seq == 1
    other.close()


def spoil_pages(path: Path) -> None:
    """Write over every page but the first, once the log has moved into the file."""
    db = sqlite3.connect(path)
    db.execute("UPDATE meta SET value = value")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(1024)
        file.write(os.urandom(size - 1024))


def test_damage_met_while_writing_ends_in_a_new_journal(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    outbox = open_outbox(tmp_path / "journal.db")
    epoch = outbox.epoch
    for number in range(300):
        journal.record(make_entry(clock.advance(1), number))
    spoil_pages(tmp_path / "journal.db")
    outcomes: list[object] = []
    for number in range(3):
        try:
            outcomes.append(journal.record(make_entry(clock.advance(1), number)).seq)
        except JournalError as exc:
            outcomes.append(type(exc))
    assert outcomes == [JournalCorrupt, 1, 2] and journal.was_set_aside
    assert (outbox.epoch, outbox.newest()[0]) == (journal.epoch, 2)
    assert outbox.epoch != epoch  # what was sent before cannot be taken for this
    outbox.close()
    journal.close()


def test_damage_below_the_newest_entries_is_found_in_the_background(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    for number in range(400):
        journal.record(make_entry(clock.advance(1), number))
    journal.close()
    path = tmp_path / "journal.db"
    assert find_damage(path) == ""
    spoilt = bytearray(path.read_bytes())
    place = spoilt.index((5).to_bytes(8, "big") + b"h")
    spoilt[place] ^= 1
    path.write_bytes(spoilt)
    again = open_here(tmp_path, clock)
    assert not again.was_set_aside  # milliseconds at start; the rest is looked at later
    again.close()
    assert check_chain(path).broken_seq == 6


def test_a_boot_that_cannot_be_read_is_damage_too(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    journal.record(make_entry(clock.now()))
    journal.close()
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute("UPDATE boot SET boot_id = CAST(x'ff80' AS TEXT)")
    db.commit()
    db.close()
    before = contents(tmp_path)
    again = open_here(tmp_path, clock)
    assert again.was_set_aside and before <= contents(tmp_path)
    again.close()
