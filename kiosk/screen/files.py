"""The files of the pages, and a page put together from its parts.

A page names its parts: `%part:NAME slot=value ...%` is the file of that name with its `$slots`
filled, `%picks:KEYS value ...%` a button for each value, its words under `KEYS.value`.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from string import Template

from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
PRACTICE = (
    '<b class="practice">%zh:label.practice% <span lang="en">%en:label.practice%</span></b>'
)
PICK = '<button type="button" data-value="{0}" aria-pressed="false">%both:{1}.{0}%</button>'
_PART = re.compile(r"%part:([a-z_]+)((?: [a-z]+=[a-z0-9_]+)*)%")
_PICKS = re.compile(r"%picks:([a-z._]+)((?: [a-z0-9_]+)+)%")
_UNSET = {"check": "", "max": "64", "secret": "", "type": ""}  # of a field


def static_files() -> StaticFiles:
    """Return what serves the files as they are."""
    return StaticFiles(directory=STATIC)


def read_page(name: str, *, is_practice: bool = False) -> str:
    """Return a page with its parts in place; its words are still slots.

    One of a gate in practice says so in its header, where it has a `%practice%` slot.
    """
    page = (STATIC / name).read_text("utf-8")
    page = page.replace("%practice%", PRACTICE if is_practice else "")
    return _PICKS.sub(_picks, _PART.sub(_part, page))


def _part(asked: re.Match[str]) -> str:
    part = read_page(f"parts/{asked[1]}.html").strip()
    slots = dict(slot.split("=") for slot in asked[2].split())
    return Template(part).substitute(_UNSET | slots)


def _picks(asked: re.Match[str]) -> str:
    return "\n".join(PICK.format(value, asked[1]) for value in asked[2].split())


def mark_of(pages: Iterable[str]) -> str:
    """Return what is another when one of `pages`, or a file that they load, is another."""
    found = hashlib.sha256("".join(pages).encode())
    for file in sorted(file for file in STATIC.rglob("*") if file.is_file()):
        known = file.stat()
        found.update(f"{file.name} {known.st_size} {known.st_mtime_ns}\n".encode())
    return found.hexdigest()[:12]
