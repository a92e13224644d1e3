"""What waits for central, read from the journal's own rows through a connection of its own.

There is no table of what waits: it is what stands above the acknowledged cursor. When the
main thread sets a damaged journal aside, the next question goes to the new file.
"""

import sqlite3
from pathlib import Path
from typing import Any

from kiosk.core.words import Sealed
from kiosk.journal import chain, opening
from kiosk.journal.schema import connect_reader
from kiosk.ports import Waiting

_PENDING = "SELECT seq, body, head, is_urgent FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"
_SEALED_SEQS = "SELECT DISTINCT seq FROM sealed ORDER BY seq"
_SEALED = "SELECT form, field, blob FROM sealed WHERE seq = ? ORDER BY place"
_URGENT = (
    "SELECT seq, body, head, 1 FROM entry WHERE is_urgent = 1 AND seq > ? ORDER BY seq LIMIT ?"
)


def open_outbox(path: Path) -> "SqliteOutbox":
    """Open the journal at `path` for reading. Raises JournalError."""
    return SqliteOutbox(path)


class SqliteOutbox:
    """Implements `ports.Outbox`. One thread owns it; every method raises JournalError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._file = (0, 0)
        self._current()

    @property
    def device(self) -> str:
        """Return the device id that the chain begins with."""
        return self._read_origin().device

    @property
    def epoch(self) -> bytes:
        """Return the random 8 bytes that name this journal file."""
        return self._read_origin().epoch

    def newest(self) -> tuple[int, bytes]:
        """Return (seq, head) of the newest entry; (0, h_0) of an empty journal."""
        rows = self._read("SELECT seq, head FROM entry ORDER BY seq DESC LIMIT 1")
        if rows:
            return rows[0]
        origin = self._read_origin()
        return origin.base_seq, origin.base_head

    def head_at(self, seq: int) -> bytes | None:
        """Return the head after entry `seq` (h_0 for 0), None when it is not kept."""
        rows = self._read("SELECT head FROM entry WHERE seq = ?", seq)
        if rows:
            return bytes(rows[0][0])
        origin = self._read_origin()
        return origin.base_head if seq == origin.base_seq else None

    def pending(self, after_seq: int, limit: int, bytes_max: int) -> list[Waiting]:
        """Return entries above `after_seq`, oldest first: at least one, if one waits."""
        waiting: list[Waiting] = []
        room = bytes_max
        for row in self._read(_PENDING, after_seq, limit):
            room -= len(row[1])
            if waiting and room < 0:
                break
            waiting.append(_waiting(row))
        return waiting

    def urgent(self, after_seq: int, limit: int) -> list[Waiting]:
        """Return urgent entries above `after_seq`, oldest first."""
        return [_waiting(row) for row in self._read(_URGENT, after_seq, limit)]

    def sealed(
        self, to_seq: int, bytes_max: int, done: frozenset[int] = frozenset()
    ) -> list[tuple[int, Sealed]]:
        """Return sealed fields of entries up to `to_seq` that are not in `done`.

        The oldest first, whole entries only: those of one at least, if any wait.
        """
        fields: list[tuple[int, Sealed]] = []
        room = bytes_max
        for seq in sorted(seq for seq in self.sealed_seqs() - done if seq <= to_seq):
            form = [Sealed(*row) for row in self._read(_SEALED, seq)]
            room -= sum(len(one.blob) for one in form)
            if fields and room < 0:
                break
            fields += [(seq, one) for one in form]
        return fields

    def sealed_seqs(self) -> frozenset[int]:
        """Return the entries whose sealed fields are still here."""
        return frozenset(row[0] for row in self._read(_SEALED_SEQS))

    def boots(self) -> dict[str, int]:
        """Return the number of each boot that entries were written in, by its id."""
        return dict(self._read("SELECT boot_id, max(boot_no) FROM boot GROUP BY boot_id"))

    def close(self) -> None:
        """Give the connection back. May be called again."""
        if self._db is not None:
            self._db.close()
        self._db = None

    def _read_origin(self) -> chain.Origin:
        try:
            return chain.read_origin(self._current())
        except chain.Damage as exc:
            raise opening.named(sqlite3.DatabaseError(str(exc)), self._path) from exc
        except sqlite3.Error as exc:
            raise opening.named(exc, self._path) from exc

    def _read(self, sql: str, *values: int) -> list[tuple[Any, ...]]:
        """Return all rows at once, so that no lock outlives the question."""
        try:
            return self._current().execute(sql, values).fetchall()
        except sqlite3.Error as exc:
            raise opening.named(exc, self._path) from exc

    def _current(self) -> sqlite3.Connection:
        """Return the connection to the file that stands at the path now."""
        try:
            stat = self._path.stat()
            file = (stat.st_dev, stat.st_ino)
            if self._db is None or file != self._file:
                self.close()
                self._db, self._file = connect_reader(self._path), file
        except (OSError, sqlite3.Error) as exc:
            raise opening.named(exc, self._path) from exc
        return self._db


def _waiting(row: tuple[Any, ...]) -> Waiting:
    seq, body, head, is_urgent = row
    return Waiting(seq, body, head, bool(is_urgent))
