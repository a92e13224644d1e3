"""Every trap of pyserial, over a real pseudo-terminal: there, taken, forbidden, unplugged."""

import fcntl
import itertools
import os
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from kiosk.devices.line_holders import holders_of, other_holders_of
from kiosk.devices.serial_line import SerialLine, open_line
from kiosk.errors import DeviceBusy, DeviceDenied, DeviceLost, DeviceMissing

HOLD = """
import os, sys
line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
if sys.argv[2] == "lock":
    import fcntl
    fcntl.flock(line, fcntl.LOCK_EX)
if sys.argv[2] == "exclusive":
    import fcntl, termios
    fcntl.ioctl(line, termios.TIOCEXCL)
print("held", flush=True)
sys.stdin.read()
"""
NOBODY = 65534
UNLOCK = 0x40045431  # TIOCSPTLCK of <asm-generic/ioctls.h>


class Socket:
    """The far end of a raw pseudo-terminal; closing it is pulling the plug."""

    def __init__(self) -> None:
        self.far, near = os.openpty()
        tty.setraw(near)
        self.path = os.ttyname(near)
        os.close(near)
        self._is_plugged = True

    def send(self, chunk: bytes) -> None:
        """Let bytes come."""
        os.write(self.far, chunk)

    def unplug(self) -> None:
        """Pull the plug. May be called again."""
        if self._is_plugged:
            self._is_plugged = False
            os.close(self.far)


@pytest.fixture
def socket() -> Iterator[Socket]:
    far_end = Socket()
    yield far_end
    far_end.unplug()


@pytest.fixture
def line(socket: Socket) -> Iterator[SerialLine]:
    with closing(open_line(socket.path, baud=9600)) as opened:
        yield opened


