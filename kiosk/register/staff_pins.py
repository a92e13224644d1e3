"""The short names of staff and their PINs, hashed with argon2id, in one file of the state.

A PIN of a few digits is no secret to whoever has the file; it says who typed a temperature,
and keeps passers-by from the staff page. Names are short ones (w01), not those of people.
"""

import json
import re
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.errors import ConfigError
from kiosk.files import write_whole

NAME = re.compile(r"[A-Za-z0-9_-]{1,16}")
PIN = re.compile(r"[0-9]{4,8}")
STAFF_MAX = 64  # each wrong PIN is held against all of them
# 8 MiB a look: the kiosk has about 115 MB for everything; about 20 ms on a desktop.
_HASHER = PasswordHasher(time_cost=3, memory_cost=8192, parallelism=1)


class StaffPins:
    """The file, read anew at each question: a new volunteer needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def whose(self, pin: str) -> str | None:
        """Return the short name of whose PIN it is, None when it is nobody's."""
        if not PIN.fullmatch(pin):
            return None
        try:
            hashes = self.read()
        except ConfigError:
            return None
        return next((name for name, kept in hashes.items() if _is_right(kept, pin)), None)

    def read(self) -> dict[str, str]:
        """Return short name -> hash; empty without a file. Raises ConfigError."""
        try:
            tree = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as exc:
            raise ConfigError([f"{self._path}: {exc}; set the PINs again"]) from exc
        is_right = isinstance(tree, dict) and all(isinstance(v, str) for v in tree.values())
        if not is_right:
            raise ConfigError(
                [f"{self._path}: not short names with hashes; set the PINs again"]
            )
        return dict(tree)

    def put(self, name: str, pin: str) -> None:
        """Give `name` a PIN. Raises ConfigError for one that will not do."""
        if not NAME.fullmatch(name):
            raise ConfigError([f"{name!r}: a short name has 1 to 16 letters, digits, - or _"])
        if not PIN.fullmatch(pin):
            raise ConfigError(["a PIN has 4 to 8 digits"])
        hashes = {n: kept for n, kept in self.read().items() if n != name}
        if any(_is_right(kept, pin) for kept in hashes.values()):
            raise ConfigError(["somebody else has this PIN; choose another"])
        if len(hashes) >= STAFF_MAX:
            raise ConfigError([f"there are {STAFF_MAX} names already; remove one first"])
        self._write({**hashes, name: _HASHER.hash(pin)})

    def remove(self, name: str) -> bool:
        """Take a name off the list. Returns False when it was not there."""
        hashes = self.read()
        if name not in hashes:
            return False
        self._write({n: kept for n, kept in hashes.items() if n != name})
        return True

    def _write(self, hashes: dict[str, str]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._path, json.dumps(hashes, indent=1).encode(), mode=0o600)


def _is_right(kept: str, pin: str) -> bool:
    try:
        return _HASHER.verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
