"""Shapes that cross the network between kiosk and central, and stand in the journal.

Entry: deterministic CBOR array (RFC 8949 section 4.2), version 1:
  [v, seq, kind, utc_ms, boot_no, boot_ms, clock, gate, direction, decision, reason, cti,
   sub, rules_version, readings, trace_codes, staff, refers_to_seq, sealed_sha256]
with temperatures in hundredths of a degree and times in milliseconds. Each reading is
  [raw_c, estimate_c, spread, samples, milliseconds, room_c, calibration_id, source]
where `source` is "infrared", "typed", or the reason why there is no reading.

Chain: head_n = SHA-256(head_(n-1) || entry_n); head_0 over the log's name, device, key id
and epoch. Messages are maps with whole-number keys; they travel signed (`passes.cose`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2

from kiosk.core.words import (
    Decision,
    Denied,
    Entry,
    Granted,
    NoReading,
    Reading,
    Referred,
)
from kiosk.errors import MessageError

ENTRY_VERSION = 1
ENTRY_FIELDS = 19
CONTENT_TYPE = "application/cose"
SYNC_PATH = "/v1/sync"
REPLY_BYTES_MAX = 2_000_000
REQUEST_BYTES_MAX = 2_000_000  # decoded; a batch is at most 256 kB of entries
BATCH_START, BATCH_MAX = 200, 500
BATCH_BYTES_MAX = 256_000
HEAD_BYTES = 32
EPOCH_BYTES = 8
BULK, URGENT = "bulk", "urgent"

Plain = int | str | bytes | list[Any] | None


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
    ]
    return cbor2.dumps(fields, canonical=True)


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
    ]


def _hundredths(value_c: float | None) -> int | None:
    return None if value_c is None else round(value_c * 100)


def decode_entry(body: bytes) -> WireEntry:
    """Return the fields of an entry. Raises MessageError when it is not one."""
    fields = load(body)
    if (
        not isinstance(fields, list)
        or len(fields) != ENTRY_FIELDS
        or fields[0] != ENTRY_VERSION
    ):
        raise MessageError("not an entry of version 1")
    (_, seq, kind, utc_ms, boot_no, boot_ms, clock, gate, direction, decision, reason) = fields[
        :11
    ]
    cti, sub, rules_version, readings, trace, staff, refers_to, sealed = fields[11:]
    _need(
        all(type(n) is int for n in (seq, utc_ms, boot_no, boot_ms, clock, rules_version)),
        "int",
    )
    _need(seq >= 1 and clock in (0, 1, 2), "range")
    _need(all(isinstance(t, str) for t in (kind, gate, direction)), "text")
    _need(all(isinstance(t, str | None) for t in (decision, reason, sub, staff)), "text")
    _need(all(isinstance(b, bytes | None) for b in (cti, sealed)), "bytes")
    _need(refers_to is None or type(refers_to) is int, "refers_to_seq")
    _need(isinstance(readings, list) and all(_is_reading(r) for r in readings), "readings")
    _need(isinstance(trace, list) and all(isinstance(t, str) for t in trace), "trace")
    return WireEntry(
        seq, kind, utc_ms, boot_no, boot_ms, clock, gate, direction, decision, reason,
        cti, sub, rules_version, tuple(tuple(r) for r in readings), tuple(trace),
        staff, refers_to, sealed,
    )  # fmt: skip


def _is_reading(fields: object) -> bool:
    return (
        isinstance(fields, list)
        and len(fields) == 8
        and all(type(n) in (int, type(None)) for n in fields[:6])
        and isinstance(fields[6], str | None)
        and isinstance(fields[7], str)
    )


def first_head(device: str, epoch: bytes) -> bytes:
    """Return head_0 of a journal. The device id is derived from its key, so it stands for both."""
    return hashlib.sha256(cbor2.dumps(["gate-log-v1", device, epoch], canonical=True)).digest()


def next_head(head: bytes, body: bytes) -> bytes:
    """Return the chain head after an entry."""
    return hashlib.sha256(head + body).digest()


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


def _need(is_right: bool, what: str) -> None:
    if not is_right:
        raise MessageError(f"wrong {what}")


@dataclass(frozen=True, slots=True)
class LogPart:
    """A run of entries with the chain heads around it; empty for a heartbeat."""

    from_seq: int
    to_seq: int  # from_seq - 1 when empty
    prev_head: bytes
    head: bytes
    entries: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What a kiosk says to central, on either lane."""

    device: str
    server: str
    counter: int
    boot_id: str
    clock: int
    utc_ms: int
    have: tuple[int, int, int]  # sequence numbers of trust, revocation list, directory
    epoch: bytes
    lane: str
    log: LogPart | None = None
    urgent: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class SyncReply:
    """What central answers. `error` is an `E_` code; everything else is then empty."""

    device: str
    counter: int
    utc_ms: int
    acked: tuple[int, bytes] | None = None
    trust: bytes | None = None
    rejected: tuple[tuple[int, str], ...] = ()
    urgent_acked: tuple[int, ...] = ()
    retry_after_s: int | None = None
    batch_max: int | None = None
    error: str | None = None
    expected_seq: int | None = None


def encode_request(request: SyncRequest) -> bytes:
    """Return the payload of a request, to be signed by the device key."""
    message: dict[int, Any] = {
        1: "sync",
        2: request.device,
        3: request.server,
        4: request.counter,
        5: request.boot_id,
        6: [request.clock, request.utc_ms],
        7: list(request.have),
        10: request.epoch,
        11: request.lane,
    }
    if (log := request.log) is not None:
        message[8] = {
            1: log.from_seq,
            2: log.to_seq,
            3: log.prev_head,
            4: log.head,
            5: list(log.entries),
        }
    if request.urgent:
        message[12] = [list(pair) for pair in request.urgent]
    return cbor2.dumps(message, canonical=True)


