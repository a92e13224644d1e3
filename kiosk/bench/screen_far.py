"""Both sides of the screen's bench as children: our server, and a page as tutorials make it."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, sync_playwright

# What tutorials do: ask again and again, and write the answer into the page.
POLLING_PAGE = b"""<!doctype html><meta charset="utf-8"><title>Gate</title><h1 id="title"></h1>
<script>
setInterval(async () => {
  const state = await (await fetch("/state")).json();
  document.body.style.background = state.color;
  if (title.textContent !== state.text) title.textContent = state.text;
}, 100);
</script>"""


# As systemd/kiosk-screen.service starts it, but for the sandbox: benches run as root, too.
FLAGS = [
    "--no-sandbox",
    "--disable-features=Translate,MediaRouter,OptimizationHints,"
    "SpareRendererForSitePerProcess,AudioServiceOutOfProcess,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
    "--enable-features=NetworkServiceInProcess2",
    "--renderer-process-limit=1",
    "--disable-extensions",
    "--disable-gpu",
]
CHROMIUM = "/usr/bin/chromium"


@contextlib.contextmanager
def browser_here() -> Iterator[Browser]:
    """Run the distribution's browser until the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass(slots=True)
class Ours:
    """Our server in a process of its own."""

    url: str
    before_mb: float  # of that process before it served
    process: subprocess.Popen[str]

    def show(self, state: str) -> float:
        """Show a state. Returns the wall-clock second at which it was handed over."""
        return float(self._ask(state))

    def memory_mb(self) -> float:
        """Return the memory of that process now."""
        return float(self._ask("memory"))

    def _ask(self, line: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@contextlib.contextmanager
def ours() -> Iterator[Ours]:
    """Run our server until the end of the block."""
    command = [sys.executable, "-m", "kiosk.bench.screen_child"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        url, before_mb = process.stdout.readline().split()
        try:
            yield Ours(url, float(before_mb), process)
        finally:
            process.stdin.close()


class Polled:
    """The tutorial's state: what its page asks for ten times a second."""

    def __init__(self) -> None:
        self.url = ""
        self._state = b"{}"

    def show(self, text: str) -> float:
        """Change the state. Returns the wall-clock second at which it was changed."""
        at_s = time.time()
        self._state = json.dumps({"text": text, "color": "#69e0a3"}).encode()
        return at_s

    def answer(self, path: str) -> tuple[str, bytes]:
        """Return what is served at a path."""
        return ("application/json", self._state) if path == "/state" else (
            "text/html; charset=utf-8", POLLING_PAGE,
        )  # fmt: skip


@contextlib.contextmanager
def polled() -> Iterator[Polled]:
    """Serve the tutorial's page until the end of the block."""
    state = Polled()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with the page or the state."""
            kind, body = state.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
