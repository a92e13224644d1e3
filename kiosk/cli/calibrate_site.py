"""What both ways of `kiosk calibrate` share: the kiosk's files, its sensor, how it ends."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from kiosk.cli.calibrate_show import say_record
from kiosk.cli.calibrate_store import earlier_record, store
from kiosk.config import Config, StateDir, find_config, read_config
from kiosk.core.calibrate import Rejected
from kiosk.devices import catalogue
from kiosk.devices.calibration import CalibrationRecord, calibration_path
from kiosk.errors import DeviceBusy, DeviceError
from kiosk.ports import Thermometer
from kiosk.timing import SystemClock


class CalibrationSite:
    """The kiosk that is calibrated: its config, its file, its clock."""

    def __init__(self, config_file: Path | None, state_folder: Path) -> None:
        self.config: Config = read_config(find_config(config_file))
        self.path = calibration_path(self.config, StateDir(state_folder))
        self.clock = SystemClock()
        self.earlier = earlier_record(self.path)

    @property
    def today(self) -> date:
        """Return the day, UTC."""
        return self.clock.now().utc.date()

    def room_c(self, said_c: float | None) -> float | None:
        """Return how warm the room is, as the option or else the config says."""
        return self.config.thermometer.room_c if said_c is None else said_c

    @contextmanager
    def thermometer(self) -> Iterator[Thermometer]:
        """Open the thermometer; its failures end the command with a sentence."""
        try:
            opened = catalogue.open_thermometer(self.config.thermometer, self.clock)
            with closing(opened) as thermometer:
                yield thermometer
        except DeviceBusy as exc:
            stop(f"{exc}; stop the kiosk first (systemctl stop kiosk)")
        except DeviceError as exc:
            stop(f"{exc}; nothing was stored, `kiosk check` says what to do")

    def put(self, record: CalibrationRecord, *, is_sure: bool) -> None:
        """Show what was found, ask, and put it in force."""
        say_record(record)
        if not is_sure and not click.confirm("Store this calibration?"):
            stop("nothing was stored")
        if (kept := store(self.path, record)) is not None:
            click.echo(f"the calibration before is kept as {kept}")
        click.echo(f"stored in {self.path}; start the kiosk")


def stop(why: str) -> NoReturn:
    """End the command with a sentence on standard error and exit code 1."""
    raise click.ClickException(why)


def stop_for(rejected: Rejected) -> NoReturn:
    """End the command: this calibration is refused."""
    stop(f"nothing was stored: {rejected.why}")
