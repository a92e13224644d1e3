"""`kiosk pass verify`: what the text of a code is worth."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.options import JSON, STATE
from kiosk.cli.passes_options import DAY, FILE, utc
from kiosk.cli.passes_trust import find_lists
from kiosk.core.words import Credential, Refused
from kiosk.kernel_clock import this_machine
from kiosk.passes.phone import Proofs
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState, Stamp, SystemClock

TEXT_BYTES_MAX = 8192  # of a line of standard input: what is longer is no pass


@click.command()
@click.argument("text")
@click.option("--trust", "trust_file", type=FILE, help="Trust list; the site's by default.")
@click.option("--root", "root_file", type=FILE, help="root.pub; the one beside --trust.")
@click.option("--at", type=DAY, help="UTC; now when not given.")
@STATE
@JSON
def verify(
    *,
    text: str,
    trust_file: Path | None,
    root_file: Path | None,
    at: datetime | None,
    state_folder: Path,
    as_json: bool,
) -> None:
    """Say what the TEXT of a code is worth; `-` reads a text a line from standard input.

    Prints {"outcome":"OK"...} or the E_ code. Lines are taken as a gate sees codes, one after
    the other: a phone's code counts once. Ends with 0 when every text is a good pass.
    """
    lists = find_lists(trust_file, root_file, state_folder)
    now = SystemClock(machine=this_machine()).now()
    stamp = Stamp(now.mono_s, utc(at), now.boot_id, ClockState.TRUSTED) if at else now
    is_stream = text == "-"
    is_good, proofs = True, Proofs()
    for line in lines_of_input() if is_stream else (text,):
        outcome = verify_text(line, lists, stamp, proofs)
        is_good = is_good and isinstance(outcome, Credential)
        if isinstance(outcome, Credential) and outcome.proof_s is not None:
            proofs.note(outcome.cti, outcome.proof_s)
        click.echo(_told(outcome, as_json=as_json or is_stream))
    sys.exit(0 if is_good else EXIT_NO)


def lines_of_input() -> Iterator[str]:
    """Yield the lines of standard input, whatever bytes they are made of."""
    for line in iter(lambda: sys.stdin.buffer.readline(TEXT_BYTES_MAX), b""):
        yield line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def _told(outcome: Credential | Refused, *, as_json: bool) -> str:
    if isinstance(outcome, Credential):
        row = {
            "outcome": "OK",
            "iss": outcome.iss,
            "sub": outcome.sub,
            "cti": outcome.cti.hex(),
            "kind": outcome.kind.name.lower(),
            "grid": outcome.grid,
            "label": outcome.label,
            "ends": datetime.fromtimestamp(outcome.exp_s, UTC).isoformat(),
            "warnings": [warning.value for warning in outcome.warnings],
        }
        return json.dumps(row, ensure_ascii=False)
    code = outcome.reason.value
    return json.dumps({"outcome": code}) if as_json else code