@contextmanager
def another_program(path: str, how: str) -> Iterator[int]:
    """Run a program that has the line open; yield its pid."""
    command = [sys.executable, "-c", HOLD, path, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"held\n"
        yield program.pid
        program.communicate()


@contextmanager
def somebody_else(path: str, mode: int) -> Iterator[None]:
    """Be a user who is not root, to whom `mode` of `path` applies."""
    Path(path).chmod(mode)
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def read_all(line: SerialLine, seconds: float) -> bytes:
    got = b""
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        got += line.read_chunk()
    return got


def test_bytes_go_both_ways(socket: Socket, line: SerialLine) -> None:
    socket.send(b"\x00\xff\x11\x13\r\n")  # XON, XOFF and ends of lines among them
    assert read_all(line, 0.15) == b"\x00\xff\x11\x13\r\n"
    line.write(b"\xa5\x45\xea\r\n\x04")
    assert os.read(socket.far, 64) == b"\xa5\x45\xea\r\n\x04"


def test_what_came_before_it_was_opened_is_thrown_away(socket: Socket) -> None:
    socket.send(b"garbage of an hour ago" * 20)
    with closing(open_line(socket.path, baud=9600)) as line:
        assert read_all(line, 0.15) == b""
        socket.send(b"now")
        assert read_all(line, 0.15) == b"now"


def test_a_wait_is_never_longer_than_was_said(line: SerialLine) -> None:
    began_s = time.monotonic()
    assert line.read_chunk() == b""
    assert line.read_exactly(9, 0.2) is None
    assert time.monotonic() - began_s < 0.6


def test_a_part_of_an_answer_is_thrown_away_with_the_rest(
    socket: Socket, line: SerialLine
) -> None:
    socket.send(b"\x04")
    assert line.read_exactly(2, 0.1) is None
    socket.send(b"\x05\x55\x01")
    assert line.read_exactly(2, 0.1) == b"\x05\x55"
    assert line.received_bytes == 3
    assert line.drain() == 1
    assert line.drain() == 0
    assert line.received_bytes == 4


def test_one_chunk_has_a_limit(socket: Socket, line: SerialLine) -> None:
    def flood() -> None:
        for _ in range(64):
            socket.send(b"x" * 256)

    sender = threading.Thread(target=flood)
    sender.start()
    sizes: list[int] = []
    while sum(sizes) < 64 * 256:
        sizes.append(len(line.read_chunk()))
        assert sizes[-1] > 0
    sender.join()
    assert max(sizes) <= 4096


CALLS: dict[str, Callable[[SerialLine], object]] = {
    "read": lambda line: line.read_chunk(),
    "read_exactly": lambda line: line.read_exactly(4, 0.3),
    "write": lambda line: line.write(b"\xa5\x45\xea"),
    "discard": lambda line: line.discard(),
    "drain": lambda line: line.drain(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_an_unplugged_line_is_lost_whatever_is_done_with_it(
    socket: Socket, line: SerialLine, call: Callable[[SerialLine], object]
) -> None:
    socket.unplug()
    for _ in range(3):
        with pytest.raises(DeviceLost, match="thermometer"):
            call(line)
    line.close()
    with pytest.raises(DeviceLost):
        call(line)


@pytest.mark.parametrize("name", ["read", "read_exactly"])
def test_a_plug_that_is_pulled_during_a_read_ends_it(
    socket: Socket, line: SerialLine, name: str
) -> None:
    threading.Timer(0.05, socket.unplug).start()
    began_s = time.monotonic()
    with pytest.raises(DeviceLost):
        for _ in range(20):
            CALLS[name](line)
    assert time.monotonic() - began_s < 1.0


def test_a_line_that_takes_nothing_any_more_is_lost_and_not_waited_for(
    socket: Socket, line: SerialLine
) -> None:
    began_s = time.monotonic()
    with pytest.raises(DeviceLost):
        for _ in range(100):
            line.write(b"x" * 1024)
    assert time.monotonic() - began_s < 2.0
    assert os.read(socket.far, 1) == b"x"


def test_a_plug_that_is_pulled_during_a_write_ends_it(socket: Socket, line: SerialLine) -> None:
    threading.Timer(0.1, socket.unplug).start()
    with pytest.raises(DeviceLost):
        for _ in range(100):
            line.write(b"x" * 1024)


def test_closing_twice_and_after_the_plug_was_pulled_is_no_error(
    socket: Socket, line: SerialLine
) -> None:
    socket.unplug()
    line.close()
    line.close()
    assert not line.port.is_open


def test_a_second_opener_is_told_who_has_the_line(socket: Socket, line: SerialLine) -> None:
    with another_program(socket.path, "open") as pid:
        with pytest.raises(DeviceBusy, match="held by"):
            open_line(socket.path, baud=9600)
        assert [h.partition("(")[2] for h in holders_of(socket.path)] == [f"pid {pid})"]
    socket.send(b"still ours")
    assert read_all(line, 0.15) == b"still ours"


def test_a_line_that_another_program_locked_names_it(socket: Socket) -> None:
    with another_program(socket.path, "lock") as pid:
        with pytest.raises(DeviceBusy) as caught:
            open_line(socket.path, baud=9600)
        assert caught.value.detail.startswith(f"{socket.path} is held by python")
        assert f"(pid {pid})" in caught.value.detail
        assert holders_of(socket.path) == other_holders_of(socket.path) != ()
    open_line(socket.path, baud=9600).close()


def test_who_reads_along_is_named_when_reading_fails(socket: Socket, tmp_path: Path) -> None:
    other = Socket()
    path = tmp_path / "thermometer"
    path.symlink_to(socket.path)
    with (
        another_program(other.path, "open") as pid,
        closing(open_line(str(path), baud=9600)) as line,
    ):
        path.unlink()
        path.symlink_to(other.path)  # it came back, and somebody was quicker
        socket.unplug()
        with pytest.raises(DeviceLost, match=rf"also open in python.*pid {pid}"):
            line.read_chunk()
    other.unplug()


def test_nobody_holds_what_is_no_line(tmp_path: Path, socket: Socket) -> None:
    assert holders_of(str(tmp_path)) == holders_of(str(tmp_path / "none")) == ()
    assert holders_of("socket://127.0.0.1:9\0") == ()
    assert holders_of(socket.path) == ()
    with closing(open_line(socket.path, baud=9600)):
        assert f"(pid {os.getpid()})" in holders_of(socket.path)[0]
        assert other_holders_of(socket.path) == ()


@pytest.fixture
def two_terminals(tmp_path: Path) -> Iterator[list[Path]]:
    """Give the pseudo-terminals number 0 of two mounts: one device number, two lines."""
    with ExitStack() as opened:
        terminals = []
        for name in ("ours", "container"):
            (tmp_path / name).mkdir()
            if not _mount_terminals(tmp_path / name):
                pytest.skip("pseudo-terminals cannot be mounted here")
            opened.callback(subprocess.run, ["umount", "-l", tmp_path / name], check=True)
            far = os.open(tmp_path / name / "ptmx", os.O_RDWR | os.O_NOCTTY)
            opened.callback(os.close, far)
            fcntl.ioctl(far, UNLOCK, b"\0\0\0\0")
            terminals.append(tmp_path / name / "0")
        yield terminals


def _mount_terminals(folder: Path) -> bool:
    command = ["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=600", "devpts"]
    return os.geteuid() == 0 and not subprocess.run([*command, folder], check=False).returncode


def test_who_holds_a_containers_terminal_of_the_same_number_does_not_hold_ours(
    two_terminals: list[Path],
) -> None:
    ours, other = two_terminals
    assert ours.stat().st_rdev == other.stat().st_rdev
    with another_program(str(other), "open") as pid:
        assert holders_of(str(ours)) == ()
        assert f"(pid {pid})" in holders_of(str(other))[0]


def test_a_user_without_rights_is_denied(socket: Socket) -> None:
    with somebody_else(socket.path, 0), pytest.raises(DeviceDenied, match="dialout"):
        open_line(socket.path, baud=9600)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.mkdir(), "is a folder, not a serial line"),
        (lambda path: path.touch(), "is a file, not a serial line"),
        (lambda path: path.symlink_to("/dev/null"), "is no serial line"),
        (lambda path: path.symlink_to("/dev/nothing/there"), "is not there"),
        (lambda path: None, "is not there"),
    ],
)
def test_what_is_no_line_says_what_it_is(
    tmp_path: Path, make: Callable[[Path], None], says: str
) -> None:
    path = tmp_path / "line"
    make(path)
    with pytest.raises(DeviceMissing) as caught:
        open_line(str(path), baud=9600)
    assert caught.value.detail == f"{path} {says}"
    assert type(caught.value) is DeviceMissing


