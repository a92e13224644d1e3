"""The demo's site: keys, passes, register, central and config files in one folder."""

import csv
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.files import write_whole
from kiosk.passes.issue import write_key_pair
from kiosk.passes.trust import make_key, make_trust
from kiosk.runtime.demo_children import run_command
from kiosk.runtime.demo_volunteer import PIN, VOLUNTEER
from kiosk.simulate.town import OFFSET_C, ROOM_C, Town
from kiosk.simulate.town_rules import Preset
from kiosk.sync.identity import make_identity

COMMUNITY = "demo"
KIOSK_NAME = "南门 · 练习 practice"
KEY_FROM = datetime(2026, 1, 1, tzinfo=UTC)
KEY_TO = datetime(2036, 1, 1, tzinfo=UTC)
DAY_S = 86_400
VALID_DAYS = 300
WARM_OUTDOOR_C = 20.0
# Expired passes ended before the release date, so the clock's floor alone refuses them.
EXPIRED_FROM = datetime(2026, 2, 1, tzinfo=UTC)
EXPIRED_TO = datetime(2026, 10, 1, tzinfo=UTC)
RELAY_PIN, CONTACT_PIN, LAMP_PIN = 17, 27, 22


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything of one demo lies, and where it answers."""

    folder: Path
    screen_url: str
    central_url: str
    issuer: Ed25519PrivateKey
    now_s: int

    @property
    def state(self) -> Path:
        """The kiosk's state directory."""
        return self.folder / "state"

    @property
    def central(self) -> Path:
        """The central server's folder."""
        return self.folder / "central"

    @property
    def config(self) -> Path:
        """The kiosk's config file."""
        return self.folder / "config.yaml"

    @property
    def gate_socket(self) -> Path:
        """Where the mock pins and their other side meet."""
        return self.folder / "gate.sock"

    @property
    def street_sensor(self) -> Path:
        """The file of the street's sensor, in thousandths of a degree as the kernel has it."""
        return self.folder / "street-temp1_input"

    def feel(self, outdoor_c: float) -> None:
        """Let the sensor in the street say so many degrees Celsius."""
        text = f"{round(outdoor_c * 1000)}\n"
        write_whole(self.street_sensor, text.encode("ascii"), mode=0o600)


def make_site(folder: Path, *, screen_port: int, central_port: int) -> Site:
    """Make keys and the signed trust list. Returns the site; configs come with the devices."""
    keys = folder / "issuing"
    for path in (folder, keys, folder / "state"):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    root, issuer = write_key_pair(keys, "root"), write_key_pair(keys, "issuer")
    public = issuer.public_key().public_bytes_raw()
    key = make_key(
        public, iss=COMMUNITY, from_s=int(KEY_FROM.timestamp()), to_s=int(KEY_TO.timestamp())
    )
    now_s = int(max(datetime.now(UTC), EXPIRED_TO).timestamp())
    trust = make_trust([key], community=COMMUNITY, seq=1, issued_s=now_s, root=root)
    (keys / "trust").write_bytes(trust)
    return Site(
        folder,
        f"http://127.0.0.1:{screen_port}",
        f"http://127.0.0.1:{central_port}",
        issuer,
        now_s,
    )


def write_config(
    site: Site,
    *,
    camera: str,
    thermometer: str,
    reader: str,
    outdoor_c: float | None = None,
    goes_out: bool = False,
    has_street_sensor: bool = False,
) -> None:
    """Write the kiosk's config.yaml and a fresh calibration.

    With `outdoor_c` the gate stands in the open, in that weather; with a sensor in the street
    it asks that one.
    """
    is_winter = outdoor_c is not None
    port = int(site.screen_url.rpartition(":")[2])
    tree = {
        "site": {"community": COMMUNITY, "gate": "南门", "practice": True},
        "lane": {"direction": "out" if goes_out else "in"},
        "camera": {"source": camera, "reader": reader, "fps": 30},
        "thermometer": {
            "port": thermometer,
            "model": "gy5a",
            "placement": "outdoors" if is_winter else "heated_lobby",
            "room_c": ROOM_C,
            "outdoor_c": outdoor_c if is_winter else WARM_OUTDOOR_C,
            "outdoor_port": str(site.street_sensor) if has_street_sensor else None,
            "warm_up_s": 0,
        },
        "gate": {
            "pins": f"mock:{site.gate_socket}",
            "pin": RELAY_PIN,
            "contact_pin": CONTACT_PIN,
            "lamp_pin": LAMP_PIN,
        },
        "screen": {"port": port},
        "voice": {"quiet": ""},
        "central": {"url": site.central_url},
    }
    if has_street_sensor:
        site.feel(WARM_OUTDOOR_C)
    site.config.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    made_on = datetime.fromtimestamp(site.now_s, UTC)
    calibration = {
        "id": "demo",
        "offset_c": OFFSET_C,
        "made_on": made_on.date().isoformat(),
        "expires_on": datetime.fromtimestamp(site.now_s + 365 * DAY_S, UTC).date().isoformat(),
    }
    (site.state / "calibration.json").write_text(json.dumps(calibration), "utf-8")


def write_register(site: Site, town: Town) -> Path:
    """Write the residents as a CSV file for `kiosk register import`."""
    path = site.folder / "residents.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sub", "grid", "building", "unit", "room"])
        homes = {(r.sub, r.grid, r.building, r.unit, r.room) for r in town.residents}
        rows.writerows(sorted(homes))
    return path


def bind_site(site: Site, town: Town, preset: Preset = Preset.USUAL) -> None:
    """Do what ops do with a new gate: make central, add the gate, its register and rules."""
    keys = site.folder / "issuing"
    trust, root = str(keys / "trust"), str(keys / "root.pub")
    central, state = str(site.central), str(site.state)
    run_command("central", "init", "--state", central, "--trust", trust, "--root", root)
    make_identity(site.state / "keys")
    device, bundle = str(site.state / "keys/device.pub"), str(site.state / "keys/bundle")
    run_command(
        *("central", "device", "add", device, "--name", KIOSK_NAME),
        *("--state", central, "--out", bundle),
    )
    run_command("staff", "pin", VOLUNTEER, "--pin", PIN, "--state", state)
    residents = str(write_register(site, town))
    run_command("register", "import", residents, "--state", state)
    if preset is not Preset.USUAL:
        at_central = ("--by", "demo", "--state", central)
        run_command("central", "rules", "publish", preset.value, *at_central)
