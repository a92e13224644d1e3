"""The reading cascade beside plain pyzbar, interleaved on the same pictures.

Read at first look, and within eight looks at the same picture, since a pass is in view for
many frames. Truth is compared as text decoded leniently: truth files are UTF-8, old codes
are Shift-JIS. A picture without a truth file counts any decode, and so does plain pyzbar
everywhere: what it guesses wrongly of a charset is not held against it.
"""

import importlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median, quantiles
from types import ModuleType
from typing import Any

import click
import cv2
import numpy as np

from kiosk.devices.codes import CascadeFinder
from kiosk.ports import Frame, GreyImage
from kiosk.simulate.scene import CYCLE, Painter, Scene

LOOKS = 8
WIDTH_PX, HEIGHT_PX = 1280, 720
SUFFIXES = {".jpg", ".jpeg", ".png"}
EMPTY_FRAMES = 60


@dataclass(slots=True)
class Tally:
    """What came of one folder."""

    images: int = 0
    first: int = 0
    within: int = 0
    wrong: int = 0
    pyzbar: int = 0
    ms: list[float] = field(default_factory=list)
    pyzbar_ms: list[float] = field(default_factory=list)


@click.command("reader")
@click.argument(
    "folders", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option(
    "--empty",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Pictures without a code; the simulator's empty frames when not given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(folders: tuple[Path, ...], empty: Path | None, as_json: bool) -> None:
    """Read photographs of codes; plain pyzbar (all symbologies, BGR) reads the same ones."""
    cv2.setNumThreads(1)
    sets = [{"name": folder.name, **_figures(_read_folder(folder))} for folder in folders]
    frames = _pictures(empty) if empty else _empty_frames()
    report = {"sets": sets, "empty": _figures(_tally((grey, None) for grey in frames))}
    if _plain_pyzbar() is None:
        click.echo(
            "libzbar is not installed, nothing to compare with: apt install libzbar0", err=True
        )
    click.echo(json.dumps(report) if as_json else _table(report))


def _read_folder(folder: Path) -> Tally:
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return _tally((_read_grey(path), _truth(path)) for path in paths)


def _pictures(folder: Path) -> Iterator[GreyImage]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES:
            yield _read_grey(path)


def _empty_frames() -> Iterator[GreyImage]:
    """Yield the simulator's gateway as a camera's JPEG would bring it."""
    painter = Painter(WIDTH_PX, HEIGHT_PX)
    for number in range(EMPTY_FRAMES):
        _, data = cv2.imencode(".jpg", painter.frame(Scene.nobody(), number % CYCLE))
        yield np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _read_grey(path: Path) -> GreyImage:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise click.ClickException(f"{path}: not a picture that can be read")
    return np.asarray(image, np.uint8)


def _truth(path: Path) -> str | None:
    file = path.with_suffix(".txt")
    return file.read_text("utf-8", errors="replace").strip() if file.is_file() else None


def _tally(pictures: Iterable[tuple[GreyImage, str | None]]) -> Tally:
    """Look at every picture eight times, plain pyzbar once before."""
    tally = Tally()
    finder, plain = CascadeFinder("auto"), _plain_pyzbar()
    for grey, truth in pictures:
        tally.images += 1
        if plain is not None:
            tally.pyzbar += _read_plainly(plain, grey, tally)
        look, texts = _look(finder, grey, tally)
        is_true = bool(texts) and (truth is None or _is_true(texts, truth))
        tally.first += is_true and look == 0
        tally.within += is_true
        tally.wrong += bool(texts) and not is_true
    return tally


def _look(finder: CascadeFinder, grey: GreyImage, tally: Tally) -> tuple[int, list[bytes]]:
    """Return at which look something was read, and what."""
    for look in range(LOOKS):
        began_s = time.process_time()
        texts = finder.read(Frame(grey, 0.0, look + 1))
        tally.ms.append((time.process_time() - began_s) * 1000)
        if texts:
            return look, texts
    return LOOKS, []


def _plain_pyzbar() -> ModuleType | None:
    """Return what the cascade is compared with, None where libzbar is not installed."""
    try:
        return importlib.import_module("pyzbar.pyzbar")
    except ImportError:
        return None


def _read_plainly(plain: ModuleType, grey: GreyImage, tally: Tally) -> bool:
    """Read as tutorials do: every symbology, in colour."""
    image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    began_s = time.process_time()
    try:
        codes = plain.decode(image)
    except ValueError:  # pyzbar 0.1.9 on structured-append symbols
        codes = []
    tally.pyzbar_ms.append((time.process_time() - began_s) * 1000)
    return any(code.type == "QRCODE" for code in codes)


def _is_true(texts: list[bytes], truth: str) -> bool:
    """Whether one of the texts is the truth, in an encoding that codes have."""
    wanted = _lenient(truth)
    return any(
        _lenient(text.decode(encoding, "replace")) == wanted
        for text in texts
        for encoding in ("utf-8", "shift_jis", "gb18030", "iso8859-1")
    )


def _lenient(text: str) -> str:
    return "".join(c for c in text if c.isprintable() and c != "\ufffd" and not c.isspace())


def _figures(tally: Tally) -> dict[str, Any]:
    count = max(tally.images, 1)
    return {
        "images": tally.images,
        "first_look": round(tally.first / count, 3),
        "within_8": round(tally.within / count, 3),
        "wrong": tally.wrong,
        "cpu_ms_look": _spread(tally.ms),
        "pyzbar": round(tally.pyzbar / count, 3) if tally.pyzbar_ms else None,
        "pyzbar_cpu_ms": _spread(tally.pyzbar_ms),
        "cpu_ratio": round(mean(tally.ms) / mean(tally.pyzbar_ms), 3)
        if tally.pyzbar_ms
        else None,
    }


def _spread(values: list[float]) -> dict[str, float | None]:
    if len(values) < 2:
        return {"p50": None, "p95": None}
    p95 = quantiles(values, n=20, method="inclusive")[18]
    return {"p50": round(median(values), 2), "p95": round(p95, 2)}


def _table(report: dict[str, Any]) -> str:
    head = f"{'set':28}{'images':>8}{'first':>8}{'in 8':>8}{'wrong':>8}{'pyzbar':>8}{'CPU':>8}"
    rows = [head]
    for row in (*report["sets"], {"name": "empty frames", **report["empty"]}):
        rows.append(
            f"{row['name']:28}{row['images']:8}{row['first_look']:8}{row['within_8']:8}"
            f"{row['wrong']:8}{row['pyzbar']!s:>8}{row['cpu_ratio']!s:>8}"
        )
    return "\n".join(rows) + "\nCPU: of a look, beside plain pyzbar on the same picture."
