"""The log as systemd's journal takes it: a line says how grave it is, and is JSON."""

import json
import os
import subprocess
import sys

SPEAK = """
from kiosk import log
log.set_up()
log.event(log.Event.RUN_READY)
log.warning(log.Event.CAMERA_LOST)
log.error(log.Event.GATE_FAILED, detail="two\\nlines")
"""


def lines_of(*, is_journal: bool) -> list[str]:
    """Return what a kiosk writes to a pipe that is the journal's, or somebody else's."""
    reading, writing = os.pipe()
    told = os.fstat(writing)
    inode = told.st_ino if is_journal else told.st_ino + 1
    try:
        subprocess.run(
            [sys.executable, "-c", SPEAK],
            stderr=writing,
            env={**os.environ, "JOURNAL_STREAM": f"{told.st_dev}:{inode}"},
            check=True,
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        return pipe.read().splitlines()


def test_the_journal_of_systemd_is_told_how_grave_each_line_is() -> None:
    said = lines_of(is_journal=True)
    assert [line[:3] for line in said] == ["<6>", "<4>", "<3>"]  # sd-daemon(3)
    assert json.loads(said[2][3:])["detail"] == "two\nlines"


def test_a_log_that_goes_elsewhere_is_json_and_nothing_more() -> None:
    events = [json.loads(line)["event"] for line in lines_of(is_journal=False)]
    assert events == ["run.ready", "camera.lost", "gate.failed"]
