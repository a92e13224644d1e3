"""A small central over real HTTP: honest unless a test tells it what to do with a request."""

import gzip
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.passes import cose
from kiosk.wire import (
    CONTENT_TYPE,
    SyncReply,
    SyncRequest,
    decode_entry,
    decode_request,
    encode_reply,
    first_head,
    next_head,
)
from kiosk.wire.time import TIME_PATH, TimeReply, decode_time_request, encode_time_reply

STATUS_KEY = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
UTC_MS = 1_800_000_000_000


@dataclass
class Log:
    """What central has of one journal: a contiguous chain, and urgent copies."""

    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    urgent: dict[int, bytes] = field(default_factory=dict)

    @property
    def acked(self) -> tuple[int, bytes]:
        return len(self.bodies), self.heads[-1]


class Intake:
    """The honest part: entries by (device, epoch, seq), the chain checked, nothing twice."""

    def __init__(self, trust: bytes | None = None, trust_seq: int = 0) -> None:
        self.logs: dict[bytes, Log] = {}
        self.counter = 0
        self.counters: list[int] = []
        self.requests: list[SyncRequest] = []
        self.trust, self.trust_seq = trust, trust_seq
        self.reject: dict[int, str] = {}
        self.utc_ms = UTC_MS

    def answer(self, request: SyncRequest) -> SyncReply:
        self.requests.append(request)
        reply = SyncReply(request.device, request.counter, self.utc_ms)
        if request.counter <= self.counter:
            return replace(reply, error="E_COUNTER", expected_seq=self.counter + 1)
        self.counter = request.counter
        self.counters.append(request.counter)
        head = first_head(request.device, request.epoch)
        log = self.logs.setdefault(request.epoch, Log(heads=[head]))
        if request.have[0] < self.trust_seq:
            reply = replace(reply, trust=self.trust)
        for seq, body in request.urgent:
            assert decode_entry(body).seq == seq
            assert log.urgent.setdefault(seq, body) == body
        if request.log is None:
            return replace(reply, urgent_acked=tuple(seq for seq, _ in request.urgent))
        return self._take_log(log, request, reply)

    def _take_log(self, log: Log, request: SyncRequest, reply: SyncReply) -> SyncReply:
        part = request.log
        assert part is not None
        if part.from_seq > len(log.bodies) + 1:
            return replace(reply, error="E_LOG_GAP", expected_seq=len(log.bodies) + 1)
        assert part.prev_head == log.heads[part.from_seq - 1]
        for seq, body in enumerate(part.entries, part.from_seq):
            assert decode_entry(body).seq == seq
            if seq <= len(log.bodies):
                assert log.bodies[seq - 1] == body  # sent again: the same entry
                continue
            log.bodies.append(body)
            log.heads.append(next_head(log.heads[-1], body))
        if len(log.bodies) == part.to_seq:
            assert log.heads[-1] == part.head
        rejected = tuple(
            (seq, code)
            for seq, code in self.reject.items()
            if part.from_seq <= seq <= part.to_seq
        )
        return replace(reply, acked=log.acked, rejected=rejected)


Way = Callable[["Handler", SyncRequest, Intake], None]


class FarCentral:
    """The server. `ways` says what becomes of the next requests; honest when it is empty."""

    def __init__(self, intake: Intake | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.intake = intake or Intake()
        self.ways: deque[Way] = deque()
        self.failures: list[BaseException] = []
        self.seen = 0
        self.asked: list[bytes] = []  # for the time alone
        self.time_key, self.stale_nonce = STATUS_KEY, b""
        self.released = threading.Event()
        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.far = self  # type: ignore[attr-defined]
        self._scheme = "https" if tls else "http"
        self.host = "127.0.0.1"
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self.host}:{self._server.server_port}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        assert self.failures == []


class Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what the tests are about; the rest is in `failures`."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 10

    def do_POST(self) -> None:
        far: FarCentral = self.server.far  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        envelope = cose.parse(body)
        assert envelope is not None
        if self.path == TIME_PATH:
            self.tell_time(body, decode_time_request(envelope.payload))
            return
        way = far.ways.popleft() if far.ways else honest
        far.seen += 1
        try:
            way(self, decode_request(envelope.payload), far.intake)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True
        except Exception as exc:
            far.failures.append(exc)
            raise

    def tell_time(self, body: bytes, nonce: bytes) -> None:
        far = self.far
        far.asked.append(body)
        reply = TimeReply(far.stale_nonce or nonce, far.intake.utc_ms)
        self.send_bytes(cose.sign(encode_time_reply(reply), far.time_key))

    @property
    def far(self) -> FarCentral:
        return self.server.far  # type: ignore[attr-defined,no-any-return]

    def send(self, reply: SyncReply, key: Ed25519PrivateKey = STATUS_KEY) -> None:
        self.send_bytes(cose.sign(encode_reply(reply), key))

    def send_bytes(
        self, content: bytes, *, status: int = 200, kind: str = CONTENT_TYPE, **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def honest(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(intake.answer(request))
