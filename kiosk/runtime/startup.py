"""What stands before the gate can start: its configuration, its rules, its sole right."""

import fcntl
import os
from dataclasses import fields, replace
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from kiosk import log
from kiosk.config import Config, StateDir, read_config
from kiosk.core.rules import Acclimatisation, Rules, UnsureClock
from kiosk.errors import ConfigError, JournalError

LOCK_NAME = "lock"


def load_config(path: Path | None, state: StateDir) -> tuple[Config, tuple[str, ...]]:
    """Return the config and what is wrong with its file, when the last good copy serves.

    Raises ConfigError with every mistake when there is no good copy.
    """
    try:
        config = read_config(path)
    except ConfigError as exc:
        log.error(log.Event.CONFIG_LAST_GOOD, problems=exc.problems)
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
    fresh = good.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(good)


_CHOICES: dict[str, type[Enum]] = {
    "unsure_clock": UnsureClock,
    "acclimatisation": Acclimatisation,
}


def load_rules(file: str | None) -> Rules:
    """Return the community's rules: the defaults, with what a YAML file sets otherwise.

    Raises ConfigError with every mistake in the file.
    """
    if file is None:
        return Rules()
    try:
        tree = yaml.safe_load(Path(file).read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise ConfigError([f"rules.file: {file}: {' '.join(str(exc).split())}"]) from exc
    if not isinstance(tree, dict):
        raise ConfigError([f"rules.file: {file}: must be keys with values"])
    known = {field.name: getattr(Rules(), field.name) for field in fields(Rules)}
    problems = [p for key, value in tree.items() if (p := _mistake(known, key, value))]
    if problems:
        raise ConfigError([f"rules.file: {file}: {problem}" for problem in problems])
    chosen = {key: _CHOICES[key](value) for key, value in tree.items() if key in _CHOICES}
    return _checked(replace(Rules(), **{**tree, **chosen}), file)


def _mistake(known: dict[str, Any], key: object, value: object) -> str:
    if key not in known:
        return f"{key}: no such rule"
    if key in _CHOICES:
        choices = [choice.value for choice in _CHOICES[str(key)]]
        return "" if value in choices else f"{key}: must be one of {', '.join(choices)}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_right = isinstance(value, int) if isinstance(known[str(key)], int) else True
    return "" if is_number and is_right else f"{key}: {value!r} is not a number that fits"


def _checked(rules: Rules, file: str) -> Rules:
    """No file may make a fever normal: lines stand where a body temperature can be."""
    is_sane = (
        36.5 <= rules.retest_from_c <= rules.elevated_c <= 38.0
        and 36.0 <= rules.wrist_doubt_c <= rules.elevated_c
        and 35.0 <= rules.contact_low_c <= rules.typed_low_c <= 36.0
        and 3 <= rules.rounds_max <= 5
        and 1 <= rules.misses_max <= rules.rounds_max
        and 0.1 <= rules.inconsistent_c <= 2.0
        and 2.0 <= rules.reading_wait_s <= 60.0
        and 0.0 <= rules.repeat_window_s <= 600.0
        and 0.5 <= rules.page_min_s <= 10.0
        and 10.0 <= rules.staff_wait_s <= 600.0
        and 5.0 <= rules.cold_outdoors_c <= 25.0
        and 600.0 <= rules.lobby_wait_s < rules.lobby_holds_s <= 7200.0
        and 60.0 <= rules.twice_apart_s < rules.twice_holds_s <= 3600.0
        and 0.05 <= rules.twice_agree_c <= 0.2
    )
    if not is_sane:
        raise ConfigError([f"rules.file: {file}: a number lies outside what is sane for it"])
    return rules


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
