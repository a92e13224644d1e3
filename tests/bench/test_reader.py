"""The reader bench says what was read, what was read wrongly, and at what cost."""

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno
from click.testing import CliRunner

from kiosk.cli.bench import command

KEYS = {"images", "first_look", "within_8", "wrong", "cpu_ms_look"}
KEYS |= {"pyzbar", "pyzbar_cpu_ms", "cpu_ratio"}


def _save(file: Path, text: str | None) -> None:
    """Write a picture of a code, of an empty wall where there is no text."""
    image = np.full((480, 640), 170, np.uint8)
    if text is not None:
        matrix = segno.make_qr(text).matrix_iter(scale=5, border=4)
        code = np.array([[0 if cell else 255 for cell in row] for row in matrix], np.uint8)
        image[100 : 100 + code.shape[0], 200 : 200 + code.shape[1]] = code
    cv2.imwrite(str(file), image)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four pictures: truth given, truth not given, another truth, no code."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, text, truth in (
        ("true", "caf\u00e9 1", "caf\u00e9 1\n"),
        ("any", "whatever", None),
        ("wrong", "one thing", "another"),
        ("none", None, None),
    ):
        _save(folder / f"{name}.png", text)
        if truth is not None:
            (folder / f"{name}.txt").write_text(truth, "utf-8")
    return folder


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    folder = tmp_path / "wall"
    folder.mkdir()
    _save(folder / "wall.png", None)
    return folder


def _report(*arguments: str) -> dict[str, Any]:
    answer = CliRunner().invoke(command, ["reader", *arguments, "--json"])
    assert answer.exit_code == 0, answer.output
    report: dict[str, Any] = json.loads(answer.stdout)
    return report


def test_only_true_reads_count_and_wrong_ones_are_told(photos: Path, wall: Path) -> None:
    (row,) = _report(str(photos), "--empty", str(wall))["sets"]
    assert set(row) == {"name", *KEYS}
    assert (row["name"], row["images"], row["wrong"]) == ("photos", 4, 1)
    assert row["first_look"] == row["within_8"] == 0.5


@pytest.mark.needs_zbar
def test_plain_pyzbar_reads_the_same_pictures_beside_it(photos: Path, wall: Path) -> None:
    report = _report(str(photos), "--empty", str(wall))
    assert report["sets"][0]["pyzbar"] == 0.75
    assert report["empty"]["images"] == 1
    assert report["empty"]["pyzbar_cpu_ms"].keys() == {"p50", "p95"}


@pytest.mark.needs_zbar
def test_an_empty_gateway_costs_a_fifth_of_plain_pyzbar_at_most() -> None:
    empty = _report()["empty"]
    assert empty["within_8"] == 0
    assert empty["cpu_ratio"] <= 0.2


def test_without_zbar_the_rest_is_still_measured(
    photos: Path, wall: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    answer = CliRunner().invoke(
        command, ["reader", str(photos), "--empty", str(wall), "--json"]
    )
    assert "apt install libzbar0" in answer.stderr
    (row,) = json.loads(answer.stdout)["sets"]
    assert row["within_8"] == 0.5
    assert row["pyzbar"] is row["cpu_ratio"] is None


def test_a_table_for_people_names_each_folder(photos: Path, wall: Path) -> None:
    answer = CliRunner().invoke(command, ["reader", str(photos), "--empty", str(wall)])
    assert answer.exit_code == 0
    assert "photos" in answer.stdout
    assert "empty frames" in answer.stdout


def test_a_file_that_is_no_picture_is_named(photos: Path, wall: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"no picture")
    answer = CliRunner().invoke(command, ["reader", str(photos), "--empty", str(wall)])
    assert answer.exit_code == 1
    assert "broken.jpg" in answer.stderr


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("folder", "least"), [("boofcv-monitor", 1.0), ("zxing-qrcode-2", 0.8)]
)
def test_public_photographs_are_read_as_well_as_before(
    shared: Path, wall: Path, folder: str, least: float
) -> None:
    photos = shared / "data" / "qr-tuning" / folder
    (row,) = _report(str(photos), "--empty", str(wall))["sets"]
    assert row["within_8"] >= least
    assert row["wrong"] == 0


def test_the_list_of_benches_needs_none_of_them() -> None:
    answer = CliRunner().invoke(command, ["--help"])
    assert answer.exit_code == 0
    assert all(name in answer.stdout for name in ("journal", "lane", "reader"))
