"""`kiosk check` on the devices: are they there, may we open them, who else has them.

No driver and no OpenCV is loaded. A serial line is opened for a moment without waiting and
asked for the lock that the driver holds.
"""

import errno
import fcntl
import os
import stat
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.cli.check_finding import Finding, State
from kiosk.config import CameraConfig, GateConfig, ThermometerConfig
from kiosk.devices.line_holders import other_holders_of

GPIO_CHIP = Path("/dev/gpiochip0")
UNSTABLE_NAMES = ("ttyUSB", "ttyACM")  # counted up by the kernel as plugs come and go
LASTING_NAMES = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
STREAM_SCHEMES = ("http", "https", "rtsp", "rtsps")
_NOT_OPENED = {
    errno.ENOENT: "thermometer.missing",
    errno.ENXIO: "thermometer.missing",
    errno.ENODEV: "thermometer.missing",
    errno.EACCES: "thermometer.denied",
    errno.EPERM: "thermometer.denied",
    errno.EISDIR: "thermometer.folder",
    errno.EBUSY: "thermometer.busy",
    errno.EAGAIN: "thermometer.busy",
}


def check_camera(camera: CameraConfig) -> Finding:
    """Return whether the camera's source can be there; a stream is not asked."""
    source = camera.source
    if "://" in source:
        return _stream(source)
    path = Path(f"/dev/video{source}" if source.isdecimal() else source)
    if not path.exists():
        return Finding("camera", State.WRONG, "camera.missing", str(path))
    access = os.R_OK | (os.W_OK if path.is_char_device() else 0)
    if not os.access(path, access):
        return Finding("camera", State.WRONG, "camera.denied", str(path))
    return Finding("camera", State.OK, "camera.ok", str(path))


def _stream(source: str) -> Finding:
    parts = urlsplit(source)
    try:
        is_address = parts.scheme in STREAM_SCHEMES and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        is_address = False
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if not is_address:
        return Finding("camera", State.WRONG, "camera.url", shown)
    return Finding("camera", State.OK, "camera.ok", shown)


def check_readers(camera: CameraConfig) -> Finding:
    """Return whether what reads codes is installed, as `camera.reader` asks for it."""
    has_zxing = find_spec("zxingcpp") is not None
    has_zbar = find_spec("pyzbar") is not None and find_library("zbar") is not None
    wanted = camera.reader
    can_read = {"zxing": has_zxing, "pyzbar": has_zbar, "auto": has_zxing or has_zbar}
    if not can_read[wanted]:
        return Finding("readers", State.WRONG, "readers.none", wanted)
    if wanted == "auto" and not has_zbar:
        return Finding("readers", State.WARN, "readers.no_zbar")
    if wanted == "auto" and not has_zxing:
        return Finding("readers", State.WARN, "readers.no_zxing")
    used = "zxing-cpp, libzbar" if wanted == "auto" else wanted
    return Finding("readers", State.OK, "readers.ok", used)


def check_thermometer(thermometer: ThermometerConfig) -> Finding:
    """Return whether the thermometer's line is there, free, ours to open and named to last."""
    port = thermometer.port
    if thermometer.model == "none":
        return Finding("thermometer", State.WARN, "thermometer.none")
    if "://" in port:
        return Finding("thermometer", State.OK, "thermometer.ok", port)
    try:
        line = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as exc:
        return _not_opened(port, exc)
    try:
        return _line_state(line, port)
    finally:
        os.close(line)


def _not_opened(port: str, exc: OSError) -> Finding:
    code = _NOT_OPENED.get(exc.errno or 0, "thermometer.failed")
    detail = f"{port} ({exc.strerror})" if code == "thermometer.failed" else port
    if code == "thermometer.busy":
        return _busy(port)
    return Finding("thermometer", State.WRONG, code, detail)


def _line_state(line: int, port: str) -> Finding:
    if not stat.S_ISCHR(os.fstat(line).st_mode) or not os.isatty(line):
        return Finding("thermometer", State.WRONG, "thermometer.no_line", port)
    try:
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _busy(port)
    if others := other_holders_of(port):
        shared = f"{port} ({', '.join(others)})"
        return Finding("thermometer", State.WARN, "thermometer.shared", shared)
    if Path(port).name.startswith(UNSTABLE_NAMES):
        return Finding(
            "thermometer", State.WARN, "thermometer.unstable_path", with_lasting_name(port)
        )
    return Finding("thermometer", State.OK, "thermometer.ok", port)


def _busy(port: str) -> Finding:
    holders = ", ".join(other_holders_of(port))
    detail = f"{port} ({holders})" if holders else port
    return Finding("thermometer", State.WARN, "thermometer.busy", detail)


def with_lasting_name(port: str, folders: tuple[Path, ...] = LASTING_NAMES) -> str:
    """Return the port, and beside it the name under which it can always be found, if any."""
    device = Path(port).resolve()
    for folder in folders:
        for name in sorted(folder.iterdir()) if folder.is_dir() else ():
            if name.resolve() == device:
                return f"{port} ({name})"
    return port


def check_gate(gate: GateConfig) -> Finding:
    """Return whether the machine has the lines that the relay hangs on."""
    pins = f"gate.pin {gate.pin}"
    if gate.pins == "none":
        return Finding("gate", State.WARN, "gate.none")
    if gate.pins != "auto":
        return Finding("gate", State.OK, "gate.ok", gate.pins)
    if not GPIO_CHIP.exists():
        return Finding("gate", State.WRONG, "gate.no_chip", str(GPIO_CHIP))
    if not os.access(GPIO_CHIP, os.R_OK | os.W_OK):
        return Finding("gate", State.WRONG, "gate.denied", str(GPIO_CHIP))
    if find_spec("lgpio") is None:
        return Finding("gate", State.WRONG, "gate.no_library")
    return Finding("gate", State.OK, "gate.ok", pins)
