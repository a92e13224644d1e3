"""The two programs of `bench lane`, each at far ends of its own."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from kiosk.runtime.demo_children import Child, free_port
from kiosk.runtime.demo_ends import FarEnds, open_far_ends
from kiosk.runtime.demo_faults import DemoOptions, FaultPlan
from kiosk.runtime.demo_passes import PassDesk
from kiosk.runtime.demo_site import Site, make_site
from kiosk.runtime.demo_stage import CENTRAL_PORT, SCREEN_PORT, open_stage
from kiosk.simulate.town import Person

UP_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One program at its far ends. `server` is what stops answering."""

    gate_program: Child
    server: Child
    ends: FarEnds
    pass_of: Callable[[Person], str]


def open_kiosk(seed: int, opened: ExitStack) -> Lane:
    """Start `kiosk run` and `kiosk central run` at the demo's gate."""
    stage = open_stage(DemoOptions(seed, "auto", None, FaultPlan()), opened)
    ends = FarEnds(stage.street.camera, stage.street.thermometer, stage.street.gate)
    return Lane(stage.kiosk, stage.central, ends, stage.desk.pass_of)


def open_tutorial(seed: int, opened: ExitStack) -> Lane:
    """Start the tutorial's loop and its server at the same gate."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-lane-"))
    site = make_site(
        folder, screen_port=free_port(SCREEN_PORT), central_port=free_port(CENTRAL_PORT)
    )
    ends = open_far_ends(site, opened)
    settings = _write_settings(site, ends)
    port = site.central_url.rpartition(":")[2]
    server = Child("server", [port], folder, module="kiosk.bench.tutorial_server")
    program = Child("tutorial", [str(settings)], folder, module="kiosk.bench.tutorial")
    for child in (server, program):
        opened.callback(child.kill)
        child.start()
    _wait_for_line(program, "ready")
    return Lane(program, server, ends, PassDesk(site).pass_of)


def _write_settings(site: Site, ends: FarEnds) -> Path:
    path = site.folder / "tutorial.json"
    settings = {
        "camera": ends.camera.url,
        "thermometer": ends.thermometer.port,
        "pins": f"mock:{site.gate_socket}",
        "database": str(site.folder / "tutorial.db"),
        "url": f"{site.central_url}/entries",
        "trust": str(site.folder / "issuing/trust"),
        "root": str(site.folder / "issuing/root.pub"),
    }
    path.write_text(json.dumps(settings), "utf-8")
    return path


def _wait_for_line(child: Child, line: str) -> None:
    deadline_s = time.monotonic() + UP_WITHIN_S
    while line not in child.log_path.read_text("utf-8").splitlines():
        if time.monotonic() > deadline_s:
            raise click.ClickException(f"{child.name} did not start; see {child.log_path}")
        time.sleep(0.1)
