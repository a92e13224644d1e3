"""Which tablets may open the staff page over the local network: one file of the state.

A tablet is let in by a one-time code, shown as a QR code, that counts for ten minutes and five
tries. What it gets is a cookie of 256 bits, of which the gate keeps only the hash.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.errors import ConfigError
from kiosk.files import write_whole
from kiosk.timing import boot_seconds, read_boot_id

CODE_S = 600.0
TRIES_MAX = 5
TABLETS_MAX = 16  # chosen: a gate has one or two
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Tablet:
    """One that may come in."""

    name: str
    cookie_sha256: str
    by: str  # short name of who let it in


class Tablets:
    """The file, read anew at each question: one that is put out is out at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Tablet]:
        """Return who may come in. Raises ConfigError."""
        return [Tablet(**row) for row in self._read()["tablets"]]

    def whose(self, cookie: str) -> str | None:
        """Return the name of the tablet that holds this cookie."""
        digest = _digest(cookie)
        try:
            known = self.all()
        except ConfigError:
            return None
        same = [t for t in known if secrets.compare_digest(t.cookie_sha256, digest)]
        return same[0].name if same else None

    def invite(self, name: str, *, by: str) -> str:
        """Return a new code that lets one tablet in as `name`. The code before it is void.

        Raises ConfigError when there are too many, or nothing can be kept.
        """
        code = secrets.token_hex(16)
        with self._changing() as tree:
            others = [row for row in tree["tablets"] if row["name"] != name]
            if len(others) >= TABLETS_MAX:
                raise ConfigError(
                    [f"there are {TABLETS_MAX} tablets already; remove one first"]
                )
            tree["invited"] = {
                "code_sha256": _digest(code),
                "name": name,
                "by": by,
                "boot_id": read_boot_id(),
                "until_s": boot_seconds() + CODE_S,
                "tries": 0,
            }
        return code

    def accept(self, code: str) -> tuple[str, str] | None:
        """Return (name, cookie) for the right code, once; None for any other."""
        with self._changing() as tree:
            invited = tree["invited"]
            if not invited or not _is_open(invited):
                return None
            invited["tries"] += 1
            if not secrets.compare_digest(invited["code_sha256"], _digest(code)):
                return None
            cookie = secrets.token_hex(32)
            name = invited["name"]
            tree["tablets"] = [row for row in tree["tablets"] if row["name"] != name]
            tree["tablets"].append(
                {"name": name, "cookie_sha256": _digest(cookie), "by": invited["by"]}
            )
            tree["invited"] = None
        return name, cookie

    def remove(self, name: str) -> bool:
        """Put a tablet out. Returns False when there is none of this name."""
        with self._changing() as tree:
            before = tree["tablets"]
            tree["tablets"] = [row for row in before if row["name"] != name]
            return len(tree["tablets"]) < len(before)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """Give what is kept to be changed, and keep it; nothing of it where the block raises.

        One at a time, whichever program it is: who was put out must not come back with another.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as exc:
            raise ConfigError([f"{self._path}: {exc.strerror}"]) from exc
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            before = self._read()
            tree = {**before, "invited": before["invited"] and {**before["invited"]}}
            yield tree
            if tree != before:
                self._write(tree)
        finally:
            os.close(folder)

    def _read(self) -> dict[str, Any]:
        try:
            tree = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {"tablets": [], "invited": None}
        except (OSError, ValueError) as exc:
            raise ConfigError([f"{self._path}: {exc}; let the tablets in again"]) from exc
        if not _is_right(tree):
            raise ConfigError([f"{self._path}: not tablets; let them in again"])
        return dict(tree)

    def _write(self, tree: dict[str, Any]) -> None:
        try:
            write_whole(self._path, json.dumps(tree, indent=1).encode(), mode=_MODE)
        except OSError as exc:
            raise ConfigError([f"{self._path}: {exc.strerror}"]) from exc


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _is_open(invited: dict[str, Any]) -> bool:
    is_now = invited["boot_id"] == read_boot_id() and boot_seconds() < invited["until_s"]
    return bool(is_now and invited["tries"] < TRIES_MAX)


def _is_right(tree: object) -> bool:
    if not isinstance(tree, dict) or not isinstance(tree.get("tablets"), list):
        return False
    keys = {"name", "cookie_sha256", "by"}
    rows = all(
        isinstance(row, dict)
        and set(row) == keys
        and all(isinstance(text, str) for text in row.values())
        for row in tree["tablets"]
    )
    invited = {"code_sha256", "name", "by", "boot_id", "until_s", "tries"}
    asked = tree.get("invited")
    return rows and (asked is None or (isinstance(asked, dict) and set(asked) == invited))
