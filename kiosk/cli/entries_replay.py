"""`kiosk entries replay`: recorded days held against tomorrow's rules, before they count."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kiosk.cli.options import JSON, STATE
from kiosk.config import StateDir
from kiosk.core.words_home import DAY_MS
from kiosk.errors import ConfigError
from kiosk.journal.replay import Outcome, Replayed
from kiosk.journal.replay_shares import replay_journal
from kiosk.journal.walk import newest_ms
from kiosk.register.households import all_households
from kiosk.rulebook.files import rules_of

_NOTES = (
    "What went before each passage is what really happened, not what these rules would have",
    "made of it. The age of lists and the weather are not in the journal: as they were.",
)


@click.command("replay")
@click.option("--rules", "rules_name", required=True, help="A rule file, or a preset.")
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True)
@click.option("--list", "is_listed", is_flag=True, help="Print the entries' numbers too.")
@JSON
@STATE
def command(
    *, rules_name: str, days: int, is_listed: bool, as_json: bool, state_folder: Path
) -> None:
    """Say who would have been treated otherwise by other rules, by reason, with counts.

    The last DAYS of the journal are judged, back from its newest entry.
    """
    try:
        rules = rules_of(rules_name)
    except ConfigError as exc:
        raise click.ClickException(str(exc)) from exc
    state = StateDir(state_folder)
    if not state.journal.exists():
        raise click.ClickException(f"there is no journal at {state.journal}; give --state")
    known = _known(state.register)
    try:
        since_ms = newest_ms(state.journal) - days * DAY_MS
        found = replay_journal(state.journal, rules, since_ms, known)
    except sqlite3.Error as exc:
        raise click.ClickException(f"cannot read {state.journal} ({exc})") from exc
    if as_json:
        click.echo(json.dumps(_report(found, rules.version, is_listed=is_listed)))
    else:
        click.echo("\n".join(_lines(found, is_listed=is_listed)))


def _known(register: Path) -> frozenset[str] | None:
    """Return the households on the register, None where there is none to ask."""
    if not register.is_file():
        return None
    try:
        return frozenset(one.sub for one in all_households(register))
    except sqlite3.Error:
        return None


def _report(found: Replayed, version: int, *, is_listed: bool) -> Mapping[str, Any]:
    return {
        "version": version,
        "judged": found.judged,
        "same": found.same,
        "changed": [
            {
                "was": _words(was),
                "would": _words(would),
                "count": count,
                **({"seqs": found.seqs[was, would]} if is_listed else {}),
            }
            for (was, would), count in found.changed.most_common()
        ],
    }


def _lines(found: Replayed, *, is_listed: bool) -> list[str]:
    changed = found.judged - found.same
    lines = [f"passages: {found.judged}, as before: {found.same}, otherwise: {changed}"]
    for (was, would), count in found.changed.most_common():
        lines.append(f"{count:8}  {_words(was)} -> {_words(would)}")
        if is_listed:
            lines.append("          " + " ".join(map(str, found.seqs[was, would])))
    return [*lines, *_NOTES]


def _words(outcome: Outcome) -> str:
    decision, reason = outcome
    if decision == "measured":
        return "would be measured (again)"
    return f"{decision}, {reason}" if reason else decision
