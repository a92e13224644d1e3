"""Where entries are kept: one SQLite file, one commit an entry, synced before it returns.

An entry and its chain head are one row, so they are there together or not at all. Any
failure of a commit makes the connection suspect: it is closed, and the next entry goes
through a fresh one that has looked at the file again. A failed sync is never asked again
of the same descriptor, because the kernel may by then have dropped what it could not write.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk import log
from kiosk.config import JournalConfig
from kiosk.core.matters import opens_fever
from kiosk.core.words import Entry, EntryKind, Recorded, Sealed
from kiosk.errors import JournalCorrupt, JournalError, JournalFull
from kiosk.journal import chain, opening, retention, schema
from kiosk.journal.recall import recall_kinds, recall_newest
from kiosk.timing import Clock, ClockState, Stamp, SystemClock
from kiosk.wire import encode_entry, hash_of_sealed, next_head

CHECKPOINT_AFTER = 200  # chosen: half of SQLite's 1000 pages, so that it falls into idleness

_URGENT_KINDS = frozenset({EntryKind.FEVER, EntryKind.INCIDENT})
_Ask = Callable[[sqlite3.Connection], tuple[Recorded, ...]]
_INSERT_SEALED = "INSERT INTO sealed VALUES (?, ?, ?, ?, ?)"
_INSERT = "INSERT INTO entry (seq, sure_ms, is_urgent, body, head) VALUES (?, ?, ?, ?, ?)"


def open_journal(
    path: Path,
    *,
    device: str,
    config: JournalConfig,
    acknowledged: Callable[[], int | None] = lambda: 0,
    clock: Clock | None = None,
    known: Callable[[bytes], int] = lambda epoch: 0,
    sealed_sent: Callable[[bytes], frozenset[int]] = lambda epoch: frozenset(),
) -> "SqliteJournal":
    """Open the journal of `device`, or begin one. A damaged one is set aside first.

    `acknowledged` says up to which entry central has everything; None: there is no central,
    and nothing waits. `known` says up to which entry another file has seen this epoch: a
    journal that ends before that has lost entries, and counts as damaged. `sealed_sent` says
    of which entries central has the sealed fields: they go here after a week. Raises
    JournalFull or JournalError, also when another program writes.
    """
    cursors = Cursors(acknowledged, known, sealed_sent)
    return SqliteJournal(path, device, config, cursors, clock or SystemClock())


@dataclass(frozen=True, slots=True)
class Cursors:
    """What others know of this journal."""

    acknowledged: Callable[[], int | None]
    known: Callable[[bytes], int]
    sealed_sent: Callable[[bytes], frozenset[int]]


class SqliteJournal:
    """Implements `ports.Journal`. One thread owns it, open to close."""

    def __init__(
        self,
        path: Path,
        device: str,
        config: JournalConfig,
        cursors: Cursors,
        clock: Clock,
    ) -> None:
        self._path, self._device, self._config = path, device, config
        self._cursors, self._clock = cursors, clock
        self._met_damage = 0  # times in a row
        self._seq, self._head, self._unchecked = 0, b"", 0
        self._db: sqlite3.Connection | None = None
        self._lock = opening.take_lock(path)
        self.was_set_aside = False
        try:
            self._sound()
        except JournalError:
            self._lock.close()
            raise

    @property
    def epoch(self) -> bytes:
        """Return the random 8 bytes that name this journal file."""
        return self._origin.epoch

    def record(self, entry: Entry) -> Recorded:
        """Write one entry and its chain head in one commit, synced to disk.

        Raises JournalFull, JournalCorrupt or JournalError; then nothing was written.
        """
        db = self._sound()
        seq = self._seq + 1
        if entry.refers_to_seq is not None and entry.refers_to_seq >= seq:
            entry = replace(entry, refers_to_seq=None)  # that stood in a journal set aside
        if entry.sealed:
            rows = [(one.form, one.field, one.blob) for one in entry.sealed]
            entry = replace(entry, sealed_sha256=hash_of_sealed(rows))
        try:
            self._make_room(db)
            body = encode_entry(entry, seq=seq, boot_no=self._boot_no(db, entry.at.boot_id))
            head = next_head(self._head, body)
            is_sure = entry.at.clock is not ClockState.UNSURE
            sure_ms = int(entry.at.utc.timestamp() * 1000) if is_sure else None
            _insert(db, (seq, sure_ms, is_urgent(entry), body, head), entry.sealed)
        except sqlite3.Error as exc:
            raise self._failed(exc) from exc
        self._seq, self._head = seq, head
        self._unchecked, self._met_damage = self._unchecked + 1, 0
        return Recorded(entry, seq, head)

    def recent(self, limit: int) -> tuple[Recorded, ...]:
        """Return the newest entries, newest first. Raises JournalError."""
        return self._read(lambda db: recall_newest(db, limit))

    def newest_of(self, kinds: Collection[EntryKind], back: int) -> tuple[Recorded, ...]:
        """Return the entries of these kinds among the newest `back`, newest first.

        Raises JournalError.
        """
        return self._read(lambda db: recall_kinds(db, kinds, back))

    def keep_house(self) -> None:
        """One small step: forget what may be forgotten, move the log into the file.

        Never raises: what fails here is logged, and the next entry meets it again.
        """
        try:
            self._keep_house(self._sound())
        except JournalError as exc:
            log.warning(log.Event.JOURNAL_FAILED, why=str(exc))
        except sqlite3.Error as exc:
            log.warning(log.Event.JOURNAL_FAILED, why=str(self._failed(exc)))

    def close(self) -> None:
        """Checkpoint and close. May be called again."""
        self._drop()
        self._lock.close()

    def _read(self, ask: _Ask) -> tuple[Recorded, ...]:
        db = self._sound()
        try:
            return ask(db)
        except sqlite3.Error as exc:
            raise self._failed(exc) from exc

    def _sound(self) -> sqlite3.Connection:
        """Return the connection, opened anew if the last one failed. Raises JournalError."""
        if self._lock.closed:
            raise JournalError(f"{self._path.name}: closed")
        if self._db is None:
            self._open()
        assert self._db is not None
        return self._db

    def _open(self) -> None:
        """Look at the file, connect to it, and begin anew where damage is met on the way."""
        why = "a log without its journal" if Path(f"{self._path}-wal").exists() else ""
        if self._path.exists():
            found = opening.look_at(self._path, self._device, self._cursors.known)
            why = found if isinstance(found, str) else self._deeper_damage()
            if isinstance(found, chain.Origin) and not why:
                try:
                    return self._connect(found)
                except JournalCorrupt as exc:
                    why = str(exc)
        if why:
            self._set_aside(why)
        opening.make(self._path, self._device)
        fresh = opening.look_at(self._path, self._device, self._cursors.known)
        if isinstance(fresh, str):
            raise JournalCorrupt(f"{self._path.name}: {fresh}, though it is new")
        return self._connect(fresh)

    def _connect(self, origin: chain.Origin) -> None:
        try:
            self._path.chmod(0o600)
            db = self._db = schema.connect_writer(self._path)
            self._seq, self._head = chain.read_newest(db, origin)
            self._boots = chain.read_boots(db)
        except (sqlite3.Error, OSError) as exc:
            raise self._failed(exc) from exc
        self._origin, self._progress, self._unchecked = origin, retention.Progress(), 0
        self._week, self._has_traces = retention.Progress(), False
        log.event(log.Event.JOURNAL_OPENED, epoch=origin.epoch.hex(), seq=self._seq)

    def _set_aside(self, why: str) -> None:
        aside = opening.set_aside(self._path, self._clock.now().utc)
        self.was_set_aside, self._met_damage = True, 0
        log.error(log.Event.JOURNAL_SET_ASIDE, kept_as=aside.name, why=why)

    def _deeper_damage(self) -> str:
        """Look at the whole file, once writing to it has met damage; the second time, go."""
        if not self._met_damage:
            return ""
        why = chain.find_damage(self._path)
        return why or ("writing to it meets damage" if self._met_damage > 1 else "")

    def _boot_no(self, db: sqlite3.Connection, boot_id: str) -> int:
        """Return the number of a boot; the first entry of a boot gives it one."""
        if boot_id not in self._boots:
            number = max(self._boots.values(), default=0) + 1
            db.execute("INSERT INTO boot VALUES (?, ?)", (number, boot_id))
            self._boots[boot_id] = number
        return self._boots[boot_id]

    def _make_room(self, db: sqlite3.Connection) -> None:
        if retention.live_bytes(db) <= self._config.bytes_max or self._prune(db):
            return
        raise JournalFull(f"{self._path.name}: entries that wait fill journal.bytes_max")

    def _keep_house(self, db: sqlite3.Connection) -> None:
        now = self._clock.now()
        retention.look_further(db, self._progress, now, self._config.keep_days)
        if pruned := self._prune(db):
            log.event(log.Event.JOURNAL_PRUNED, entries=pruned)
        self._has_traces |= self._forget_sealed(db, now)
        if self._has_traces:  # the log still holds what was deleted: it is emptied too
            is_busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._has_traces = bool(is_busy)
        elif self._unchecked >= CHECKPOINT_AFTER or pruned:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._unchecked = 0

    def _forget_sealed(self, db: sqlite3.Connection, now: Stamp) -> bool:
        """Delete sealed fields that are a week old and at central; alone, with the entries."""
        if self._cursors.acknowledged() is None:
            return retention.forget_sealed(db, None, self._progress.old_to)
        retention.look_further(db, self._week, now, retention.SEALED_DAYS)
        sent = self._cursors.sealed_sent(self.epoch)
        return retention.forget_sealed(db, sent, self._week.old_to)

    def _prune(self, db: sqlite3.Connection) -> int:
        """Forget one step. A cursor above our newest entry is that of another journal."""
        cursor = self._cursors.acknowledged()
        sent_to = self._seq if cursor is None else cursor if cursor <= self._seq else 0
        return retention.prune(db, self._progress, config=self._config, sent_to=sent_to)

    def _failed(self, exc: sqlite3.Error | OSError) -> JournalError:
        """Give up the connection and return the failure by its name."""
        self._drop()
        failure = opening.named(exc, self._path)
        self._met_damage += isinstance(failure, JournalCorrupt)
        return failure

    def _drop(self) -> None:
        """Close the connection, whatever state it is in."""
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        self._db = None


def _insert(
    db: sqlite3.Connection, row: tuple[object, ...], sealed: tuple[Sealed, ...]
) -> None:
    """Write an entry, and its sealed fields in the same commit. Raises sqlite3.Error."""
    if not sealed:
        db.execute(_INSERT, row)
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(_INSERT, row)
        rows = [(row[0], n, s.form, s.field, s.blob) for n, s in enumerate(sealed)]
        db.executemany(_INSERT_SEALED, rows)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def is_urgent(entry: Entry) -> bool:
    """Return whether central must hear of an entry before all others."""
    return entry.kind in _URGENT_KINDS or opens_fever(entry)