def decode_request(payload: bytes) -> SyncRequest:
    """Return a request. Raises MessageError."""
    message = _message(payload, "sync")
    clock = _get(message, 6, list)
    have = _get(message, 7, list)
    _need(len(clock) == 2 and all(type(n) is int for n in clock), "clock")
    _need(len(have) == 3 and all(type(n) is int for n in have), "have")
    lane = _get(message, 11, str)
    _need(lane in (BULK, URGENT), "lane")
    epoch = _get(message, 10, bytes)
    _need(len(epoch) == EPOCH_BYTES, "epoch")
    urgent = _get(message, 12, list, [])
    _need(all(_is_pair(p, int, bytes) for p in urgent), "urgent")
    return SyncRequest(
        device=_get(message, 2, str),
        server=_get(message, 3, str),
        counter=_get(message, 4, int),
        boot_id=_get(message, 5, str),
        clock=clock[0],
        utc_ms=clock[1],
        have=(have[0], have[1], have[2]),
        epoch=epoch,
        lane=lane,
        log=_log_part(message[8]) if 8 in message else None,
        urgent=tuple((p[0], p[1]) for p in urgent),
    )


def _log_part(value: object) -> LogPart:
    _need(isinstance(value, dict), "log")
    message: dict[int, Any] = value  # type: ignore[assignment]  # tested the line above
    entries = _get(message, 5, list)
    _need(all(isinstance(e, bytes) for e in entries), "entries")
    part = LogPart(
        from_seq=_get(message, 1, int),
        to_seq=_get(message, 2, int),
        prev_head=_get(message, 3, bytes),
        head=_get(message, 4, bytes),
        entries=tuple(entries),
    )
    _need(part.from_seq >= 1 and part.to_seq == part.from_seq - 1 + len(entries), "log range")
    _need(len(part.prev_head) == HEAD_BYTES and len(part.head) == HEAD_BYTES, "heads")
    return part


def encode_reply(reply: SyncReply) -> bytes:
    """Return the payload of a reply, to be signed by the status key."""
    message: dict[int, Any] = {
        1: "sync-ok" if reply.error is None else "sync-error",
        2: reply.device,
        3: reply.counter,
        4: reply.utc_ms,
    }
    optional: dict[int, Any] = {
        5: list(reply.acked) if reply.acked else None,
        6: reply.trust,
        9: [list(pair) for pair in reply.rejected] or None,
        10: list(reply.urgent_acked) or None,
        11: reply.retry_after_s,
        12: reply.batch_max,
        13: reply.error,
        14: reply.expected_seq,
    }
    message |= {key: value for key, value in optional.items() if value is not None}
    return cbor2.dumps(message, canonical=True)


def decode_reply(payload: bytes) -> SyncReply:
    """Return a reply. Raises MessageError."""
    message = _message(payload, "sync-ok", "sync-error")
    acked = _get(message, 5, list, [])
    rejected = _get(message, 9, list, [])
    urgent = _get(message, 10, list, [])
    _need(not acked or _is_pair(acked, int, bytes), "acked")
    _need(all(_is_pair(p, int, str) for p in rejected), "rejected")
    _need(all(type(seq) is int for seq in urgent), "urgent")
    return SyncReply(
        device=_get(message, 2, str),
        counter=_get(message, 3, int),
        utc_ms=_get(message, 4, int),
        acked=(acked[0], acked[1]) if acked else None,
        trust=_get(message, 6, bytes, None),
        rejected=tuple((p[0], p[1]) for p in rejected),
        urgent_acked=tuple(urgent),
        retry_after_s=_get(message, 11, int, None),
        batch_max=_get(message, 12, int, None),
        error=_get(message, 13, str, None),
        expected_seq=_get(message, 14, int, None),
    )


_REQUIRED = object()


def _message(payload: bytes, *names: str) -> dict[int, Any]:
    message = load(payload)
    _need(isinstance(message, dict) and message.get(1) in names, "message name")
    return dict(message)


def _get(message: Mapping[int, Any], key: int, kind: type, default: Any = _REQUIRED) -> Any:
    value = message.get(key, default)
    if value is default and default is not _REQUIRED:
        return default
    _need(type(value) is kind, f"key {key}")
    return value


def _is_pair(value: object, first: type, second: type) -> bool:
    return isinstance(value, list) and [type(v) for v in value] == [first, second]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What binds a kiosk to its central server; made by `kiosk central device add`."""

    device: str
    server: str
    status_public: bytes  # raw Ed25519 key that signs replies
    site: str
    trust: bytes | None = None
    root_public: bytes | None = None
    version: int = field(default=1)


def encode_bundle(bundle: Bundle) -> bytes:
    """Return a bundle's bytes, as they are carried to `keys/bundle` of the kiosk."""
    fields = [
        "gate-bundle",
        bundle.version,
        bundle.device,
        bundle.server,
        bundle.status_public,
        bundle.site,
        bundle.trust,
        bundle.root_public,
    ]
    return cbor2.dumps(fields, canonical=True)


def decode_bundle(data: bytes) -> Bundle:
    """Return a bundle. Raises MessageError."""
    fields = load(data)
    _need(isinstance(fields, list) and len(fields) == 8, "bundle")
    name, version, device, server, status, site, trust, root = fields
    _need(name == "gate-bundle" and version == 1, "bundle name")
    _need(all(isinstance(t, str) for t in (device, server, site)), "bundle text")
    _need(isinstance(status, bytes) and len(status) == 32, "status key")
    _need(isinstance(trust, bytes | None) and isinstance(root, bytes | None), "trust")
    return Bundle(device, server, status, site, trust, root, version)
