"""What the far ends have sent, as the demo's page shows it. Pure, but for the small picture."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from kiosk.runtime.demo_words import SILENT
from kiosk.simulate.camera import StreamCamera

OLD_S = 1.0  # a picture or packet older than this is none
CURVE_S = 12.0
OPEN_S = 5.0  # chosen: so long a barrier stays up after a pulse when nobody goes through
CLOSES_AFTER_S = 1.2
PICTURE_QUALITY = 75
HEADER = b"\x5a\x5a\x45\x04"  # of the module's packets, by its data sheet
PACKET_BYTES = 9


def gate_tile(
    pulses: Sequence[tuple[float, int]], went_through_s: float, now_s: float
) -> dict[str, Any]:
    """Return whether the barrier is up: it opens by a pulse and falls by its own timer."""
    opened_s = max((at_s for at_s, level in pulses if level), default=-OPEN_S)
    is_through = opened_s <= went_through_s < now_s - CLOSES_AFTER_S
    is_open = now_s - opened_s < OPEN_S and not is_through
    return {"is_open": is_open, "relay": pulses[-1][1] if pulses else 0}


def camera_tile(camera: StreamCamera, *, is_kiosk_up: bool, now_s: float) -> dict[str, Any]:
    """Return which picture went out last, or why none does."""
    sent = camera.last_sent()
    is_live = sent is not None and now_s - sent[0] < OLD_S
    why = SILENT["camera"] if is_kiosk_up else SILENT["nobody_looks"]
    return {"is_live": is_live, "said": None if is_live else why}


def small_picture(camera: StreamCamera) -> bytes | None:
    """Return the last frame that went out, half as wide, as JPEG; None: none is fresh."""
    sent = camera.last_sent()
    return None if sent is None else _halved(sent[1])


@lru_cache(maxsize=32)
def _halved(jpeg: bytes) -> bytes:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_2)
    if picture is None:
        return b""
    quality = [cv2.IMWRITE_JPEG_QUALITY, PICTURE_QUALITY]
    return cv2.imencode(".jpg", picture, quality)[1].tobytes()


def thermometer_tile(sent: Sequence[tuple[float, bytes]], now_s: float) -> dict[str, Any]:
    """Return the curve of the last seconds, the last bytes, and what they mean."""
    at_s, chunk = sent[-1] if sent else (0.0, b"")
    is_live = now_s - at_s < OLD_S
    values = _celsius(chunk)
    is_sound = is_live and values is not None
    why = None if is_sound else SILENT["noise" if is_live else "thermometer"]
    curve = [
        (round(at_s - now_s, 1), None if (pair := _celsius(chunk)) is None else pair[0])
        for at_s, chunk in sent
        if now_s - at_s < CURVE_S
    ]
    return {
        "is_live": is_live,
        "said": why,
        "bytes": chunk[: 2 * PACKET_BYTES].hex(" "),
        "object_c": values[0] if values is not None and is_live else None,
        "ambient_c": values[1] if values is not None and is_live else None,
        "curve": curve,
    }


def _celsius(packet: bytes) -> tuple[float, float] | None:
    """Return object and ambient temperature of a sound packet, Celsius."""
    is_packet = len(packet) == PACKET_BYTES and packet.startswith(HEADER)
    if not is_packet or sum(packet[:-1]) % 256 != packet[-1]:
        return None
    words = (packet[4:6], packet[6:8])
    object_c, ambient_c = (int.from_bytes(w, "big", signed=True) / 100 for w in words)
    return object_c, ambient_c
