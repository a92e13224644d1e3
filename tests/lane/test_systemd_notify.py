"""What systemd hears from a real kiosk: ready, alive, stopping."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.lane.rig import open_rig

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """systemd's end of the notify socket."""
    path = str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line:
        line.bind(path)
        line.settimeout(10.0)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        yield line


def test_systemd_hears_ready_then_the_watchdog_then_the_stop(
    tmp_path: Path, heard: socket.socket
) -> None:
    with open_rig(tmp_path / "site") as rig:
        assert heard.recv(200) == b"READY=1"
        assert heard.recv(200) == b"WATCHDOG=1"
        rig.wait_for_page("idle")
        assert rig.kiosk.stop() == 0
        message = heard.recv(200)
        while message == b"WATCHDOG=1":
            message = heard.recv(200)
        assert message == b"STOPPING=1"
