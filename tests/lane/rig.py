"""A whole kiosk as a child process, with its far ends, seen from outside."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from kiosk.runtime.demo_children import Child, free_port
from kiosk.runtime.demo_ends import FarEnds, open_far_ends
from kiosk.runtime.demo_passes import PassDesk
from kiosk.runtime.demo_people import PageWatcher, Street
from kiosk.runtime.demo_site import (
    CONTACT_PIN,
    RELAY_PIN,
    Site,
    make_site,
    write_config,
)
from kiosk.runtime.demo_volunteer import Volunteer
from kiosk.simulate.town import SKIN_BELOW_BODY_C, Person, Shows, Story, make_town
from kiosk.sync.identity import make_identity

WITHIN_S = 20.0
NORMAL_SKIN_C = 36.4 - SKIN_BELOW_BODY_C


class StaffWatcher:
    """Reads the staff page's event stream."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.view: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def faults(self) -> set[str]:
        """Return the faults that stand on the page now."""
        return {str(fault["fault"]) for fault in self.view.get("faults", [])}

    def close(self) -> None:
        """Look away."""
        self._stop.set()
        self._thread.join(8.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(requests.RequestException, ValueError):
                self._read()
            self._stop.wait(0.1)

    def _read(self) -> None:
        with requests.get(f"{self._url}/staff/events", stream=True, timeout=(1, 5)) as answer:
            for line in answer.iter_lines(chunk_size=1):
                if self._stop.is_set():
                    return
                if line.startswith(b"data:"):
                    self.view = json.loads(line[5:])


@dataclass
class Rig:
    """One kiosk and what stands around it."""

    site: Site
    kiosk: Child
    ends: FarEnds
    street: Street
    staff: StaffWatcher
    people: int = 0

    def next_person(self, *, skin_c: float = NORMAL_SKIN_C) -> Person:
        """Return somebody with a good pass on paper."""
        resident = make_town(3).residents[self.people]
        person = Person(self.people, resident, Story.GOOD, Shows.CARD, skin_c)
        self.people += 1
        return person

    def log_events(self) -> list[str]:
        """Return the names of what it logged."""
        return [str(record["event"]) for record in self.kiosk.events()]

    def wait_for_page(self, page: str) -> None:
        """Wait until the resident's page shows `page`."""
        seen = self.street.watcher
        assert until(lambda: seen.look().page == page), (
            f"{seen.look()}; {self.log_events()[-12:]}"
        )


def until(is_so: Callable[[], bool], within_s: float = WITHIN_S) -> bool:
    """Wait for something. Returns whether it came."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.02)
    return is_so()


@contextlib.contextmanager
def open_rig(
    folder: Path, *, central_url: str = "", state: Path | None = None, **sections: Any
) -> Iterator[Rig]:
    """Start a kiosk in `folder`; `sections` are merged into its config."""
    with ExitStack() as opened:
        site = make_site(folder, screen_port=free_port(0), central_port=free_port(0))
        ends = open_far_ends(site, opened)
        write_config(
            site, camera=ends.camera.url, thermometer=ends.thermometer.port, reader="auto"
        )
        _change_config(site, {"central": {"url": central_url}, **sections})
        state = state or site.state
        _place_lists(site, state)
        arguments = ["run", "--config", str(site.config), "--state", str(state)]
        kiosk = Child("kiosk", arguments, folder)
        opened.callback(kiosk.stop)
        kiosk.start()
        watcher = opened.enter_context(closing(PageWatcher(site.screen_url)))
        staff = opened.enter_context(closing(StaffWatcher(site.screen_url)))
        street = Street(
            watcher=watcher,
            camera=ends.camera,
            thermometer=ends.thermometer,
            gate=ends.gate,
            pass_of=PassDesk(site).pass_of,
            relay_pin=RELAY_PIN,
            contact_pin=CONTACT_PIN,
            volunteer=Volunteer(site.screen_url),
        )
        yield Rig(site, kiosk, ends, street, staff)


def _change_config(site: Site, sections: dict[str, dict[str, Any]]) -> None:
    tree = yaml.safe_load(site.config.read_text("utf-8"))
    for name, values in sections.items():
        tree.setdefault(name, {}).update(values)
    site.config.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")


def _place_lists(site: Site, state: Path) -> None:
    """Put the trust list where a gate that works alone has it."""
    for name in ("keys", "lists"):
        (state / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    issuing = site.folder / "issuing"
    (state / "keys/root.pub").write_bytes((issuing / "root.pub").read_bytes())
    (state / "lists/trust").write_bytes((issuing / "trust").read_bytes())
    if state != site.state:
        calibration = (site.state / "calibration.json").read_bytes()
        (state / "calibration.json").write_bytes(calibration)
    make_identity(state / "keys")