def test_an_address_nobody_knows_is_missing() -> None:
    with pytest.raises(DeviceMissing, match="does not open"):
        open_line("telegraph://thermometer", baud=9600)


def test_a_line_may_have_parity_and_two_stop_bits(socket: Socket) -> None:
    with closing(open_line(socket.path, baud=19200, parity="E", stop_bits=2)) as line:
        assert (line.port.parity, line.port.stopbits, line.port.baudrate) == ("E", 2, 19200)
        socket.send(b"even")
        assert read_all(line, 0.15) == b"even"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_hundred_openings_leave_no_file_open(socket: Socket, tmp_path: Path) -> None:
    before = open_files()
    for _ in range(100):
        open_line(socket.path, baud=9600).close()
    assert open_files() == before
    for path in itertools.repeat(str(tmp_path), 20):
        with pytest.raises(DeviceMissing):
            open_line(path, baud=9600)
    with closing(open_line(socket.path, baud=9600)):
        for _ in range(20):
            with pytest.raises(DeviceBusy):
                open_line(socket.path, baud=9600)
    assert open_files() == before


def test_a_hundred_lost_lines_leave_no_file_open() -> None:
    before = open_files()
    for _ in range(100):
        far_end = Socket()
        line = open_line(far_end.path, baud=9600)
        far_end.unplug()
        with pytest.raises(DeviceLost):
            line.read_chunk()
        line.close()
    assert open_files() == before


def test_a_line_that_was_made_exclusive_by_the_kernel_is_busy(socket: Socket) -> None:
    with another_program(socket.path, "exclusive") as pid, somebody_else(socket.path, 0o666):
        with pytest.raises(DeviceBusy) as caught:
            open_line(socket.path, baud=9600)
        holder = caught.value.detail.removeprefix(f"{socket.path} is held by ")
        assert holder in ("another program", f"python (pid {pid})", f"python3 (pid {pid})")
