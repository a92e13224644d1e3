"""The register of households as it is sent: zlib over CBOR [[sub, grid, door], ...]."""

import zlib
from collections.abc import Iterable

import cbor2

from kiosk.core.words import Household
from kiosk.errors import MessageError
from kiosk.wire.cbor import load, need

BLOB_BYTES_MAX = 1_200_000  # of an answer, which may have 2 MB
_UNPACKED_BYTES_MAX = 20_000_000
_TEXT_CHARS_MAX = 64


def encode_register(households: Iterable[Household]) -> bytes:
    """Return the blob. Raises MessageError when there are too many for one answer."""
    rows = [[home.sub, home.grid, home.door] for home in households]
    blob = zlib.compress(cbor2.dumps(rows), 9)
    if len(blob) > BLOB_BYTES_MAX:
        reason = "too many households for one register, about 100,000: divide the community"
        raise MessageError(reason)
    return blob


def decode_register(blob: bytes) -> list[Household]:
    """Return the households. Raises MessageError for anything else."""
    unpacker = zlib.decompressobj()
    try:
        packed = unpacker.decompress(blob, _UNPACKED_BYTES_MAX)
    except zlib.error as exc:
        raise MessageError("register: damaged") from exc
    need(unpacker.eof and not unpacker.unused_data, "register: cut off, or too long")
    rows = load(packed)
    need(isinstance(rows, list), "register")
    households = []
    for row in rows:
        need(isinstance(row, list) and [type(v) for v in row] == [str, int, str], "household")
        sub, grid, door = row
        need(len(sub) <= _TEXT_CHARS_MAX and len(door) <= _TEXT_CHARS_MAX, "household")
        need(0 <= grid <= 65_535, "grid")
        households.append(Household(sub, grid, door))
    need(len({home.sub for home in households}) == len(households), "a household twice")
    return households
