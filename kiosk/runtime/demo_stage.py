"""Everything that stands at the demo's gate: far ends, children, people."""

import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from kiosk.errors import KioskError
from kiosk.runtime.demo_children import Child, free_port
from kiosk.runtime.demo_ends import open_far_ends
from kiosk.runtime.demo_faults import DemoOptions
from kiosk.runtime.demo_keeper import Keeper
from kiosk.runtime.demo_passes import PassDesk
from kiosk.runtime.demo_people import PageWatcher, Street
from kiosk.runtime.demo_site import (
    CONTACT_PIN,
    RELAY_PIN,
    Site,
    bind_site,
    make_site,
    write_config,
)
from kiosk.runtime.demo_up import wait_for_rules, wait_for_time, wait_until_up
from kiosk.runtime.demo_volunteer import Volunteer
from kiosk.simulate.town import Town, make_town

SCREEN_PORT, CENTRAL_PORT = 8080, 8090


@dataclass(frozen=True, slots=True)
class Stage:
    """One demo, set up and running."""

    site: Site
    town: Town
    desk: PassDesk
    street: Street
    kiosk: Child
    central: Child
    keeper: Keeper


def open_stage(options: DemoOptions, opened: ExitStack) -> Stage:
    """Set up a site, start its far ends and its two programs; `opened` takes it all down.

    Raises KioskError when a command of the set-up fails or the page does not come up.
    """
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kiosk-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise KioskError(f"{folder} is not empty; the demo wants a folder of its own")
    site = make_site(
        folder,
        screen_port=free_port(SCREEN_PORT),
        central_port=free_port(CENTRAL_PORT),
    )
    town = make_town(options.seed)
    ends = open_far_ends(site, opened)
    write_config(
        site,
        camera=ends.camera.url,
        thermometer=ends.thermometer.port,
        reader=options.reader,
        outdoor_c=options.faults.outdoor_c,
        goes_out=options.goes_out,
        has_street_sensor=options.is_played,
    )
    bind_site(site, town, options.preset)
    desk = PassDesk(site)
    if options.is_played:
        desk.revoke_cast(town)
    port = site.central_url.rpartition(":")[2]
    central = Child(
        "central", ["central", "run", "--state", str(site.central), "--port", port], folder
    )
    kiosk = Child(
        "kiosk", ["run", "--config", str(site.config), "--state", str(site.state)], folder
    )
    keeper = opened.enter_context(closing(Keeper((kiosk, central))))
    watcher = opened.enter_context(closing(PageWatcher(site.screen_url)))
    volunteer = Volunteer(site.screen_url)
    opened.callback(volunteer.stop.set)
    street = Street(
        watcher=watcher,
        camera=ends.camera,
        thermometer=ends.thermometer,
        gate=ends.gate,
        pass_of=desk.pass_of,
        relay_pin=RELAY_PIN,
        contact_pin=CONTACT_PIN,
        volunteer=volunteer,
        stop=volunteer.stop,
        pace=options.pace,
    )
    wait_until_up(site, watcher)
    wait_for_time(kiosk)
    wait_for_rules(kiosk, options.preset)
    return Stage(site, town, desk, street, kiosk, central, keeper)
