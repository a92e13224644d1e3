"""`kiosk probe`: open one device, print what it says, close it."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.options import CONFIG
from kiosk.cli.probe_values import (
    Values,
    camera_values,
    gate_values,
    thermometer_values,
    voice_values,
)
from kiosk.config import Config, find_config, read_config
from kiosk.errors import DeviceError
from kiosk.timing import Clock, SystemClock


@click.command()
@click.argument("device", type=click.Choice(["camera", "thermometer", "gate", "voice"]))
@CONFIG
@click.option(
    "--count", type=click.IntRange(1, 100_000), default=10, show_default=True, help="Values."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value a line.")
def command(device: str, config_file: Path | None, count: int, as_json: bool) -> None:
    """Open one device, print what it says, close it.

    The gate is moved: it opens once, as for one person, and then tells who goes through. The
    voice renders one sentence after another, and plays nothing.
    A kiosk that runs holds its devices; stop it first. Ends with 1 when the device fails.
    """
    config = read_config(find_config(config_file))
    with closing(PROBES[device](config, SystemClock())) as values:
        try:
            for value in islice(values, count):
                click.echo(json.dumps(value) if as_json else LINES[device](value))
        except DeviceError as exc:
            click.echo(f"{exc}; `kiosk check` says what to do", err=True)
            sys.exit(EXIT_NO)


def _camera_line(value: dict[str, Any]) -> str:
    size = f"{value['width']}x{value['height']}"
    codes = " ".join(value["codes"]) or "no code"
    return f"{size}  {value['age_ms']} ms old  sharpness {value['sharpness']}  {codes}"


def _thermometer_line(value: dict[str, Any]) -> str:
    return f"{value['object_c']:.2f} C  sensor {value['ambient_c']} C"


def _voice_line(value: dict[str, Any]) -> str:
    made = f"{value['seconds']:.2f} s in {value['took_ms']} ms, {value['loudness_db']} dB"
    return f"{value['key']:<16} {made}  {value['engine']}"


def _gate_line(value: dict[str, Any]) -> str:
    return "somebody went through" if value["has_passed"] else "nobody"


PROBES: dict[str, Callable[[Config, Clock], Values]] = {
    "camera": camera_values,
    "thermometer": thermometer_values,
    "gate": gate_values,
    "voice": voice_values,
}
LINES: dict[str, Callable[[dict[str, Any]], str]] = {
    "camera": _camera_line,
    "thermometer": _thermometer_line,
    "gate": _gate_line,
    "voice": _voice_line,
}
