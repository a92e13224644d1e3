"""The far ends of the demo: what the gate's program is connected to."""

from contextlib import ExitStack, closing
from dataclasses import dataclass

from kiosk.runtime.demo_site import Site
from kiosk.simulate.camera import StreamCamera
from kiosk.simulate.gate import GateWitness
from kiosk.simulate.thermometer import PtyThermometer
from kiosk.simulate.town import ROOM_C


@dataclass(frozen=True, slots=True)
class FarEnds:
    """What the gate's program is connected to."""

    camera: StreamCamera
    thermometer: PtyThermometer
    gate: GateWitness


def open_far_ends(site: Site, opened: ExitStack) -> FarEnds:
    """Start the camera's stream, the thermometer's line and the other side of the pins."""
    link = site.folder / "thermometer"
    return FarEnds(
        opened.enter_context(closing(StreamCamera())),
        opened.enter_context(closing(PtyThermometer(room_c=ROOM_C, link=link))),
        opened.enter_context(closing(GateWitness(site.gate_socket))),
    )
