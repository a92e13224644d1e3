"""The directory that kiosks are sent: rows that are locked before they come here.

Central keeps and hands out what it cannot read. The look-up directory is made in the office
(`kiosk central directory make`) under a key that only duty cards open; display records are
made when a pass is issued.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cbor2
from sqlalchemy import Connection, Select, delete, insert, select

from kiosk.central.put_back import Numbers
from kiosk.central.schema_office import directory
from kiosk.core.words import DisplayRecord
from kiosk.errors import MessageError
from kiosk.passes import base45, cose
from kiosk.passes.display import LOOKUP, key_from, seal, seal_record
from kiosk.passes.text import PREFIX
from kiosk.wire import DirectoryPart, load

RECORD_ROW, PAGE_ROW, KEY_ROW = 1, 2, 3
PART_BYTES_MAX = 256_000
PAGE_OF = 100  # chosen: residents on one page
FILE_BYTES_MAX = 64_000_000
_PAGE_CONTEXT = b"gate-directory-v1"
_NAME = "gate-directory"
_NUMBERS = Numbers("directory_lost")


@dataclass(frozen=True, slots=True)
class Listed:
    """A resident as the office lists one. `cti` is that of the pass, empty without one."""

    name: str
    door: str
    cti: bytes = b""
    readings: str = ""  # of each sign of the name, as `readings.readings_of` writes them


def put_row(db: Connection, what: int, key: bytes, blob: bytes | None) -> None:
    """Put a row in place of an older one; None takes it away at every kiosk."""
    same = (directory.c.what == what) & (directory.c.key == key)
    # Counted before the old row goes: it may be the newest, and its number is taken.
    seq = _NUMBERS.after(db, directory.c.seq)
    db.execute(delete(directory).where(same))
    db.execute(insert(directory).values(what=what, key=key, seq=seq, blob=blob))


def row_of(db: Connection, what: int, key: bytes) -> bytes | None:
    """Return a row as it stands; None: it is gone, or never was."""
    same = (directory.c.what == what) & (directory.c.key == key)
    return db.scalar(select(directory.c.blob).where(same))


def lock_display(
    db: Connection, cti: bytes, signed: str | bytes, record: DisplayRecord
) -> None:
    """Hand out what staff may see of a holder, locked by the pass (its text or credential)."""
    text = signed.removeprefix(PREFIX) if isinstance(signed, str) else ""
    message = signed if isinstance(signed, bytes) else base45.decode(text) or b""
    signature = message[-cose.SIGNATURE_BYTES :]
    put_row(db, RECORD_ROW, cti, seal_record(record, signature=signature, cti=cti))


def forget_records(db: Connection, ended: Select[tuple[bytes]]) -> None:
    """Take away, at every kiosk, what staff were shown of passes that have ended."""
    is_old = (directory.c.what == RECORD_ROW) & directory.c.key.in_(ended)
    for key in db.scalars(
        select(directory.c.key).where(is_old, directory.c.blob.is_not(None))
    ).all():
        put_row(db, RECORD_ROW, key, None)


def part_above(db: Connection, have_seq: int, now_ms: int) -> DirectoryPart | None:
    """Return rows above what a kiosk has, as many as fit one answer; None when it has all.

    A kiosk that has more than there is knew a central that was put back: it gets all anew.
    """
    have_seq = _NUMBERS.heard(db, directory.c.seq, have_seq, now_ms)
    columns = (directory.c.seq, directory.c.what, directory.c.key, directory.c.blob)
    wanted = select(*columns).where(directory.c.seq > have_seq).order_by(directory.c.seq)
    rows: list[tuple[int, bytes, bytes | None]] = []
    last, room = have_seq, PART_BYTES_MAX
    for seq, what, key, blob in db.execute(wanted.execution_options(yield_per=100)):
        room -= len(blob or b"") + len(key) + 8
        if rows and room < 0:
            break
        rows.append((what, key, blob))
        last = seq
    return DirectoryPart(last, tuple(rows)) if rows else None


def make_look_up(residents: Sequence[Listed], cards: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a file of locked rows, for `load_look_up`. `cards` are (cti, signature) each.

    The key is made here, and is in the file only under the duty cards.
    """
    key = secrets.token_bytes(32)
    ordered = sorted(residents, key=lambda one: (one.door, one.name))
    rows: list[list[int | bytes]] = []
    for number, start in enumerate(range(0, len(ordered), PAGE_OF)):
        page = [_row(one) for one in ordered[start : start + PAGE_OF]]
        blob = seal(cbor2.dumps(page, canonical=True), key, _PAGE_CONTEXT)
        rows.append([PAGE_ROW, number.to_bytes(4), blob])
    for cti, signature in cards:
        rows.append([KEY_ROW, cti, seal(key, key_from(signature, cti, LOOKUP), cti)])
    return cbor2.dumps([_NAME, 1, rows], canonical=True)


def _row(one: Listed) -> list[str | bytes]:
    return [one.name, one.door, one.cti, *([one.readings] if one.readings else [])]


def load_look_up(db: Connection, content: bytes) -> int:
    """Put the rows of a file in place of the look-up directory that is here.

    Returns how many there are. Raises MessageError for what is no such file.
    """
    rows = _rows_of(content)
    is_look_up = directory.c.what.in_((PAGE_ROW, KEY_ROW))
    here = select(directory.c.what, directory.c.key).where(is_look_up)
    old = {(what, key) for what, key in db.execute(here)}
    for what, key, blob in rows:
        put_row(db, what, key, blob)
    for what, key in old - {(what, key) for what, key, _ in rows}:
        put_row(db, what, key, None)
    return len(rows)


def _rows_of(content: bytes) -> list[tuple[int, bytes, bytes]]:
    try:
        tree = load(content)
    except MessageError as exc:
        raise MessageError("not a directory file; make it in the office") from exc
    is_ours = isinstance(tree, list) and len(tree) == 3 and tree[:2] == [_NAME, 1]
    rows = tree[2] if is_ours and isinstance(tree[2], list) else None
    kinds = [int, bytes, bytes]
    if rows is None or any([type(v) for v in row] != kinds for row in rows):
        raise MessageError("not a directory file; make it in the office")
    if any(row[0] not in (PAGE_ROW, KEY_ROW) for row in rows):
        raise MessageError("a directory file with other rows in it")
    return [(row[0], row[1], row[2]) for row in rows]
