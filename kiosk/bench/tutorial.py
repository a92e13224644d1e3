"""The gate as a tutorial writes it: one loop over five libraries. Measured, never used.

`bench lane` is held beside this. It is written the way such scripts are: read a frame, look
for a code, read the thermometer, insert a row, post it, open. It verifies the same signed
pass, and it waits for a forehead, so that it is not faster by leaving those out.
"""

import json
import sqlite3
import sys
import time
from pathlib import Path

import cv2
import requests
import serial
from pyzbar import pyzbar

from kiosk.config import GateConfig
from kiosk.core.words import Credential
from kiosk.devices.catalogue import open_gate
from kiosk.passes import lists, verify
from kiosk.passes.trust import TrustList, read_trust
from kiosk.timing import SystemClock, boot_seconds

FEVER_C = 37.3
FOREHEAD_C = 33.0  # from here somebody stands before the sensor
READING_WITHIN_S = 5.0
SAME_AGAIN_S = 5.0
PACKET_BYTES = 9  # 5A 5A 45 04, object and ambient in hundredths, sum


def run(settings: dict[str, str]) -> None:
    """Serve for ever."""
    clock = SystemClock()
    trust = _read_trust(settings)
    camera = cv2.VideoCapture(settings["camera"])
    line = serial.Serial(settings["thermometer"], 9600, timeout=1)
    line.write(bytes.fromhex("A545EA"))  # ask for temperatures, all the time
    database = sqlite3.connect(settings["database"])
    database.execute("CREATE TABLE IF NOT EXISTS entries (at REAL, pass TEXT, celsius REAL)")
    gate = open_gate(GateConfig(pins=settings["pins"]), clock)
    seen: dict[str, float] = {}
    print("ready", flush=True)
    while True:
        is_read, frame = camera.read()
        if not is_read:
            camera = cv2.VideoCapture(settings["camera"])
            continue
        for code in pyzbar.decode(frame):
            text = code.data.decode("ascii", "replace")
            if boot_seconds() - seen.get(text, -SAME_AGAIN_S) < SAME_AGAIN_S:
                continue
            seen[text] = boot_seconds()
            if not isinstance(
                verify.verify_text(text, lists.Lists(trust), clock.now()), Credential
            ):
                continue
            celsius = read_celsius(line)
            database.execute(
                "INSERT INTO entries VALUES (?, ?, ?)", (time.time(), text, celsius)
            )
            database.commit()
            requests.post(settings["url"], json={"pass": text, "celsius": celsius})  # noqa: S113 - as tutorials do
            if FOREHEAD_C < celsius < FEVER_C:
                gate.pulse()


def read_celsius(line: serial.Serial) -> float:
    """Return the first temperature of a forehead, else the last one of anything."""
    line.reset_input_buffer()
    celsius = 0.0
    until_s = boot_seconds() + READING_WITHIN_S
    while boot_seconds() < until_s and celsius < FOREHEAD_C:
        packet = line.read_until(b"\x5a\x5a\x45\x04") and line.read(PACKET_BYTES - 4)
        if packet and len(packet) == PACKET_BYTES - 4:
            celsius = int.from_bytes(packet[:2], "big", signed=True) / 100
    return celsius


def _read_trust(settings: dict[str, str]) -> TrustList:
    root = bytes.fromhex(Path(settings["root"]).read_text("ascii"))
    trust = read_trust(Path(settings["trust"]).read_bytes(), root)
    if not isinstance(trust, TrustList):
        raise SystemExit(f"trust list: {trust}")
    return trust


def main() -> None:
    """Run the gate with the settings in the file that is named."""
    run(json.loads(Path(sys.argv[1]).read_text("utf-8")))


if __name__ == "__main__":
    main()
