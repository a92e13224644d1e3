"""A real gate and a real central: who called, who answered, and how soon the gate knows."""

import json
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.central import authority, cases
from kiosk.central.cases import Deed
from kiosk.central.cases_contacts import add_contact
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import writing
from kiosk.config import JournalConfig, StateDir
from kiosk.core.matters import MATTERS_MAX, Contact
from kiosk.core.words import Reason, Referred
from kiosk.journal.journal import open_journal
from kiosk.passes.issue import read_public
from kiosk.sync.identity import device_id, make_identity
from kiosk.timing import SystemClock
from tests.central.cases_making import case_rows
from tests.central.office import Office
from tests.central.test_real_kiosk import Server
from tests.journal.making import make_entry
from tests.lane.rig import Rig, open_rig, until

SOON_S = 3.0


class Place:
    """A central, and a gate that was fever-ridden before it was switched off."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(folder / "central")
        self.server = Server(self.office)
        self.state = StateDir(folder / "state")
        self.state.make()
        make_identity(self.state.keys)
        device = read_public(self.state.keys / "device.pub")
        named = authority.add_device(self.office.engine, device, name="南门", now_ms=0)
        bundle = authority.bundle_of(self.office.engine, self.office.authority, named)
        (self.state.keys / "bundle").write_bytes(bundle)
        with writing(self.office.engine) as db:
            for contact in (
                Contact("林主任", "138 0013 8000", "负责人", 0),
                Contact("周书记", "010-6655", "书记", 120),
            ):
                add_contact(db, contact, place=1, by="lin", now_ms=0)

    def write_fevers(self, count: int) -> None:
        clock = SystemClock()
        journal = open_journal(
            self.state.journal, device=device_id(self.state.keys), config=JournalConfig()
        )
        for number in range(count):
            now = clock.now()
            journal.record(make_entry(now, number + 1, Referred(Reason.ELEVATED)))
        journal.close()

    def answer(self, case: int) -> float:
        with writing(self.office.engine) as db:
            cases.answer(db, case, Deed("lin", utc_now_ms()))
        return time.monotonic()

    def close(self) -> None:
        self.server.shut()
        self.office.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with closing(Place(tmp_path)) as made:
        yield made


def matters(rig: Rig) -> dict[int, dict[str, Any]]:
    found = rig.staff.view.get("matters", {"list": []})["list"]
    return {one["seq"]: one for one in found}


def public(rig: Rig) -> bytes:
    """Return the resident's page as its stream sends it now."""
    with requests.get(f"{rig.site.screen_url}/events", stream=True, timeout=(2, 5)) as answer:
        for line in answer.iter_lines(chunk_size=1):
            if line.startswith(b"data:"):
                view = json.loads(line[5:])
                view.pop("time")  # the minute may change
                return json.dumps(view).encode()
    raise AssertionError("the stream ended")


def tap(rig: Rig, what: str = "incident", **form: Any) -> int:
    return requests.post(
        f"{rig.site.screen_url}/staff/{what}", json=form, timeout=5
    ).status_code


def test_a_fever_that_is_answered_at_central_is_on_the_staff_page_within_three_seconds(
    place: Place, tmp_path: Path
) -> None:
    place.write_fevers(MATTERS_MAX)
    with open_rig(tmp_path, central_url=place.server.url, state=place.state.root) as rig:
        assert until(lambda: len(matters(rig)) == MATTERS_MAX)
        assert until(lambda: all(one["state"] == "sent" for one in matters(rig).values()))
        assert until(lambda: len(rig.staff.view["matters"]["levels"]) == 2)
        seq_of = {row.id: row.seq for row in case_rows(place.office.engine)}
        answered_s: dict[int, float] = {}
        seen_s: dict[int, float] = {}
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.01):
                for seq, one in matters(rig).items():
                    if one["state"] == "answered":
                        seen_s.setdefault(seq, time.monotonic())

        watching = threading.Thread(target=watch)
        watching.start()
        chance = random.Random(7)
        for case, seq in seq_of.items():
            answered_s[seq] = place.answer(case)
            stop.wait(chance.uniform(0.1, 0.9))
        assert until(lambda: len(seen_s) == MATTERS_MAX)
        stop.set()
        watching.join()
        took_s = sorted(seen_s[seq] - answered_s[seq] for seq in seq_of.values())
        p50, p95 = statistics.median(took_s), took_s[round(0.95 * len(took_s)) - 1]
        print(f"answered at central -> staff page: p50 {p50:.2f} s, p95 {p95:.2f} s")
        assert p95 <= SOON_S, took_s
        assert "lin 已接手" in matters(rig)[seq_of[1]]["said"][0]


def restart(rig: Rig) -> None:
    rig.kiosk.kill()
    rig.staff.view = {}
    rig.kiosk.start()


def test_an_incident_is_silent_in_public_and_nobody_knows_until_somebody_does(
    place: Place, tmp_path: Path
) -> None:
    place.server.shut()
    with open_rig(tmp_path, central_url=place.server.url, state=place.state.root) as rig:
        rig.wait_for_page("idle")
        assert until(lambda: json.loads(public(rig))["strip"] is None)  # the sensor has begun
        before = public(rig)
        assert tap(rig) == 200
        assert until(lambda: len(matters(rig)) == 1)
        assert tap(rig) == 200
        (seq,) = matters(rig)
        assert until(lambda: matters(rig)[seq]["calls"] is not None)
        assert public(rig) == before
        assert tap(rig, "matter", seq=seq, act="withdrawn") == 403  # nobody is signed on
        restart(rig)
        assert until(lambda: list(matters(rig)) == [seq])
        assert matters(rig)[seq]["state"] == "unheard"
        assert "还没有人知道" in matters(rig)[seq]["said"][0]
        assert until(lambda: "matter_unheard" in rig.staff.faults())
        place.server.open()
        assert until(lambda: case_rows(place.office.engine), 5.0)
        assert until(lambda: matters(rig)[seq]["state"] == "sent", 5.0)
        assert until(lambda: "matter_unheard" not in rig.staff.faults())
        assert case_rows(place.office.engine)[0].strength == 2
        place.answer(1)
        assert until(lambda: matters(rig)[seq]["state"] == "answered", SOON_S)
        place.server.shut()
        restart(rig)
        assert until(lambda: seq in matters(rig) and matters(rig)[seq]["state"] == "answered")
