"""Spoken clips as samples: a WAV file read strictly, trimmed, made as loud as every other.

A header is not believed: what it promises must be there. Source of the format: Microsoft's
"Multimedia Programming Interface and Data Specifications 1.0", PCM alone.
"""

import io
import struct
import wave
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

SECONDS_MAX = 3.0  # of a sentence: a person at a gate hears no more
FILE_BYTES_MAX = 20_000_000  # chosen: half a minute at the finest that is recorded
RATE_HZ_MIN, RATE_HZ_MAX = 16_000, 192_000
LOUDNESS = 0.125  # root mean square while somebody speaks, of full scale: -18 dB, chosen
PEAK_MAX = 0.89  # -1 dB
KNEE = 0.6  # above it a peak is bent rather than cut
WINDOW_S = 0.02
SPOKEN = 0.06  # of the loudest window: quieter ones are the room, not the voice
SILENT = 0.004  # root mean square, of full scale: -48 dB
CLIPPED_SHARE = 0.001  # of the samples that stand at the very end of the scale
EDGE_S = 0.05  # kept before and after the voice
PAUSE_S_MAX = 0.18  # chosen: a comma takes no longer
# What the library lets out of a file that is damaged, or made to break it.
_BROKEN = (wave.Error, EOFError, ValueError, ArithmeticError, RuntimeError, struct.error)

Samples = NDArray[np.float64]


class NoClip(Exception):
    """This is no clip; `why` is a key of `cli.voice_words` and of the staff's detail."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Clip:
    """Mono samples between -1 and 1, float64 (n,), nobody writes to them."""

    samples: Samples
    rate_hz: int

    @property
    def seconds(self) -> float:
        """Return how long it lasts."""
        return len(self.samples) / self.rate_hz


def read_clip(content: bytes) -> Clip:
    """Return what a WAV file holds, its channels as one. Raises NoClip."""
    if len(content) > FILE_BYTES_MAX:
        raise NoClip("large")
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width = file.getnchannels(), file.getsampwidth()
            rate_hz, count = file.getframerate(), file.getnframes()
            raw = file.readframes(min(count, FILE_BYTES_MAX))
    except _BROKEN as exc:
        raise NoClip("format") from exc
    is_usual = channels in (1, 2) and width in (2, 3, 4)
    if not is_usual or not RATE_HZ_MIN <= rate_hz <= RATE_HZ_MAX:
        raise NoClip("format")
    if len(raw) != count * channels * width:
        raise NoClip("cut_off")
    samples = _samples(raw, width).reshape(-1, channels).mean(axis=1)
    if not len(samples):
        raise NoClip("silent")
    return Clip(samples, rate_hz)


def recorded(clip: Clip) -> Clip:
    """Return a recording fit for the gate. Raises NoClip: silent, clipped or too long."""
    if _clipped_share(clip) > CLIPPED_SHARE:
        raise NoClip("clipped")
    fit = levelled(trimmed(clip))
    if fit.seconds > SECONDS_MAX:
        raise NoClip("long")
    return fit


def trimmed(clip: Clip) -> Clip:
    """Return a clip without the silence around the voice. Raises NoClip for silence alone."""
    spoken = np.flatnonzero(_is_spoken(clip))
    if not len(spoken):
        raise NoClip("silent")
    window, edge = _window(clip), round(EDGE_S * clip.rate_hz)
    first = max(0, int(spoken[0]) * window - edge)
    last = (int(spoken[-1]) + 1) * window + edge
    return replace(clip, samples=clip.samples[first:last])


def with_short_pauses(clip: Clip) -> Clip:
    """Return a clip in which no silence between words is longer than `PAUSE_S_MAX`."""
    is_spoken, window = _is_spoken(clip), _window(clip)
    windows_max = round(PAUSE_S_MAX / WINDOW_S)
    kept, silent = [], 0
    for number, is_loud in enumerate(is_spoken):
        silent = 0 if is_loud else silent + 1
        if silent <= windows_max:
            kept.append(clip.samples[number * window : (number + 1) * window])
    return replace(clip, samples=np.concatenate(kept)) if kept else clip


def levelled(clip: Clip) -> Clip:
    """Return a clip as loud as every other, its peaks bent under the limit."""
    raised = clip.samples * (LOUDNESS / max(loudness(clip), SILENT))
    size = np.abs(raised)
    room = PEAK_MAX - KNEE
    bent = KNEE + room * np.tanh((size - KNEE) / room)
    return replace(clip, samples=np.sign(raised) * np.where(size > KNEE, bent, size))


def loudness(clip: Clip) -> float:
    """Return the root mean square while somebody speaks, of full scale."""
    power = _power(clip)
    spoken = power[_is_spoken(clip)]
    return float(np.sqrt(spoken.mean())) if len(spoken) else 0.0


def wav_bytes(clip: Clip) -> bytes:
    """Return a clip as a file: 16 bits, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(clip.rate_hz)
        target.writeframes(np.round(clip.samples * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _samples(raw: bytes, width: int) -> Samples:
    if width == 3:
        bytes_of = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        padded = np.zeros((len(bytes_of), 4), np.uint8)
        padded[:, 1:] = bytes_of
        return padded.view("<i4").reshape(-1) / float(1 << 31)
    return np.frombuffer(raw, f"<i{width}") / float(1 << (8 * width - 1))


def _window(clip: Clip) -> int:
    return round(WINDOW_S * clip.rate_hz)


def _power(clip: Clip) -> Samples:
    """Return the mean square of each window; what is left of the last one is not counted."""
    window = _window(clip)
    whole = clip.samples[: len(clip.samples) // window * window]
    mean: Samples = np.square(whole.reshape(-1, window)).mean(axis=1)
    return mean


def _is_spoken(clip: Clip) -> NDArray[np.bool_]:
    power = _power(clip)
    loudest = power.max(initial=0.0)
    if np.sqrt(loudest) < SILENT:
        return np.zeros(len(power), bool)
    return np.asarray(power > loudest * SPOKEN**2)


def _clipped_share(clip: Clip) -> float:
    return float(np.mean(np.abs(clip.samples) > 0.999))
