"""One exchange with central: a signed request out, a checked reply back, or a named failure.

Whoever answers without central's signature is not central: a page at a cafe's wifi answers
200, too. The reply must echo our device and the counter of this very request, so an old
one is worth nothing, and the time in it is safe to take.
"""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import HTTPError

from kiosk.config import CentralConfig
from kiosk.errors import (
    BadUpdate,
    CaptivePortal,
    CertificateDates,
    MessageError,
    ServerBusy,
    ServerRefused,
    ServerUnreachable,
)
from kiosk.passes import cose
from kiosk.sync import dates, time_asked
from kiosk.sync.identity import Identity
from kiosk.sync.line import Alarm, CuttableAdapter, Judge, system_authorities
from kiosk.timing import Clock
from kiosk.wire import (
    CONTENT_TYPE,
    REPLY_BYTES_MAX,
    SYNC_PATH,
    SyncReply,
    SyncRequest,
    decode_reply,
    encode_request,
)

KEEP_S = 2.0  # chosen: below the 5 s after which common servers drop an idle connection
_CHUNK_BYTES = 65_536
_GZIP_LEVEL = 6
_BUSY = (429, 503)
_TOO_BIG, _LOGIN_WANTED = 413, 511


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an exchange may take. The whole stays below the 8 s that a stop may take."""

    connect_s: float = 3.0
    read_s: float = 5.0  # between two bytes
    total_s: float = 7.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that is central's and answers this request."""

    reply: SyncReply
    mid_s: float  # the monotonic second half way between sending and hearing
    took_s: float


class Line:
    """The way to central over HTTP. One thread owns it."""

    def __init__(self, config: CentralConfig, limits: Limits) -> None:
        self._url, self._limits = config.url, limits
        self._alarm = Alarm()
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no netrc: what is configured, alone
        self._session.verify = config.ca_file or system_authorities()
        self._session.headers.clear()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, CuttableAdapter(self._alarm))

    def judge_dates(self, judge: Judge) -> None:
        """Let `judge` look at the dates of certificates from now on, in OpenSSL's place."""
        self._session.close()
        self._session.mount("https://", CuttableAdapter(self._alarm, judge))

    def post(self, path: str, body: bytes) -> bytes:
        """Return the bytes of an answer that looks like central's.

        Raises ServerUnreachable, CaptivePortal, ServerBusy, BadUpdate, or ServerRefused
        with E_TOO_BIG when a server on the way finds the request too long.
        """
        packed = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        headers = {"Content-Type": CONTENT_TYPE, "Accept-Encoding": "identity"}
        if len(packed) < len(body):
            headers["Content-Encoding"] = "gzip"
            body = packed
        times = (self._limits.connect_s, self._limits.read_s)
        with (
            self._bounded(),
            self._session.post(
                self._url + path,
                data=body,
                headers=headers,
                timeout=times,
                stream=True,
                allow_redirects=False,
            ) as response,
        ):
            _check_head(response)
            return _read(response)

    def close(self) -> None:
        """Drop the connection. May be called again."""
        self._session.close()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """Bound the whole exchange, and name what the libraries raise in it."""
        self._alarm.set(self._limits.total_s)
        try:
            yield
        except (requests.RequestException, HTTPError, OSError) as exc:
            has_rung = self._alarm.stop()
            self._session.close()
            words = f"no whole answer in {self._limits.total_s:g} s"
            if dates.is_about_dates(cause := _innermost(exc)):
                raise CertificateDates(_in_words(cause)) from exc
            raise ServerUnreachable(
                words if has_rung else _in_words(cause),
                is_slow=has_rung or isinstance(exc, requests.ReadTimeout),
            ) from exc
        finally:
            self._alarm.stop()


class Client:
    """Signed requests to central, and its checked answers. One thread owns it."""

    def __init__(
        self, config: CentralConfig, identity: Identity, clock: Clock, limits: Limits
    ) -> None:
        self._line = Line(config, limits)
        self._url, self._limits = config.url, limits
        self._identity, self._clock = identity, clock
        self._keys = {cose.kid_of(identity.status_public): identity.status_public}
        self._used_s = clock.mono_s()

    def exchange(self, request: SyncRequest) -> Answer:
        """Send `request` and return central's answer. Raises what `Line.post` raises."""
        body = cose.sign(encode_request(request), self._identity.private)
        if self._clock.mono_s() - self._used_s > KEEP_S:
            self._line.close()
        sent_s = self._clock.mono_s()
        content = self._line.post(SYNC_PATH, body)
        self._used_s = self._clock.mono_s()
        took_s = self._used_s - sent_s
        return Answer(self._open(content, request), sent_s + took_s / 2, took_s)

    def ask_time(self) -> time_asked.TimeTold:
        """Return central's time, whoever carries it. Raises what `ask_time` raises."""
        total_s = self._limits.total_s
        return time_asked.ask_time(self._url, self._identity, self._clock, total_s=total_s)

    def judge_dates(self) -> None:
        """Hold certificates against our clock from now on, in place of the system's."""
        self._line.judge_dates(lambda der: dates.judge_dates(der, self._clock.now().utc))

    def close(self) -> None:
        """Drop the connection. May be called again."""
        self._line.close()

    def _open(self, content: bytes, request: SyncRequest) -> SyncReply:
        payload = cose.open_envelope(content, self._keys)
        if payload is None:
            raise BadUpdate("the answer is not signed by our central")
        try:
            reply = decode_reply(payload)
        except MessageError as exc:
            raise BadUpdate(f"the answer is signed, but has another shape: {exc}") from exc
        if (reply.device, reply.counter) != (request.device, request.counter):
            raise BadUpdate("the answer belongs to another request")
        return reply


def _check_head(response: requests.Response) -> None:
    """Let an answer of central's kind pass, whatever its status; name any other."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    status = response.status_code
    if kind == CONTENT_TYPE and coding == "identity" and not 300 <= status < 400:
        return
    if status in _BUSY:
        raise ServerBusy(f"answered {status}", _patience_s(response))
    if status == _TOO_BIG:
        raise ServerRefused("E_TOO_BIG")
    if status >= 500 and status != _LOGIN_WANTED:
        raise ServerUnreachable(f"answered {status}")
    raise CaptivePortal(f"answered {status} with {kind or 'no type'}")


def _read(response: requests.Response) -> bytes:
    """Return the body, as it came over the line."""
    content = bytearray()
    while chunk := response.raw.read(_CHUNK_BYTES, decode_content=False):
        content += chunk
        if len(content) > REPLY_BYTES_MAX:
            raise BadUpdate(f"the answer is longer than {REPLY_BYTES_MAX} bytes")
    return bytes(content)


def _patience_s(response: requests.Response) -> float | None:
    """Return a Retry-After in seconds; a date counts from the server's own clock, not ours."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        return (until - parsedate_to_datetime(response.headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None


def _innermost(exc: BaseException) -> BaseException:
    """Return what is behind it all: the outer ones only repeat the address."""
    while inner := exc.__cause__ or exc.__context__:
        exc = inner
    return exc


def _in_words(cause: BaseException) -> str:
    return f"{type(cause).__name__}: {cause}"[:200]
