"""A printed sheet is read back: every card, at the resolution of an office scanner."""

from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner

from kiosk.cli.passes import command
from kiosk.errors import ConfigError, MessageError
from kiosk.passes.sheet import make_sheet, read_card

DPI = 150
POINTS_MM = 72 / 25.4


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the keys of a site."""
    folder = tmp_path / "keys"
    done = CliRunner().invoke(command, ["keygen", str(folder), "--community", "demo"])
    assert done.exit_code == 0
    return folder


def _issue(keys: Path, *options: str) -> str:
    arguments = ["issue", "--key", str(keys / "issuer.key"), "--community", "demo"]
    done = CliRunner().invoke(command, [*arguments, "--grid", "12", *options])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_every_card_of_a_sheet_is_read_back_and_is_30_mm_wide(keys: Path) -> None:
    texts = [_issue(keys, "--label", "张*明") for _ in range(11)]
    pages, out = keys / "texts", keys / "cards.pdf"
    pages.write_text("\n".join(texts), "utf-8")
    done = CliRunner().invoke(command, ["sheet", str(pages), "--out", str(out)])
    assert done.exit_code == 0, done.output
    document = pypdfium2.PdfDocument(out)
    assert len(document) == 2  # ten a page
    found = []
    for page in document:
        grey = np.array(page.render(scale=DPI / 72).to_pil().convert("L"))
        found += zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)
    assert sorted(code.text for code in found) == sorted(texts)
    widths_mm = [
        (code.position.top_right.x - code.position.top_left.x) / DPI * 25.4 for code in found
    ]
    assert min(widths_mm) > 29.0
    assert max(widths_mm) < 31.0
    document.close()


def test_what_is_no_pass_is_not_printed() -> None:
    with pytest.raises(MessageError, match="not a pass"):
        read_card("https://example.org")


def test_a_missing_font_is_named(tmp_path: Path) -> None:
    nothing = tmp_path / "none.ttf"
    with pytest.raises(ConfigError, match=r"none\.ttf"):
        make_sheet([], font=nothing, bold=nothing)
