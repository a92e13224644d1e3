"""The entry, as it stands in the journal and crosses the network, and its hash chain.

Deterministic CBOR array, version 1:
  [v, seq, kind, utc_ms, boot_no, boot_ms, clock, gate, direction, decision, reason, cti,
   sub, rules_version, readings, trace_codes, staff, refers_to_seq, sealed_sha256]
and, where the kind of entry needs more, a map of short names to numbers or words behind it;
with temperatures in hundredths of a degree and times in milliseconds. Each reading is
  [raw_c, estimate_c, spread, samples, milliseconds, room_c, calibration_id, source, quality]
where `source` is "infrared", "typed_wrist" and the like, or the reason why there is no
reading, and `quality` stands for infrared readings alone:
  [slope per second, samples a second x 10, ambient_c, its drift a minute, millimetres, body_c]

Chain: head_n = SHA-256(head_(n-1) || entry_n); head_0 over the log's name, device, epoch.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2

from kiosk.core.words import (
    Decision,
    Denied,
    Entry,
    Granted,
    NoReading,
    Quality,
    Reading,
    Reason,
    Referred,
    Refusal,
)
from kiosk.errors import MessageError
from kiosk.wire.cbor import is_storable, load, load_own, need

ENTRY_VERSION = 1
ENTRY_FIELDS = 19
DETAILS_MAX = 16
QUALITY_FIELDS = 6
HEAD_BYTES = 32
EPOCH_BYTES = 8

Plain = int | str | bytes | list[Any] | dict[str, int | str] | None


@dataclass(frozen=True, slots=True)
class WireEntry:
    """An entry as it was written down, in plain values."""

    seq: int
    kind: str
    utc_ms: int
    boot_no: int
    boot_ms: int
    clock: int
    gate: str
    direction: str
    decision: str | None
    reason: str | None
    cti: bytes | None
    sub: str | None
    rules_version: int
    readings: tuple[tuple[Any, ...], ...]
    trace: tuple[str, ...]
    staff: str | None
    refers_to_seq: int | None
    sealed_sha256: bytes | None
    details: Mapping[str, int | str] = field(default_factory=dict)


_DECISIONS = {Granted: "granted", Referred: "referred", Denied: "denied"}


def decision_words(decision: Decision | None) -> tuple[str | None, str | None]:
    """Return (decision, reason) as their wire values."""
    match decision:
        case None:
            return None, None
        case Granted():
            return "granted", None
        case Referred(reason) | Denied(reason):
            return _DECISIONS[type(decision)], reason.value


def decision_of(decision: str | None, reason: str | None) -> Decision | None:
    """Return a decision from its wire values. Raises ValueError for words we do not know."""
    match decision:
        case None:
            return None
        case "granted":
            return Granted()
        case "referred":
            return Referred(_reason_of(reason))
        case "denied":
            return Denied(_reason_of(reason))
    raise ValueError(f"no such decision: {decision}")


def _reason_of(reason: str | None) -> Reason | Refusal:
    return Refusal(reason) if str(reason).startswith("E_") else Reason(reason)


def encode_entry(entry: Entry, *, seq: int, boot_no: int) -> bytes:
    """Return the bytes of an entry, as they are hashed, kept and sent."""
    decision, reason = decision_words(entry.decision)
    fields: list[Plain] = [
        ENTRY_VERSION,
        seq,
        entry.kind.value,
        int(entry.at.utc.timestamp() * 1000),
        boot_no,
        int(entry.at.mono_s * 1000),
        int(entry.at.clock),
        entry.gate,
        entry.direction.value,
        decision,
        reason,
        entry.cti,
        entry.sub,
        entry.rules_version,
        [_reading_fields(reading) for reading in entry.readings],
        [f"{line.rule}:{line.verdict}" for line in entry.trace],
        entry.staff,
        entry.refers_to_seq,
        entry.sealed_sha256,
        *([dict(entry.details)] if entry.details else []),
    ]
    return cbor2.dumps(fields, canonical=True)


def hash_of_sealed(rows: Iterable[tuple[bytes, str, bytes]]) -> bytes:
    """Return the SHA-256 that an entry holds of its sealed fields: (form, field, blob) each."""
    fields = [list(row) for row in rows]
    return hashlib.sha256(cbor2.dumps(fields, canonical=True)).digest()


def _reading_fields(reading: Reading | NoReading) -> list[Plain]:
    ms = int((reading.at_s - (reading.presence_s or reading.at_s)) * 1000)
    if isinstance(reading, NoReading):
        raw = _hundredths(reading.raw_c)
        return [raw, None, None, reading.samples, ms, None, None, reading.reason.value]
    return [
        _hundredths(reading.raw_c),
        _hundredths(reading.estimate_c),
        _hundredths(reading.spread_c),
        reading.samples,
        ms,
        _hundredths(reading.room_c),
        reading.calibration_id,
        reading.source.value,
        *([] if reading.quality is None else [_quality_fields(reading.quality)]),
    ]


def _quality_fields(quality: Quality) -> list[Plain]:
    return [
        _hundredths(quality.slope_c_per_s),
        round(quality.rate_hz * 10),
        _hundredths(quality.ambient_c),
        _hundredths(quality.drift_c_per_min),
        None if quality.distance_cm is None else round(quality.distance_cm * 10),
        _hundredths(quality.body_c),
    ]


def _hundredths(value_c: float | None) -> int | None:
    return None if value_c is None else round(value_c * 100)


def decode_entry(body: bytes) -> WireEntry:
    """Return the fields of an entry. Raises MessageError when it is not one."""
    return _entry_of(load(body))


def decode_own(body: bytes) -> WireEntry:
    """Return the fields of an entry that lies in our own journal; quicker, for very many.

    The chain vouches for the bytes, so they need not be the one encoding. Raises
    MessageError when it is not an entry.
    """
    return _entry_of(load_own(body))


def _entry_of(fields: Any) -> WireEntry:
    if (
        not isinstance(fields, list)
        or len(fields) not in (ENTRY_FIELDS, ENTRY_FIELDS + 1)
        or fields[0] != ENTRY_VERSION
    ):
        raise MessageError("not an entry of version 1")
    (_, seq, kind, utc_ms, boot_no, boot_ms, clock, gate, direction, decision, reason) = fields[
        :11
    ]
    cti, sub, rules_version, readings, trace, staff, refers_to, sealed = fields[11:19]
    details = fields[ENTRY_FIELDS] if len(fields) > ENTRY_FIELDS else {}
    need(all(map(is_storable, (seq, utc_ms, boot_no, boot_ms, clock, rules_version))), "int")
    need(seq >= 1 and clock in (0, 1, 2), "range")
    need(all(isinstance(t, str) for t in (kind, gate, direction)), "text")
    need(all(isinstance(t, str | None) for t in (decision, reason, sub, staff)), "text")
    need(all(isinstance(b, bytes | None) for b in (cti, sealed)), "bytes")
    need(refers_to is None or is_storable(refers_to), "refers_to_seq")
    need(isinstance(readings, list) and all(_is_reading(r) for r in readings), "readings")
    need(isinstance(trace, list) and {*map(type, trace)} <= {str}, "trace")
    need(_are_details(details), "details")
    return WireEntry(
        seq, kind, utc_ms, boot_no, boot_ms, clock, gate, direction, decision, reason,
        cti, sub, rules_version, tuple(tuple(r) for r in readings), tuple(trace),
        staff, refers_to, sealed, details,
    )  # fmt: skip


def _are_details(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= DETAILS_MAX
        and all(type(key) is str and type(said) in (int, str) for key, said in value.items())
    )


def _is_reading(fields: object) -> bool:
    return (
        isinstance(fields, list)
        and len(fields) in (8, 9)
        and all(type(n) in (int, type(None)) for n in fields[:6])
        and isinstance(fields[6], str | None)
        and isinstance(fields[7], str)
        and (len(fields) == 8 or _is_quality(fields[8]))
    )


def _is_quality(fields: object) -> bool:
    if not isinstance(fields, list) or len(fields) != QUALITY_FIELDS:
        return False
    return all(type(n) in (int, type(None)) for n in fields)


def first_head(device: str, epoch: bytes) -> bytes:
    """Return head_0 of a journal. A device id is made from its key, so it stands for both."""
    return hashlib.sha256(cbor2.dumps(["gate-log-v1", device, epoch], canonical=True)).digest()


def next_head(head: bytes, body: bytes) -> bytes:
    """Return the chain head after an entry."""
    return hashlib.sha256(head + body).digest()
