"""The messages of `POST /v1/sync`: maps with whole-number keys, signed by `passes.cose`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from kiosk.core.duty import GateNow, OtherGate
from kiosk.wire.cbor import load, need
from kiosk.wire.entry import EPOCH_BYTES, HEAD_BYTES
from kiosk.wire.gates import gate_row, others_rows, read_gate, read_others
from kiosk.wire.sync_cases import (
    CasesAsked,
    CasesPart,
    asked_of,
    asked_row,
    cases_of,
    cases_row,
)

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
class SealedField:
    """One sealed field of the form that entry `seq` is about; only the office can read it."""

    seq: int
    form: bytes  # 16 bytes
    field: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """In one boot of a kiosk, UTC was `utc_ms` (give or take `error_ms`) at `boot_ms`.

    `boot_no` is the number by which the journal's entries name that boot; the anchors of a
    request belong to the journal of its epoch.
    """

    boot_id: str
    boot_no: int
    boot_ms: int
    utc_ms: int
    error_ms: int


@dataclass(frozen=True, slots=True)
class DirectoryPart:
    """Rows of the directory above what the kiosk has, in order of seq; `seq` is the last.

    A row is (what, key, blob): a display record, a page of the look-up directory or the key
    of a duty card; blob None takes it away.
    """

    seq: int
    rows: tuple[tuple[int, bytes, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class RegisterPart:
    """All households as central has them, zlib over CBOR; see `wire.register`."""

    version: int  # rises with every import
    issued_ms: int
    blob: bytes


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """A passage that was granted at another gate; `withdrawn`: it never happened after all."""

    cti: bytes
    sub: str | None
    utc_ms: int
    direction: str  # in | out
    gate: str
    is_counted: bool  # it uses up a trip of the household's quota
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ElsewherePart:
    """Passages at the community's other gates, in the order of arrival; `seq` is the last."""

    seq: int
    rows: tuple[ElsewhereRow, ...]


