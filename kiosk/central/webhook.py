"""The webhook: central tells another server that a fever or an incident waits for a name.

`POST` of JSON: {v, case, kind, gate, opened, calls, level, role, link}; never a name, never a
temperature. Headers: X-Gate-Timestamp is the UTC second; X-Gate-Signature is "sha256=" and
the hexadecimal HMAC-SHA256, under the shared secret, of the timestamp, a full stop, and the
body; X-Gate-Delivery is case, level, and how many times this call was begun.

The other side may hang, lie, send elsewhere or never stop talking: a call lasts TOTAL_S, is
never sent on to another address, and of the answer only the status is read.
"""

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from kiosk.central.cases_calls import Call
from kiosk.errors import ConfigError

TOTAL_S, CONNECT_S = 10.0, 5.0
URL_CHARS_MAX = 500
SECRET_BYTES_MIN = 16
VERSION = 1
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class CallFailed(Exception):
    """The receiver did not take a call; the text says what came instead."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where calls go, and the secret that both sides have."""

    url: str
    secret: bytes

    def __repr__(self) -> str:
        """Return the address without what may be a key in its path."""
        return f"Receiver({urlsplit(self.url).hostname})"


def check_url(url: str) -> str:
    """Return an address that calls may go to: https, or this machine. Raises ConfigError."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as exc:
        raise ConfigError([f"webhook: {exc}"]) from exc
    is_plain = url.isascii() and url.isprintable() and " " not in url
    is_own = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not is_plain or len(url) > URL_CHARS_MAX or parts.fragment:
        raise ConfigError(["webhook: an address of up to 500 plain characters"])
    if parts.username is not None or not parts.hostname:
        raise ConfigError(["webhook: an address without a name and a password in it"])
    if parts.scheme != "https" and not is_own:
        raise ConfigError(["webhook: https, or http to this machine alone"])
    return url


def body_of(call: Call, link: str) -> bytes:
    """Return what the receiver is told."""
    opened = datetime.fromtimestamp(call.opened_ms / 1000, UTC)
    told = {
        "v": VERSION,
        "case": call.case,
        "kind": call.kind,
        "gate": call.gate,
        "opened": opened.isoformat(timespec="seconds"),
        "calls": call.strength,
        "level": call.level,
        "role": call.role,
        "link": link,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def signature_of(secret: bytes, now_s: int, body: bytes) -> str:
    """Return the header by which a receiver knows that it is us, and when."""
    digest = hmac.new(secret, f"{now_s}.".encode() + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def make_call(
    receiver: Receiver, call: Call, link: str, now_s: int, *, total_s: float = TOTAL_S
) -> None:
    """Tell the receiver. Raises CallFailed unless it answers with 2xx in time."""
    body = body_of(call, link)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Gate-Timestamp": str(now_s),
        "X-Gate-Signature": signature_of(receiver.secret, now_s, body),
        "X-Gate-Delivery": f"{call.case}-{call.level}-{call.serial}",
        "Connection": "close",
    }
    parts = urlsplit(check_url(receiver.url))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _line_to(receiver.url, total_s) as line:
        line.request("POST", path, body, headers)
        status = line.getresponse().status
    if not 200 <= status < 300:
        raise CallFailed(f"answered {status}")


@contextmanager
def _line_to(url: str, total_s: float) -> Iterator[http.client.HTTPConnection]:
    """Give a connection that ends after `total_s`, whatever the other side does."""
    parts, timeout_s = urlsplit(url), min(CONNECT_S, total_s)
    host = parts.hostname or ""
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        line = http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=context)
    else:
        line = http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
    has_rung = threading.Event()
    alarm = threading.Timer(total_s, _cut, (line, has_rung))
    alarm.daemon = True
    alarm.start()
    try:
        yield line
        if has_rung.is_set():
            raise TimeoutError  # what was cut off is no answer
    except (OSError, http.client.HTTPException, ValueError) as exc:
        late = has_rung.is_set() or isinstance(exc, TimeoutError)
        why = f"no answer in {total_s:g} s" if late else f"{type(exc).__name__}: {exc}"
        raise CallFailed(why[:200]) from exc
    finally:
        alarm.cancel()
        line.close()


def _cut(line: http.client.HTTPConnection, has_rung: threading.Event) -> None:
    has_rung.set()
    sock: socket.socket | None = line.sock
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it ended by itself
