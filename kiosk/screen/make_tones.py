"""Make the three tones of the resident page: go on, do something, a person comes to you.

    python -m kiosk.screen.make_tones

Ground tones lie between 500 and 1,000 Hz and nothing of note above 4,000 Hz, where old ears
still hear; each note lasts 100 to 150 ms. Two rising notes for good, one note twice for
attention, two slow falling ones for a person who comes. All three are equally loud.
"""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TONES = Path(__file__).parent / "static" / "tones"
RATE_HZ = 48_000
FADE_S = 0.012  # chosen: starts and ends without a click
LEVEL = 0.25  # root mean square of a held note, of full scale: about -12 dB
OVERTONES = (1.0, 0.3, 0.1)  # chosen: rounder than a bare sine, and heard on a small speaker


@dataclass(frozen=True, slots=True)
class Note:
    """A held note, then silence."""

    pitch_hz: float
    held_s: float
    rest_s: float


TUNES: dict[str, tuple[Note, ...]] = {
    "good": (Note(660.0, 0.11, 0.02), Note(880.0, 0.14, 0.02)),
    "attention": (Note(784.0, 0.11, 0.08), Note(784.0, 0.11, 0.02)),
    "stop": (Note(659.0, 0.15, 0.14), Note(523.0, 0.15, 0.02)),
}


def sound(note: Note) -> NDArray[np.float64]:
    """Return `note` as samples between -1 and 1, float64 (n,), `RATE_HZ` a second."""
    at_s = np.arange(round(note.held_s * RATE_HZ)) / RATE_HZ
    turns = 2 * np.pi * note.pitch_hz * at_s
    held = sum(part * np.sin(n * turns) for n, part in enumerate(OVERTONES, start=1))
    held *= LEVEL / np.sqrt(np.sum(np.square(OVERTONES)) / 2)
    edge_s = np.minimum(at_s, at_s[::-1])
    held *= np.sin(np.pi / 2 * np.minimum(1, edge_s / FADE_S)) ** 2
    return np.concatenate([held, np.zeros(round(note.rest_s * RATE_HZ))])


def write(name: str, folder: Path) -> Path:
    """Write the tune `name` into `folder` as 16-bit mono WAV and return its path."""
    samples = np.concatenate([sound(note) for note in TUNES[name]])
    file = folder / f"{name}.wav"
    with wave.open(str(file), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE_HZ)
        target.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return file


def main() -> None:
    """Write all tunes to where the pages look for them."""
    TONES.mkdir(parents=True, exist_ok=True)
    for name in TUNES:
        file = write(name, TONES)
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
