"""What stands before the gate can start: its configuration, its rules, its sole right."""

import fcntl
from pathlib import Path

from kiosk import log
from kiosk.config import Config, StateDir, read_config
from kiosk.core.rules import Rules
from kiosk.errors import ConfigError, JournalError
from kiosk.files import write_whole
from kiosk.rulebook.files import rules_of
from kiosk.rulebook.reading import UTC_OFFSET_S

LOCK_NAME = "lock"


def load_config(path: Path | None, state: StateDir) -> tuple[Config, tuple[str, ...]]:
    """Return the config and what is wrong with its file, when the last good copy serves.

    Raises ConfigError with every mistake when there is no good copy.
    """
    try:
        config = read_config(path)
    except ConfigError as exc:
        log.error(log.Event.CONFIG_WRONG, path=str(path), problems=exc.problems)
        if not state.last_good_config.is_file():
            raise
        return read_config(state.last_good_config), tuple(exc.problems)
    log.event(log.Event.CONFIG_READ, path=str(path) if path else "")
    _keep(path, state)
    return config, ()


def _keep(path: Path | None, state: StateDir) -> None:
    """Remember the text that was without mistakes; written only when it changed."""
    text = path.read_bytes() if path is not None else b""
    good = state.last_good_config
    if good.is_file() and good.read_bytes() == text:
        return
    write_whole(good, text, mode=0o600)


def load_rules(file: str | None, *, utc_offset_s: int = UTC_OFFSET_S) -> Rules:
    """Return the community's rules: a preset's, those in a file, or the usual ones.

    Raises ConfigError with every mistake in the file.
    """
    if file is None:
        return Rules()
    try:
        return rules_of(file, utc_offset_s=utc_offset_s)
    except ConfigError as exc:
        raise ConfigError(
            [f"rules.file: {file}: {problem}" for problem in exc.problems]
        ) from exc


class SoleRight:
    """The lock of one state directory: two gates must never write one journal.

    Raises JournalError when another process holds it.
    """

    def __init__(self, state: StateDir) -> None:
        self._file = (state.root / LOCK_NAME).open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            self._file.close()
            raise JournalError(f"{state.root}: another kiosk runs on this state") from exc

    def close(self) -> None:
        """Give it back; the kernel does so too when the process dies."""
        self._file.close()
