"""Deterministic CBOR (RFC 8949 section 4.2), read so that one value has one writing.

Called only after a signature held. cbor2's own switches stop depth, indefinite lengths and
repeated keys, but not tags: left alone it compiles expressions, builds mail messages and
rings of references. Those tags are refused here, and what was read is written again and
must give the same bytes. A big number (tags 2 and 3) may pass; ranges stop it later.
"""

from typing import Any

import cbor2

from kiosk.core.words_pass import Refusal

# Every tag that cbor2 6 would turn into an object, big numbers left out.
_OBJECT_TAGS = (
    *(0, 1, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000),
    55799,
)
# What a decoder might let out if it has a mistake. A test with many bytes meets none.
UNFORESEEN = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError)


def load(message: bytes, *, depth_max: int) -> Any:
    """Return the one value in `message`, Refusal.CBOR when it is not strictly one.

    Refusal.INTERNAL says that the decoder failed in a way nobody foresaw.
    """
    try:
        value = cbor2.loads(
            message,
            semantic_decoders=_REFUSED,
            max_depth=depth_max,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
        again = cbor2.dumps(value, canonical=True)
    except cbor2.CBORError:
        return Refusal.CBOR
    except UNFORESEEN:
        return Refusal.INTERNAL
    return value if again == message else Refusal.CBOR


def _refuse_tag(_value: Any, _is_immutable: bool) -> Any:
    raise ValueError("a tag that has no place here")


_REFUSED = dict.fromkeys(_OBJECT_TAGS, _refuse_tag)
