"""`kiosk check`: what is wrong with this kiosk and what to do. Touches nothing that matters.

It reads, opens nothing for longer than a look, and imports no OpenCV, so it also answers on
a machine where that does not load.
"""

import json
import os
import sys
from pathlib import Path
from unicodedata import east_asian_width

import click

from kiosk.cli import (
    EXIT_CONFIG,
    EXIT_NO,
    check_clock,
    check_lan,
    check_lists,
    check_memory,
    check_voice,
)
from kiosk.cli.check_calibration import check_calibration
from kiosk.cli.check_devices import check_camera, check_gate, check_readers, check_thermometer
from kiosk.cli.check_finding import Finding, State
from kiosk.cli.check_state import (
    check_central,
    check_disk,
    check_keys,
    check_trust,
)
from kiosk.cli.check_words import PARTS, STATES, say, speaks_chinese
from kiosk.cli.options import CONFIG, JSON, STATE
from kiosk.config import Config, StateDir, find_config, read_config
from kiosk.errors import ConfigError

_STATE_COLUMNS, _PART_COLUMNS = 6, 12


@click.command()
@CONFIG
@STATE
@JSON
def command(config_file: Path | None, state_folder: Path, as_json: bool) -> None:
    """Say what is wrong with this kiosk and what to do.

    Ends with 0 when nothing is wrong (a warning is not), 1 when something is, 78 when the
    configuration is.
    """
    path = find_config(config_file)
    try:
        config = read_config(path)
    except ConfigError as exc:
        findings = [Finding("config", State.WRONG, "config.wrong", p) for p in exc.problems]
        _print(findings, as_json=as_json)
        sys.exit(EXIT_CONFIG)
    found = Finding("config", State.OK, "config.file" if path else "config.none", str(path))
    findings = [found, *check_all(config, StateDir(state_folder))]
    _print(findings, as_json=as_json)
    if any(f.state is State.WRONG for f in findings):
        sys.exit(EXIT_NO)


def check_all(config: Config, state: StateDir) -> list[Finding]:
    """Return what there is to say of every part, the state on disk first."""
    return [
        *check_keys(config, state),
        check_trust(state),
        *check_lists.check_revoked(config, state),
        check_disk(state),
        check_memory.check_swap(),
        check_clock.check_clock(state),
        check_camera(config.camera),
        check_readers(config.camera),
        check_thermometer(config.thermometer),
        check_calibration(config, state),
        check_gate(config.gate),
        check_lan.check_lan(config.lan, state),
        check_voice.check_voice(config, state),
        check_central(config.central),
    ]


def _print(findings: list[Finding], *, as_json: bool) -> None:
    in_chinese = speaks_chinese(os.environ)
    if as_json:
        rows = [_row(f, in_chinese=in_chinese) for f in findings]
        worst = max((f.state for f in findings), key=list(State).index)
        click.echo(json.dumps({"outcome": worst.value, "checks": rows}, ensure_ascii=False))
        return
    for finding in findings:
        text = say(finding.code, finding.detail, in_chinese=in_chinese)
        column = 0 if in_chinese else 1
        state = _padded(STATES[finding.state.value][column], _STATE_COLUMNS)
        part = _padded(PARTS[finding.part][column], _PART_COLUMNS)
        click.echo(f"{state} {part} {text}")


def _row(finding: Finding, *, in_chinese: bool) -> dict[str, str]:
    return {
        "part": finding.part,
        "state": finding.state.value,
        "code": finding.code,
        "detail": finding.detail,
        "text": say(finding.code, finding.detail, in_chinese=in_chinese),
    }


def _padded(word: str, columns: int) -> str:
    """Return `word` filled up to a width on the screen, where a hanzi takes two columns."""
    width = sum(2 if east_asian_width(c) == "W" else 1 for c in word)
    return word + " " * (columns - width)
