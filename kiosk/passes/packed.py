"""Many 8-byte ids in one byte string: sorted, each one once. What signed lists carry."""

from collections.abc import Iterable
from itertools import islice
from operator import lt

ID_BYTES = 8


def pack(ids: Iterable[bytes]) -> bytes:
    """Return ids of 8 bytes as one string, sorted, each once."""
    return b"".join(sorted(set(ids)))


def unpack(packed: bytes) -> list[bytes]:
    """Return the ids in their order."""
    return [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]


def is_packed(value: object) -> bool:
    """Return whether a value is a byte string as `pack` makes it."""
    if type(value) is not bytes or len(value) % ID_BYTES:
        return False
    ids = unpack(value)
    return all(map(lt, ids, islice(ids, 1, None)))