Have = tuple[int, int, int, int, int, int, int]
HAVE_NUMBERS = 7


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What a kiosk says to central, on either lane."""

    device: str
    server: str
    counter: int
    boot_id: str
    clock: int
    utc_ms: int
    have: Have  # of trust, revocations, directory, allow-list, register, elsewhere, rules
    epoch: bytes
    lane: str
    log: LogPart | None = None
    urgent: tuple[tuple[int, bytes], ...] = ()
    sealed: tuple[SealedField, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    here: GateNow | None = None  # how this gate stands now
    asked: CasesAsked | None = None  # which fevers and incidents it waits for


@dataclass(frozen=True, slots=True)
class SyncReply:
    """What central answers. `error` is an `E_` code; all but the lists is then empty."""

    device: str
    counter: int
    utc_ms: int
    acked: tuple[int, bytes] | None = None
    trust: bytes | None = None
    revocations: bytes | None = None  # a signed list, full or a delta, `passes.revocation`
    directory: DirectoryPart | None = None
    allowed: bytes | None = None  # a signed allow-list, `passes.allowed`
    register: RegisterPart | None = None
    elsewhere: ElsewherePart | None = None
    rules: tuple[bytes, ...] = ()  # signed rule sets, oldest first, `passes.rule_envelope`
    cases: CasesPart | None = None  # of the fevers and incidents that were asked for
    sealed_acked: tuple[int, ...] = ()  # entries whose sealed fields are kept at central
    rejected: tuple[tuple[int, str], ...] = ()
    urgent_acked: tuple[int, ...] = ()
    retry_after_s: int | None = None
    batch_max: int | None = None
    error: str | None = None
    expected_seq: int | None = None
    gates: tuple[OtherGate, ...] | None = None  # how the other gates stand; None: not said


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
    if request.sealed:
        message[9] = [[s.seq, s.form, s.field, s.blob] for s in request.sealed]
    if request.anchors:
        message[13] = [
            [a.boot_id, a.boot_no, a.boot_ms, a.utc_ms, a.error_ms] for a in request.anchors
        ]
    if request.here is not None:
        message[21] = gate_row(request.here)
    if request.asked is not None:
        message[20] = asked_row(request.asked)
    return cbor2.dumps(message, canonical=True)


def decode_request(payload: bytes) -> SyncRequest:
    """Return a request. Raises MessageError."""
    message = _message(payload, "sync")
    clock = _get(message, 6, list)
    have = _get(message, 7, list)
    need(len(clock) == 2 and all(type(n) is int for n in clock), "clock")
    need(len(have) == HAVE_NUMBERS and all(type(n) is int for n in have), "have")
    lane = _get(message, 11, str)
    need(lane in (BULK, URGENT), "lane")
    epoch = _get(message, 10, bytes)
    need(len(epoch) == EPOCH_BYTES, "epoch")
    urgent = _get(message, 12, list, [])
    need(all(_is_row(p, int, bytes) for p in urgent), "urgent")
    sealed = _get(message, 9, list, [])
    need(all(_is_row(row, int, bytes, str, bytes) for row in sealed), "sealed")
    anchors = _get(message, 13, list, [])
    need(all(_is_row(row, str, int, int, int, int) for row in anchors), "anchors")
    return SyncRequest(
        device=_get(message, 2, str),
        server=_get(message, 3, str),
        counter=_get(message, 4, int),
        boot_id=_get(message, 5, str),
        clock=clock[0],
        utc_ms=clock[1],
        have=(have[0], have[1], have[2], have[3], have[4], have[5], have[6]),
        epoch=epoch,
        lane=lane,
        log=_log_part(message[8]) if 8 in message else None,
        urgent=tuple((p[0], p[1]) for p in urgent),
        sealed=tuple(SealedField(*row) for row in sealed),
        anchors=tuple(Anchor(*row) for row in anchors),
        here=read_gate(_get(message, 21, list, None)),
        asked=asked_of(_get(message, 20, list, None)),
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
        7: reply.revocations,
        8: _directory_row(reply.directory),
        11: reply.retry_after_s,
        12: reply.batch_max,
        13: reply.error,
        14: reply.expected_seq,
        15: reply.allowed,
        16: list(reply.sealed_acked) or None,
        17: _register_row(reply.register),
        18: _elsewhere_rows(reply.elsewhere),
        19: list(reply.rules) or None,
        21: others_rows(reply.gates),
        20: cases_row(reply.cases),
    }
    message |= {key: value for key, value in optional.items() if value is not None}
    return cbor2.dumps(message, canonical=True)


def decode_reply(payload: bytes) -> SyncReply:
    """Return a reply. Raises MessageError."""
    message = _message(payload, "sync-ok", "sync-error")
    acked = _get(message, 5, list, [])
    rejected = _get(message, 9, list, [])
    urgent = _get(message, 10, list, [])
    sealed_acked = _get(message, 16, list, [])
    rules = _get(message, 19, list, [])
    need(all(isinstance(one, bytes) for one in rules), "rules")
    need(not acked or _is_row(acked, int, bytes), "acked")
    need(all(_is_row(p, int, str) for p in rejected), "rejected")
    need(all(type(seq) is int for seq in sealed_acked), "sealed_acked")
    need(all(type(seq) is int for seq in urgent), "urgent")
    return SyncReply(
        device=_get(message, 2, str),
        counter=_get(message, 3, int),
        utc_ms=_get(message, 4, int),
        acked=(acked[0], acked[1]) if acked else None,
        trust=_get(message, 6, bytes, None),
        revocations=_get(message, 7, bytes, None),
        directory=_directory(_get(message, 8, list, None)),
        allowed=_get(message, 15, bytes, None),
        register=_register(_get(message, 17, list, None)),
        elsewhere=_elsewhere(_get(message, 18, list, None)),
        rules=tuple(rules),
        cases=cases_of(_get(message, 20, list, None)),
        sealed_acked=tuple(sealed_acked),
        rejected=tuple((p[0], p[1]) for p in rejected),
        urgent_acked=tuple(urgent),
        retry_after_s=_get(message, 11, int, None),
        batch_max=_get(message, 12, int, None),
        error=_get(message, 13, str, None),
        expected_seq=_get(message, 14, int, None),
        gates=read_others(_get(message, 21, list, None)),
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


def _is_row(value: object, *kinds: type) -> bool:
    return isinstance(value, list) and [type(v) for v in value] == list(kinds)


def _directory_row(part: DirectoryPart | None) -> list[Any] | None:
    return None if part is None else [part.seq, [list(row) for row in part.rows]]


def _directory(value: list[Any] | None) -> DirectoryPart | None:
    if value is None:
        return None
    need(_is_row(value, int, list), "directory")
    for row in value[1]:
        need(_is_row(row, int, bytes, bytes) or _is_row(row, int, bytes, type(None)), "row")
    return DirectoryPart(value[0], tuple((row[0], row[1], row[2]) for row in value[1]))


def _register_row(part: RegisterPart | None) -> list[Any] | None:
    return None if part is None else [part.version, part.issued_ms, part.blob]


def _register(value: list[Any] | None) -> RegisterPart | None:
    if value is None:
        return None
    need(_is_row(value, int, int, bytes), "register")
    return RegisterPart(*value)


def _elsewhere_rows(part: ElsewherePart | None) -> list[Any] | None:
    if part is None:
        return None
    rows = [
        [r.cti, r.sub, r.utc_ms, r.direction, r.gate, r.is_counted, r.is_withdrawn]
        for r in part.rows
    ]
    return [part.seq, rows]


def _elsewhere(value: list[Any] | None) -> ElsewherePart | None:
    if value is None:
        return None
    need(_is_row(value, int, list), "elsewhere")
    for row in value[1]:
        need(isinstance(row, list) and len(row) == 7, "elsewhere row")
        cti, sub, *rest = row
        need(isinstance(cti, bytes) and isinstance(sub, str | None), "elsewhere row")
        need(_is_row(rest, int, str, str, bool, bool) and rest[1] in ("in", "out"), "row")
    return ElsewherePart(value[0], tuple(ElsewhereRow(*row) for row in value[1]))
