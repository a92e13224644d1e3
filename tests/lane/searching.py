"""Searches raw bytes: files, open files that were deleted, and files mapped as memory."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

CODINGS = ("utf-8", "gb18030", "utf-16-le")


def ways_to_write(secret: str | bytes) -> set[bytes]:
    """Return the bytes that a secret may stand as."""
    if isinstance(secret, bytes):
        encoded = base64.b64encode(secret).rstrip(b"=")
        return {secret, secret.hex().encode(), secret.hex().upper().encode(), encoded}
    ways: set[bytes] = set()
    for text in spellings(secret):
        ways |= {text.encode(coding) for coding in CODINGS}
        ways |= {json.dumps(text)[1:-1].encode(), quote(text).encode()}
    return ways


def spellings(typed: str) -> set[str]:
    """Return how a gate may write down what was typed: large letters, without separators."""
    bare = re.sub(r"[\W_]", "", typed.removeprefix("+86"))
    return {typed, typed.upper(), typed.lower(), bare, bare.upper(), bare.lower()}


def found_in(raw: bytes, secrets: Mapping[str, str | bytes]) -> set[str]:
    """Return the names of the secrets that stand in `raw`, however they are written."""
    return {
        name
        for name, secret in secrets.items()
        if any(way in raw for way in ways_to_write(secret))
    }


def search_files(
    paths: Iterable[Path], secrets: Mapping[str, str | bytes]
) -> dict[str, set[str]]:
    """Return what was found, by file; folders are searched to the bottom."""
    files: list[Path] = []
    for path in paths:
        files += [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    seen = {str(file): found_in(file.read_bytes(), secrets) for file in files}
    return {file: names for file, names in seen.items() if names}


def search_program(
    pid: int | None, secrets: Mapping[str, str | bytes]
) -> tuple[dict[str, set[str]], set[str]]:
    """Return what was found in files that a program holds open or shares as memory.

    And which they were. Ordinary memory is not searched: there a name stands while it is
    being typed.
    """
    raw = {**_open_files(Path(f"/proc/{pid}/fd")), **_shared_memory(Path(f"/proc/{pid}"))}
    seen = {name: found_in(content, secrets) for name, content in raw.items()}
    return {name: names for name, names in seen.items() if names}, set(raw)


def _open_files(descriptors: Path) -> dict[str, bytes]:
    """Read through the descriptors themselves: a file may have lost its name."""
    opened = [fd for fd in descriptors.iterdir() if fd.is_file()]
    return {f"{fd.readlink()} (open)": fd.read_bytes() for fd in opened}


def _shared_memory(process: Path) -> dict[str, bytes]:
    """Read what is mapped from files and shared: what is written there reaches the file."""
    found: dict[str, bytes] = {}
    with (process / "mem").open("rb", buffering=0) as memory:
        for line in (process / "maps").read_text("utf-8", "replace").splitlines():
            parts = line.split(maxsplit=5)
            if len(parts) < 6 or parts[1][3] != "s" or not parts[5].startswith("/"):
                continue
            start, end = (int(part, 16) for part in parts[0].split("-"))
            memory.seek(start)
            found[f"{parts[5]} ({parts[0]})"] = memory.read(end - start)
    return found
