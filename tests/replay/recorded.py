"""Entries as a gate writes them, in plain values."""

from typing import Any

import cbor2

from kiosk.wire import WireEntry

DAY_MS = 86_400_000
START_MS = 1_799_107_200_000  # 2027-01-05 08:00 in China


def reading(estimate_c: float) -> tuple[Any, ...]:
    hundredths = round(estimate_c * 100)
    return (hundredths - 200, hundredths, 5, 9, 900, 2200, "c1", "infrared")


def passage(seq: int, utc_ms: int, **other: Any) -> WireEntry:
    """A resident who went out well, unless said otherwise."""
    return wire(seq, "passage", utc_ms, **other)


def wire(seq: int, kind: str, utc_ms: int, **other: Any) -> WireEntry:
    fields: dict[str, Any] = {
        "boot_no": 1,
        "boot_ms": max(utc_ms - START_MS, 0) + 1000,
        "clock": 0,
        "gate": "南门",
        "direction": "out",
        "decision": "granted",
        "reason": None,
        "cti": b"resident",
        "sub": "h-1",
        "rules_version": 1,
        "readings": (reading(36.5),),
        "trace": (),
        "staff": None,
        "refers_to_seq": None,
        "sealed_sha256": None,
        "details": {"trip": 1},
    }
    return WireEntry(seq, kind, utc_ms, **{**fields, **other})


def as_bytes(one: WireEntry) -> bytes:
    """Return an entry as it lies in a journal."""
    fields = [
        1, one.seq, one.kind, one.utc_ms, one.boot_no, one.boot_ms, one.clock, one.gate,
        one.direction, one.decision, one.reason, one.cti, one.sub, one.rules_version,
        [list(r) for r in one.readings], list(one.trace), one.staff, one.refers_to_seq,
        one.sealed_sha256, dict(one.details),
    ]  # fmt: skip
    return cbor2.dumps(fields, canonical=True)
