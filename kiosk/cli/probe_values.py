"""What each device says, value by value, for `kiosk probe`."""

import time
from collections.abc import Generator
from contextlib import closing
from typing import Any

import numpy as np

from kiosk.config import Config
from kiosk.devices import catalogue
from kiosk.errors import DeviceFault, DeviceMissing
from kiosk.ports import GreyImage
from kiosk.screen.speech import spoken_sentences
from kiosk.screen.speech_engine import SpeechFailed, find_engine, render
from kiosk.screen.speech_wav import loudness
from kiosk.screen.words import load_words
from kiosk.timing import Clock

PACKET_S, CAPTURE_S = 3.0, 5.0
LOOK_S = 0.5  # at the passage contact
Values = Generator[dict[str, Any], None, None]


def camera_values(config: Config, clock: Clock) -> Values:
    """Yield what each frame is and holds. Raises DeviceError."""
    finder = catalogue.open_finder(config.camera)
    with closing(catalogue.open_camera(config.camera, clock)) as camera:
        while True:
            frame = camera.capture(CAPTURE_S)
            age_ms = (clock.mono_s() - frame.at_s) * 1000
            height, width = frame.grey.shape
            yield {
                "width": width,
                "height": height,
                "age_ms": round(age_ms, 1),
                "sharpness": round(sharpness(frame.grey), 1),
                "codes": [code.text for code in finder.find(frame)],
            }


def sharpness(grey: GreyImage) -> float:
    """Return the variance of the image's second derivative: small when out of focus."""
    image = grey.astype(np.float32)
    around = image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:]
    return float(np.var(around - 4 * image[1:-1, 1:-1]))


def thermometer_values(config: Config, clock: Clock) -> Values:
    """Yield each sample, Celsius. Raises DeviceError."""
    with closing(catalogue.open_thermometer(config.thermometer, clock)) as thermometer:
        while True:
            for sample in thermometer.read(PACKET_S):
                yield {
                    "at_s": round(sample.at_s, 3),
                    "object_c": sample.object_c,
                    "ambient_c": sample.ambient_c,
                }


def gate_values(config: Config, clock: Clock) -> Values:
    """Open the gate once, then yield whether somebody went through. Raises DeviceError."""
    with closing(catalogue.open_gate(config.gate, clock)) as gate:
        gate.pulse()
        while True:
            yield {"at_s": round(clock.mono_s(), 3), "has_passed": gate.take_passage()}
            time.sleep(LOOK_S)


def voice_values(config: Config, clock: Clock) -> Values:
    """Yield how long each sentence is and took to render. Raises DeviceError."""
    try:
        engine = find_engine()
        if engine is None:
            raise DeviceMissing("voice", "there is no espeak-ng")
        for sentence in spoken_sentences(load_words()):
            began_s = clock.mono_s()
            clip = render(engine, sentence)
            yield {
                "key": sentence.name,
                "engine": engine.name,
                "seconds": round(clip.seconds, 2),
                "took_ms": round((clock.mono_s() - began_s) * 1000),
                "loudness_db": round(20 * float(np.log10(loudness(clip))), 1),
            }
    except SpeechFailed as exc:
        raise DeviceFault("voice", str(exc)) from exc
