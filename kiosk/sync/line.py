"""HTTP connections that can be cut from outside.

The time-outs of requests count from byte to byte: a server that sends one byte a second,
headers too, holds a call for ever. So each connection is known by its socket, and one
alarm shuts them when the exchange has lasted long enough.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

Judge = Callable[[bytes], None]  # of a server's certificate (DER); raises ssl.SSLError
NO_CHECK_TIME = 0x200000  # <openssl/x509_vfy.h>: X509_V_FLAG_NO_CHECK_TIME
USER_TIMEOUT_MS = 20_000  # chosen: unanswered bytes end a half-open connection
_OPTIONS = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS),
]


class Alarm:
    """Shuts every connection it knows when it goes off. One exchange at a time."""

    def __init__(self) -> None:
        self._lines: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._has_rung = False

    def set(self, seconds: float) -> None:
        """Go off after `seconds` unless it is stopped before."""
        self._has_rung = False
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> bool:
        """Stop, and return whether it had gone off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        self._timer = None
        return self._has_rung

    def know(self, line: socket.socket) -> None:
        """Add a connection; one that comes after the bell is shut at once."""
        with self._lock:
            self._lines.add(line)
            if self._has_rung:
                _shut(line)

    def _ring(self) -> None:
        with self._lock:
            self._has_rung = True
            for line in self._lines:
                _shut(line)


def _shut(line: socket.socket) -> None:
    """Shut the connection below any TLS: that layer belongs to the thread that reads."""
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already


class CuttableAdapter(HTTPAdapter):
    """The transport of a session whose connections `alarm` may cut; it never tries again.

    With a `judge` OpenSSL checks all of a certificate but its dates, which it would hold
    against the system's clock; the judge says whether they are good before anything is sent.
    """

    def __init__(self, alarm: Alarm, judge: Judge | None = None) -> None:
        self._alarm, self._judge = alarm, judge
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        """Set up the pools with connections of our own kind."""
        if self._judge is not None:
            options["ssl_context"] = _context_without_dates()
        super().init_poolmanager(*sizes, socket_options=_OPTIONS, **options)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._alarm, self._judge)


def system_authorities() -> str | bool:
    """Return the file of authorities that this machine believes and its updates keep.

    Where the system has none, True: those that the library brought.
    """
    return ssl.get_default_verify_paths().cafile or True


def _context_without_dates() -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.verify_flags |= NO_CHECK_TIME
    return context


def _pool_classes(alarm: Alarm, judge: Judge | None) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            alarm.know(self.sock)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            alarm.know(self.sock)
            if judge is not None:
                assert isinstance(self.sock, ssl.SSLSocket)  # no proxy between
                judge(self.sock.getpeercert(binary_form=True) or b"")

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
