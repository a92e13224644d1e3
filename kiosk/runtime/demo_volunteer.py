"""A made-up volunteer at the staff page: signs on, holds a thermometer to a wrist, types.

Uses the page's own requests, at the pace of somebody who has done it for an hour.
"""

import contextlib
import json
import threading
from typing import Any

import requests

VOLUNTEER, PIN = "v01", "2468"
MEASURE_S = 2.5  # chosen: sleeve up, one reading of a wrist thermometer
TAP_S = 0.4  # chosen: from one key to the next, in gloves
ANSWER_S = 2.0
TRIES = 10


class Volunteer:
    """Stands beside whoever is at the gate. One thread calls."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.stop = threading.Event()  # everybody goes home
        self.is_away = False  # somebody else does it, at the staff page
        self._session = requests.Session()

    def measure(self, body_c: float) -> None:
        """Measure whoever waits and type the value: three digits, the instrument kept, OK."""
        if self.is_away:
            return
        self.stop.wait(MEASURE_S)
        text = f"{body_c:.1f}"
        self.stop.wait(TAP_S * (len(text.replace(".", "")) + 1))
        for _ in range(TRIES):
            if self.stop.is_set():
                return
            with contextlib.suppress(requests.RequestException, ValueError, KeyError):
                if self._type(text):
                    return
            self.stop.wait(TAP_S)

    def _type(self, text: str) -> bool:
        """Type for the case that waits. Returns whether the page took it."""
        view = self._look()
        if not view.get("staff"):
            self._post("sign-on", {"pin": PIN})
            return False
        scan_id = view["waiting"][0]["scan_id"]
        answer = self._post(
            "typed",
            {"scan_id": scan_id, "value": text, "instrument": "wrist", "is_sure": False},
        )
        return answer.ok

    def _look(self) -> dict[str, Any]:
        """Return the staff page's newest view."""
        with self._session.get(
            f"{self._url}/staff/events", stream=True, timeout=ANSWER_S
        ) as answer:
            for line in answer.iter_lines(chunk_size=1):
                if line.startswith(b"data:"):
                    return dict(json.loads(line[5:]))
        return {}

    def _post(self, what: str, body: dict[str, Any]) -> requests.Response:
        return self._session.post(f"{self._url}/staff/{what}", json=body, timeout=ANSWER_S)
