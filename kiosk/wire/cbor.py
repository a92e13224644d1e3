"""Deterministic CBOR (RFC 8949 section 4.2) in, checked values out."""

from typing import Any

import cbor2

from kiosk.errors import MessageError

_STORABLE = range(-(2**63), 2**63)  # what a database holds; CBOR knows longer numbers


def load(message: bytes) -> Any:
    """Decode CBOR that must be exactly one deterministic item. Raises MessageError."""
    try:
        value = cbor2.loads(message)
        again = cbor2.dumps(value, canonical=True)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError) as exc:
        raise MessageError(f"not CBOR: {type(exc).__name__}") from exc
    if again != message:
        raise MessageError("not deterministic CBOR")
    return value


def load_own(message: bytes) -> Any:
    """Decode CBOR that we wrote ourselves, of any encoding. Raises MessageError."""
    try:
        return cbor2.loads(message)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError) as exc:
        raise MessageError(f"not CBOR: {type(exc).__name__}") from exc


def need(is_right: bool, what: str) -> None:
    """Raise MessageError unless a field is as agreed."""
    if not is_right:
        raise MessageError(f"wrong {what}")


def is_storable(value: object) -> bool:
    """Whether it is a whole number that a database holds."""
    return type(value) is int and value in _STORABLE
