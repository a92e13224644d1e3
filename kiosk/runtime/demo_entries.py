"""The journal of the demo's kiosk as its page shows it: the newest entries, told in words.

Reads the kiosk's own file beside it, as `kiosk entries` does. Trying what an edit does is
tried on a copy.
"""

import contextlib
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.errors import MessageError
from kiosk.journal.chain import ChainCheck, check_chain
from kiosk.journal.recall import read_newest_rows
from kiosk.journal.schema import connect_reader
from kiosk.screen.trace_words import TOLD, reason_words, rule_words
from kiosk.screen.words import WallClock, Words
from kiosk.timing import ClockState
from kiosk.wire import WireEntry, decode_entry

SHOWN = 6
HEAD_DIGITS = 8
Row = tuple[int, bytes, bytes]  # seq, body, head


class JournalReader:
    """The newest rows, told anew when there are others. One thread asks."""

    def __init__(self, path: Path, words: Words, wall: WallClock) -> None:
        self.path, self._words, self._wall = path, words, wall
        self._rows: list[Row] = []
        self.journal: list[dict[str, Any]] = []  # newest first
        self.decision: dict[str, Any] | None = None
        self.newest = 0

    def look(self) -> None:
        """Read what is new; a file that is not there, or being replaced, comes later."""
        with contextlib.suppress(sqlite3.Error):
            rows = read_newest_rows(self.path, SHOWN + 1)
            if rows != self._rows:
                self._rows = rows
                self._take(rows)

    def _take(self, rows: list[Row]) -> None:
        entries = []
        for (seq, body, head), before in zip(rows, [*rows[1:], None], strict=False):
            with contextlib.suppress(MessageError):
                entries.append((seq, decode_entry(body), head, before))
        self.newest = rows[0][0] if rows else 0
        self.journal = [self._line(*entry) for entry in entries[:SHOWN]]
        decided = next((wire for _, wire, _, _ in entries if wire.decision is not None), None)
        self.decision = None if decided is None else self._told(decided)

    def _line(self, seq: int, wire: WireEntry, head: bytes, before: Row | None) -> Any:
        return {
            "seq": seq,
            "time": self._time(wire),
            "decision": wire.decision or "",
            "words": self._words.pair(_word_key(wire)),
            "before": before[2].hex()[:HEAD_DIGITS] if before is not None else "",
            "head": head.hex()[:HEAD_DIGITS],
        }

    def _told(self, wire: WireEntry) -> dict[str, Any]:
        """Return what `kiosk entries show` says of an entry, as pairs of sentences."""
        zh, en = self._words.zh, self._words.en
        told: dict[str, Any] = {
            "seq": wire.seq,
            "time": self._time(wire),
            "decision": wire.decision,
            "words": self._words.pair(f"decision.{wire.decision}"),
            "rules": [
                {"zh": rule_words(line, zh), "en": rule_words(line, en), "rule": line}
                for line in wire.trace
            ],
            "readings": [_reading(fields, self._words) for fields in wire.readings],
        }
        if wire.reason is not None:
            chinese, english = reason_words(wire.reason, zh), reason_words(wire.reason, en)
            told |= {part: (chinese[part], english[part]) for part in TOLD if part in chinese}
        return told

    def _time(self, wire: WireEntry) -> str:
        """Return the local time of an entry; "?" where its clock was in doubt."""
        if wire.clock == ClockState.UNSURE:
            return "?"
        at = datetime.fromtimestamp(wire.utc_ms / 1000, UTC)
        return f"{at.astimezone(self._wall.zone):%H:%M:%S}"


def try_an_edit(path: Path) -> tuple[int, ChainCheck] | None:
    """Change one entry in a copy of the journal and walk its chain.

    Returns the entry's number and what the walk found; None where there are too few entries.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-edit-") as folder:
        copy = Path(folder) / "journal.db"
        source = connect_reader(path)
        with contextlib.closing(source), contextlib.closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            rows = target.execute("SELECT seq, body FROM entry ORDER BY seq DESC LIMIT 3")
            found = rows.fetchall()
            if not found:
                return None
            seq, body = found[-1]
            edited = bytes([*body[:-1], body[-1] ^ 1])
            target.execute("UPDATE entry SET body = ? WHERE seq = ?", (edited, seq))
            target.commit()
        return seq, check_chain(copy)


def _word_key(wire: WireEntry) -> str:
    """Return the words of a line: the reason, the decision, or what the entry is about."""
    if wire.reason is not None:
        return f"reason.{wire.reason}"
    return f"decision.{wire.decision}" if wire.decision else f"kind.{wire.kind}"


def _reading(fields: tuple[Any, ...], words: Words) -> dict[str, Any]:
    """Return a temperature of the body, and how it was taken."""
    raw, estimate, source = fields[0], fields[1], str(fields[7])
    instrument = source.removeprefix("typed_")
    how = ("", "")
    if instrument != source:
        how = words.pair(f"instrument.{instrument}")
    elif raw is not None:
        how = (f"额头 {raw / 100:.1f} °C", f"from a forehead at {raw / 100:.1f} °C")
    return {"estimate_c": None if estimate is None else estimate / 100, "how": how}
