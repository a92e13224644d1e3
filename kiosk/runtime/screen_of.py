"""The screen's server of one gate, with what its pages ask of the other parts."""

from functools import partial

from kiosk.config import Config, StateDir
from kiosk.register.households import find_door
from kiosk.register.staff_pins import StaffPins
from kiosk.runtime.office_seal import OfficeSeal
from kiosk.runtime.wires import Wires
from kiosk.screen.desk_parts import LookUps
from kiosk.screen.lan import Lan
from kiosk.screen.lan_tablets import Tablets
from kiosk.screen.preview import Preview
from kiosk.screen.scenery import Sounds
from kiosk.screen.web import ScreenServer


def make_screen(
    config: Config,
    state: StateDir,
    wires: Wires,
    preview: Preview,
    look_ups: LookUps,
    *,
    sounds: Sounds,
) -> ScreenServer:
    """Return the server; nothing listens before it is run."""
    return ScreenServer(
        config.screen,
        preview=preview,
        privacy=config.privacy,
        site=config.site,
        sounds=sounds,
        desk=lambda make: wires.inbox.hand_in(make(wires.clock.now())),
        pins=StaffPins(state.staff_pins).whose,
        seal=OfficeSeal(state.keys),
        look_ups=look_ups,
        find_door=partial(find_door, state.register),
        lan=Lan(
            config.lan,
            state.keys,
            Tablets(state.tablets),
            wires.troubles,
            lambda: wires.clock.now().utc,
        ),
    )
