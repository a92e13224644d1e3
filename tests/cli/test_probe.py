"""`kiosk probe` shows what a device says, over the device's real path."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno
import yaml
from click.testing import CliRunner, Result

from kiosk.cli.probe import command
from kiosk.cli.probe_values import sharpness
from kiosk.simulate import thermometer_modules as modules
from kiosk.simulate.gate import GateWitness
from kiosk.simulate.thermometer import FarModule, Gy5aModule, PtyThermometer
from kiosk.simulate.thermometer_modbus import OS_MINI, ModbusModule
from kiosk.simulate.thermometer_optris import OptrisModule
from kiosk.simulate.thermometer_raytek import RaytekModule


def probe(folder: Path, config: dict[str, Any], *arguments: str) -> Result:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return CliRunner().invoke(command, [*arguments, "--config", str(path)])


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def module(tmp_path: Path) -> Iterator[PtyThermometer]:
    with closing(PtyThermometer(link=tmp_path / "thermometer")) as far_end:
        yield far_end


def test_ten_values_of_the_thermometer_are_printed(
    tmp_path: Path, module: PtyThermometer
) -> None:
    config = {"thermometer": {"port": module.port}}
    values = lines(probe(tmp_path, config, "thermometer", "--json"))
    assert len(values) == 10
    assert [list(value) for value in values] == [["at_s", "object_c", "ambient_c"]] * 10
    assert all(20 < value["object_c"] < 24 for value in values)


ENDS: dict[str, Callable[[], FarModule]] = {
    "gy5a": Gy5aModule,
    "gy614": modules.Gy614Module,
    "mcu90640": modules.Mcu90640Module,
    "framed:idc50": modules.Idc50Module,
    "framed:ys-haiman": modules.YsHaimanModule,
    "framed:cjmcu90614": modules.Cjmcu90614Module,
    "framed:rqvk002": modules.Rqvk002Module,
    "framed:m23": modules.M23Module,
    "modbus:calex-pyrousb": ModbusModule,
    "modbus:omega-os-mini": partial(ModbusModule, OS_MINI),
    "optris": OptrisModule,
    "optris-hs": partial(OptrisModule, is_high_resolution=True),
    "raytek": RaytekModule,
}


@pytest.mark.parametrize("model", ENDS)
def test_every_thermometer_says_its_values_on_its_own_protocol(
    model: str, tmp_path: Path
) -> None:
    with closing(PtyThermometer(link=tmp_path / "line", module=ENDS[model]())) as end:
        end.approach(34.0)
        time.sleep(1.5)
        config = {"thermometer": {"port": end.port, "model": model}}
        values = lines(probe(tmp_path, config, "thermometer", "--json", "--count", "3"))
    assert [value["object_c"] for value in values] == pytest.approx([34.0] * 3, abs=0.6)


def test_values_are_readable_without_json(tmp_path: Path, module: PtyThermometer) -> None:
    config = {"thermometer": {"port": module.port}}
    result = probe(tmp_path, config, "thermometer", "--count", "2")
    assert len(result.stdout.splitlines()) == 2
    assert " C  sensor 22." in result.stdout


@pytest.mark.parametrize("device", ["thermometer", "camera", "gate"])
def test_a_device_that_is_not_there_is_one_sentence_with_what_to_do(
    tmp_path: Path, device: str
) -> None:
    config = {
        "thermometer": {"port": "/no/thermometer"},
        "camera": {"source": "/no/camera.avi"},
        "gate": {"pins": "mock:/no/gate.sock", "pin": 53},
    }
    result = probe(tmp_path, config, device)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"{device}: ")
    assert result.stderr.endswith("`kiosk check` says what to do\n")
    assert result.stderr.count("\n") == 1


def test_the_gate_opens_once_and_is_shut_again(tmp_path: Path) -> None:
    socket = tmp_path / "gate.sock"
    config = {"gate": {"pins": f"mock:{socket}", "pulse_ms": 50}}
    with closing(GateWitness(socket)) as witness:
        values = lines(probe(tmp_path, config, "gate", "--json", "--count", "2"))
        seen = [level for _, pin, level in witness.pulses() if pin == 17]
    assert [value["has_passed"] for value in values] == [False, False]
    assert seen == [0, 1, 0]


def test_the_camera_shows_size_age_and_codes(tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 30, (640, 480))
    modules = np.array(
        [list(row) for row in segno.make_qr("GP1:TEST").matrix_iter(scale=8, border=4)]
    )
    for number in range(40):
        image = np.full((480, 640, 3), 200, np.uint8)
        side = modules.shape[0]
        image[20 : 20 + side, 20 : 20 + side] = np.where(modules, 0, 255)[..., None]
        image[400:420, number * 4 : number * 4 + 20] = 0
        writer.write(image)
    writer.release()
    values = lines(
        probe(tmp_path, {"camera": {"source": str(film)}}, "camera", "--json", "--count", "3")
    )
    assert [(v["width"], v["height"]) for v in values] == [(640, 480)] * 3
    assert values[0]["codes"] == ["GP1:TEST"]
    assert all(v["age_ms"] < 1000 and v["sharpness"] > 0 for v in values)


def test_a_blurred_picture_is_less_sharp() -> None:
    crisp = (np.indices((200, 200)).sum(axis=0) // 8 % 2 * 255).astype(np.uint8)
    assert sharpness(cv2.GaussianBlur(crisp, (9, 9), 3)) < sharpness(crisp) / 4
