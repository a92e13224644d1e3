"""Files that a power cut leaves old or new, never half: written beside, synced, moved."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Put a file in place of an old one: whole or not at all, and on disk. Raises OSError."""
    fresh = write_beside(path, content, mode)
    try:
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_beside(path: Path, content: bytes, mode: int) -> Path:
    """Return a new file in the folder of `path` with `content` on disk. Raises OSError.

    What a full disk cut short is taken away: whoever tries again for days would leave as many.
    """
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            os.fchmod(number, mode)
            file.write(content)
            file.flush()
            os.fsync(number)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def sync_folder(folder: Path) -> None:
    """Make what was put into a folder, or renamed there, outlast a power cut."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
