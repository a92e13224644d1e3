"""`kiosk enrol CODE`: binds this kiosk to its site."""

import sys
import time
from contextlib import closing
from pathlib import Path

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.options import CONFIG, STATE
from kiosk.config import StateDir, find_config, read_config
from kiosk.errors import (
    BadUpdate,
    ConfigError,
    MessageError,
    ServerBusy,
    ServerRefused,
    ServerUnreachable,
    SyncError,
)
from kiosk.runtime.new_key import old_device, put_journal_away
from kiosk.runtime.startup import SoleRight
from kiosk.sync import enrol
from kiosk.sync.client import Limits, Line
from kiosk.sync.identity import NEXT_KEY
from kiosk.wire.enrol import EnrolCode, decode_code

ASK_S, ASK_MAX_S = 2.0, 15.0
_SAYS = {
    "E_ENROL_EXPIRED": "the code is not good any more; make a new one at central",
    "E_ENROL_USED": "another kiosk used this code; make a new one at central, and look who",
    "E_ENROL_PROOF": "the code is wrong; type it again, every letter",
    "E_ENROL_REFUSED": "central turned this kiosk away; ask who is at the desk",
}


@click.command("enrol")
@click.argument("code")
@click.option("--new-key", is_flag=True, help="Change this kiosk's key; the gate must stop.")
@click.option("--timeout-s", type=click.IntRange(1, 7200), default=1800, show_default=True)
@CONFIG
@STATE
def command(
    *,
    code: str,
    new_key: bool,
    timeout_s: int,
    config_file: Path | None,
    state_folder: Path,
) -> None:
    """Bind this kiosk to its site with the one-time CODE that central made; `-` reads it.

    Shows eight digits. Somebody at central compares them and approves; then this kiosk has
    what it needs, and a gate that runs takes it up by itself.

    With --new-key the kiosk becomes another device: everything must be at central, and the
    gate must not run. Block the old device at central afterwards.
    """
    config = read_config(find_config(config_file))
    if not config.central.url:
        raise ConfigError(["central.url: empty; set the address of central first"])
    try:
        asked = decode_code(sys.stdin.readline().strip() if code == "-" else code.strip())
    except MessageError as exc:
        raise click.ClickException(f"{exc}; copy the whole text") from exc
    state = StateDir(state_folder)
    state.make()
    deadline_s = time.monotonic() + timeout_s
    with closing(Line(config.central, Limits())) as line:
        if not new_key:
            enrolling = enrol.begin(state.keys, asked)
            return _wait(line, asked, enrolling, state.keys, deadline_s)
        with closing(SoleRight(state)):
            old = old_device(state)
            enrolling = enrol.begin(state.keys, asked, key_file=NEXT_KEY)
            _wait(line, asked, enrolling, state.keys, deadline_s)
            put_journal_away(state, old)
    click.echo(f"then: kiosk central device block {old}")
    return None


def _wait(
    line: Line, code: EnrolCode, enrolling: enrol.Enrolling, keys: Path, deadline_s: float
) -> None:
    click.echo(f"device {enrolling.device}\n\n    {enrolling.digits}\n")
    click.echo("compare these digits at central, then approve there; Ctrl-C changes nothing")
    wait_s, said = ASK_S, ""
    while time.monotonic() < deadline_s:
        try:
            if enrol.ask(line.post, enrolling, code, keys):
                click.echo("bound; the gate takes it up by itself")
                return
            wait_s, said = ASK_S, ""
        except ServerRefused as exc:
            _end(_SAYS.get(exc.code, "central refuses"), exc.code)
        except BadUpdate as exc:
            _end("somebody else answered in central's place; look at the network", str(exc))
        except (ServerUnreachable, ServerBusy) as exc:
            if said != str(exc):  # once each, not every few seconds for half an hour
                said = str(exc)
                why = f"no answer yet ({said}); trying again; `kiosk check` says more"
                click.echo(why, err=True)
            wait_s = min(ASK_MAX_S, wait_s * 2)
        except SyncError as exc:
            _end("look at central.url and at the network", str(exc))
        time.sleep(min(wait_s, max(0.0, deadline_s - time.monotonic())))
    _end("nobody approved in time; run it again with the same code", "E_ENROL_PENDING")


def _end(what_to_do: str, why: str) -> None:
    click.echo(f"{why}: {what_to_do}", err=True)
    sys.exit(EXIT_NO)
