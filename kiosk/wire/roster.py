"""The roster as it is sent: a row of the directory for each gate and local day.

The key is the gate's name, a zero byte and the day ("2027-01-05"); the blob a CBOR list of
[from_ms, until_ms, staff] of the shifts that begin on that day. Staff are short names (w01).
"""

from datetime import date, timedelta

import cbor2

from kiosk.core.duty import STAFF_CHARS_MAX, Shift
from kiosk.core.words_home import DAY_MS
from kiosk.wire.cbor import load, need

ROSTER_ROW = 10
SHIFTS_MAX = 64  # of one gate on one day
_UTC_MS_MAX = 4_102_444_800_000  # 2100: a page writes it as a time of day
_EPOCH = date(1970, 1, 1)


def local_day(utc_ms: int, utc_offset_s: int) -> date:
    """Return the local day of an instant. China has no summer time: a day is a day."""
    return _EPOCH + timedelta(days=(utc_ms + utc_offset_s * 1000) // DAY_MS)


def roster_key(gate: str, day: date) -> bytes:
    """Return the key of a gate's shifts that begin on a day."""
    return gate.encode() + b"\0" + day.isoformat().encode()


def encode_shifts(shifts: list[Shift]) -> bytes:
    """Return the blob of a gate's shifts of a day."""
    return cbor2.dumps([[one.from_ms, one.until_ms, one.staff] for one in shifts])


def decode_shifts(gate: str, blob: bytes) -> list[Shift]:
    """Return a gate's shifts of a day. Raises MessageError."""
    rows = load(blob)
    need(isinstance(rows, list) and len(rows) <= SHIFTS_MAX, "shifts")
    for row in rows:
        is_row = isinstance(row, list) and [type(v) for v in row] == [int, int, str]
        need(is_row and 0 <= row[0] < row[1] < _UTC_MS_MAX, "shift times")
        need(0 < len(row[2]) <= STAFF_CHARS_MAX and row[2].isprintable(), "shift staff")
    return [Shift(gate, from_ms, until_ms, staff) for from_ms, until_ms, staff in rows]
