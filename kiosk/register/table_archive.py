"""Whether an XLSX file is a table that can be read: looked at before anything is built of it.

The library makes an object of each cell, also of an empty one that only has a colour, and of
each that a merged area covers: a file of a few kB can ask for thousands of millions. What it
would make is counted in the text of the sheets first, a piece at a time.
"""

import io
import re
import zipfile
import zlib

from openpyxl.utils.cell import range_boundaries

UNPACKED_BYTES_MAX = 300_000_000
CELLS_MAX = 2_500_000  # chosen: a hundred thousand residents of 25 columns
MERGED_CELLS_MAX = 500_000
PARTS_MAX = 1000
_PIECE_BYTES = 1_000_000
_TAG_BYTES_MAX = 1000
_CELL = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?c[\s/>]")
_AREA = re.compile(rb"""<(?:[A-Za-z_][\w.-]*:)?mergeCell\s[^<>]*?ref\s*=\s*["']([^"']*)["']""")


class NoTable(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


def check_archive(content: bytes) -> None:
    """Raise NoTable for what unpacks to, or asks for, more than a table of residents would."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            is_large = sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX
            if len(parts) > PARTS_MAX or is_large:
                raise NoTable(
                    "the XLSX file unpacks to too much: save the sheet alone, or as CSV"
                )
            for part in parts:
                if "worksheets/" in part.filename:
                    _check_sheet(archive, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as exc:
        raise NoTable("the XLSX file is damaged: save it again, or as CSV") from exc


def _check_sheet(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    cells = merged = 0
    rest = b""
    with archive.open(part) as sheet:
        while piece := sheet.read(_PIECE_BYTES):
            text = rest + piece
            if b"\x00" in text:
                raise NoTable("the XLSX file is in a coding that nothing writes: save it again")
            end = text.rfind(b"<") if len(piece) == _PIECE_BYTES else len(text)
            whole, rest = text[:end], text[end:][:_TAG_BYTES_MAX]
            cells += sum(1 for _ in _CELL.finditer(whole))
            merged += sum(_cells_in(area) for area in _AREA.findall(whole))
            if cells > CELLS_MAX:
                raise NoTable("the sheet has millions of cells: delete what is below the table")
            if merged > MERGED_CELLS_MAX:
                raise NoTable("merged areas cover the whole sheet: take them apart")


def _cells_in(area: bytes) -> int:
    """Return how many cells an area such as A1:C9 covers; one without an end, all of them."""
    left, top, right, bottom = range_boundaries(area.decode("ascii", "replace"))
    if None in (left, top, right, bottom):
        return MERGED_CELLS_MAX + 1
    return int(max(0, right - left + 1) * max(0, bottom - top + 1))
