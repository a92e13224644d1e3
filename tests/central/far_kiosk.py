"""A kiosk as central sees it: a journal with its chain, signed requests, answers checked."""

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words import (
    Direction,
    Entry,
    EntryKind,
    Granted,
    Reason,
    Referred,
)
from kiosk.passes import cose
from kiosk.timing import ClockState, Stamp
from kiosk.wire import (
    BULK,
    CONTENT_TYPE,
    SYNC_PATH,
    URGENT,
    LogPart,
    SyncReply,
    SyncRequest,
    decode_reply,
    encode_entry,
    encode_request,
    first_head,
    next_head,
)

UTC_0 = datetime(2026, 12, 1, tzinfo=UTC)


def make_body(seq: int, *, is_fever: bool = False, gate: str = "南门") -> bytes:
    """Return the bytes of one entry."""
    entry = Entry(
        kind=EntryKind.PASSAGE,
        at=Stamp(float(seq), UTC_0, "boot", ClockState.TRUSTED),
        scan_id=uuid4(),
        gate=gate,
        direction=Direction.IN,
        decision=Referred(Reason.ELEVATED) if is_fever else Granted(),
        cti=seq.to_bytes(8, "big"),
        sub="AB12CD34",
        label="",
        rules_version=1,
    )
    return encode_entry(entry, seq=seq, boot_no=1)


@dataclass
class FarKiosk:
    """One device with one journal."""

    server: str
    status_public: bytes
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    epoch: bytes = b"epoch--1"
    counter: int = 0
    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin_journal(self.epoch)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def device(self) -> str:
        return cose.device_id_of(self.public)

    def begin_journal(self, epoch: bytes) -> None:
        """Begin anew, as a kiosk does when a file is set aside."""
        self.epoch, self.bodies = epoch, []
        self.heads = [first_head(self.device, epoch)]

    def write(self, count: int = 1, **entry: bool | str) -> None:
        """Write entries down."""
        for _ in range(count):
            body = make_body(len(self.bodies) + 1, **entry)  # type: ignore[arg-type]
            self.bodies.append(body)
            self.heads.append(next_head(self.heads[-1], body))

    def part(self, from_seq: int, to_seq: int) -> LogPart:
        """Return a run of entries with the heads around it."""
        return LogPart(
            from_seq,
            to_seq,
            self.heads[from_seq - 1],
            self.heads[to_seq],
            tuple(self.bodies[from_seq - 1 : to_seq]),
        )

    def request(self, part: LogPart | None = None, *urgent: int, **changes: object) -> bytes:
        """Return the next signed request."""
        self.counter += 1
        fields: dict[str, object] = {
            "device": self.device,
            "server": self.server,
            "counter": self.counter,
            "boot_id": "boot",
            "clock": 0,
            "utc_ms": int(UTC_0.timestamp() * 1000),
            "have": (0,) * 7,
            "epoch": self.epoch,
            "lane": URGENT if urgent else BULK,
            "log": part,
            "urgent": tuple((seq, self.bodies[seq - 1]) for seq in urgent),
        }
        request = SyncRequest(**{**fields, **changes})  # type: ignore[arg-type]
        return cose.sign(encode_request(request), self.key)

    def open(self, answer: bytes) -> SyncReply:
        """Return an answer, if central signed it."""
        payload = cose.open_envelope(
            answer, {cose.kid_of(self.status_public): self.status_public}
        )
        assert payload is not None, "not signed by central"
        return decode_reply(payload)

    def post(self, url: str, message: bytes) -> requests.Response:
        """Send a message over HTTP, as the kiosk does."""
        headers = {"Content-Type": CONTENT_TYPE, "Content-Encoding": "gzip"}
        return requests.post(
            url + SYNC_PATH, data=gzip.compress(message), headers=headers, timeout=10
        )
