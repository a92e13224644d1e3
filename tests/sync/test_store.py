"""The counter never repeats, and anybody may read how far central has acknowledged."""

import sqlite3
from pathlib import Path

import pytest

from kiosk.errors import SyncError
from kiosk.sync.store import COUNTER_MAX, Kept, SetAside, SyncStore, acknowledged

EPOCH, OTHER = b"epoch--1", b"epoch--2"


def test_counter_goes_on_after_a_restart(tmp_path: Path) -> None:
    path, seen = tmp_path / "sync.db", []
    for _ in range(3):
        store = SyncStore(path)
        seen += [store.next_counter(), store.next_counter()]
        store.close()
    assert seen == [1, 2, 3, 4, 5, 6]


def test_counter_is_in_the_file_before_it_is_used(tmp_path: Path) -> None:
    store = SyncStore(tmp_path / "sync.db")
    number = store.next_counter()
    reader = sqlite3.connect(tmp_path / "sync.db")
    assert reader.execute("SELECT value FROM counter").fetchone() == (number,)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    reader.close()
    store.close()


def test_counter_is_raised_and_never_lowered(tmp_path: Path) -> None:
    store = SyncStore(tmp_path / "sync.db")
    store.raise_counter(500)
    store.raise_counter(7)
    assert store.next_counter() == 501
    store.raise_counter(2**80)
    assert store.next_counter() == COUNTER_MAX + 1
    store.close()


def test_what_is_acknowledged_can_be_read_beside_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "sync.db"
    assert acknowledged(path, EPOCH) == 0
    assert not path.exists()
    store = SyncStore(path)
    store.note(EPOCH, (7, b"h" * 32), ())
    assert acknowledged(path, EPOCH) == 7
    assert acknowledged(path, OTHER) == 0
    store.note(EPOCH, (3, b"g" * 32), ())
    assert acknowledged(path, EPOCH) == 3
    store.close()
    assert acknowledged(path, EPOCH) == 3


@pytest.mark.parametrize("content", [b"", b"no database" * 300])
def test_unreadable_file_acknowledges_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sync.db"
    path.write_bytes(content)
    assert acknowledged(path, EPOCH) == 0


def test_urgent_entries_are_forgotten_once_the_cursor_is_past(tmp_path: Path) -> None:
    store = SyncStore(tmp_path / "sync.db")
    store.note(EPOCH, None, (4, 9))
    store.note(OTHER, None, (2,))
    store.note(EPOCH, (5, b"h" * 32), (12,))
    assert store.read(EPOCH) == Kept(5, frozenset({9, 12}))
    assert store.read(OTHER) == Kept(0, frozenset({2}))
    store.close()


def test_entry_set_aside_is_kept_whole(tmp_path: Path) -> None:
    path, entry = tmp_path / "sync.db", SetAside(3, "E_ENTRY", b"body")
    store = SyncStore(path)
    for _ in range(2):
        store.set_aside(EPOCH, (entry,))
    store.close()
    store = SyncStore(path)
    assert store.aside() == (entry,)
    store.close()


def test_folder_that_is_not_there_is_a_named_failure(tmp_path: Path) -> None:
    with pytest.raises(SyncError, match=r"sync\.db"):
        SyncStore(tmp_path / "nowhere" / "sync.db")


def test_damage_deep_in_the_file_begins_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "sync.db"
    store = SyncStore(path)
    store.note(EPOCH, (7, b"h" * 32), tuple(range(8, 900)))
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    store = SyncStore(path)
    assert store.next_counter() == 1
    assert store.read(EPOCH) == Kept(0, frozenset())
    store.close()
    assert (tmp_path / "sync.db.corrupt").is_file()
