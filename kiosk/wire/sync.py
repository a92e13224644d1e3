"""The messages of `POST /v1/sync`: maps with whole-number keys, signed by `passes.cose`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from kiosk.wire.cbor import load, need
from kiosk.wire.entry import EPOCH_BYTES, HEAD_BYTES

CONTENT_TYPE = "application/cose"
SYNC_PATH = "/v1/sync"
REPLY_BYTES_MAX = 2_000_000
REQUEST_BYTES_MAX = 2_000_000  # decoded; a batch is at most 256 kB of entries
BATCH_START, BATCH_MAX = 200, 500
BATCH_BYTES_MAX = 256_000
BULK, URGENT = "bulk", "urgent"


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
    need(len(clock) == 2 and all(type(n) is int for n in clock), "clock")
    need(len(have) == 3 and all(type(n) is int for n in have), "have")
    lane = _get(message, 11, str)
    need(lane in (BULK, URGENT), "lane")
    epoch = _get(message, 10, bytes)
    need(len(epoch) == EPOCH_BYTES, "epoch")
    urgent = _get(message, 12, list, [])
    need(all(_is_pair(p, int, bytes) for p in urgent), "urgent")
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
    need(isinstance(value, dict), "log")
    message: dict[int, Any] = value  # type: ignore[assignment]  # tested the line above
    entries = _get(message, 5, list)
    need(all(isinstance(e, bytes) for e in entries), "entries")
    part = LogPart(
        from_seq=_get(message, 1, int),
        to_seq=_get(message, 2, int),
        prev_head=_get(message, 3, bytes),
        head=_get(message, 4, bytes),
        entries=tuple(entries),
    )
    need(part.from_seq >= 1 and part.to_seq == part.from_seq - 1 + len(entries), "log range")
    need(len(part.prev_head) == HEAD_BYTES and len(part.head) == HEAD_BYTES, "heads")
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
    need(not acked or _is_pair(acked, int, bytes), "acked")
    need(all(_is_pair(p, int, str) for p in rejected), "rejected")
    need(all(type(seq) is int for seq in urgent), "urgent")
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
    need(isinstance(message, dict) and message.get(1) in names, "message name")
    return dict(message)


def _get(message: Mapping[int, Any], key: int, kind: type, default: Any = _REQUIRED) -> Any:
    value = message.get(key, default)
    if value is default and default is not _REQUIRED:
        return default
    need(type(value) is kind, f"key {key}")
    return value


def _is_pair(value: object, first: type, second: type) -> bool:
    return isinstance(value, list) and [type(v) for v in value] == [first, second]
