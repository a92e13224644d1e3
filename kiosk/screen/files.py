"""The files of the pages, and a page put together from its parts."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
PRACTICE = (
    '<b class="practice">%zh:label.practice% <span lang="en">%en:label.practice%</span></b>'
)
_PART = re.compile(r"%part:([a-z_]+)%")


def static_files() -> StaticFiles:
    """Return what serves the files as they are."""
    return StaticFiles(directory=STATIC)


def read_page(name: str, *, is_practice: bool = False) -> str:
    """Return a page with its parts in place; its words are still slots.

    One of a gate in practice says so in its header, where it has a `%practice%` slot.
    """
    page = (STATIC / name).read_text("utf-8")
    page = page.replace("%practice%", PRACTICE if is_practice else "")
    return _PART.sub(lambda part: read_page(f"parts/{part[1]}.html").strip(), page)


def mark_of(pages: Iterable[str]) -> str:
    """Return what is another when one of `pages`, or a file that they load, is another."""
    found = hashlib.sha256("".join(pages).encode())
    for file in sorted(file for file in STATIC.rglob("*") if file.is_file()):
        known = file.stat()
        found.update(f"{file.name} {known.st_size} {known.st_mtime_ns}\n".encode())
    return found.hexdigest()[:12]
