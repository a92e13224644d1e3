"""`kiosk run`: the gate, as systemd starts it."""

import resource
import signal
import sys
import threading
from pathlib import Path

import click

from kiosk import __version__, log
from kiosk.cli.options import CONFIG, STATE
from kiosk.config import StateDir, find_config
from kiosk.errors import ConfigError, KioskError
from kiosk.runtime.startup import load_config
from kiosk.runtime.wiring import run_gate
from kiosk.timing import boot_seconds, process_started_s

EXIT_FAILED = 70


@click.command("run")
@CONFIG
@STATE
def command(config_file: Path | None, state_folder: Path) -> None:
    """Run the gate until SIGTERM.

    Ends with 0 when told to stop, 70 when it failed, 75 when a part hung, 78 when the
    configuration is wrong and there is no last good one.
    """
    log.set_up()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not dump what was typed
    log.event(
        log.Event.RUN_STARTED,
        version=__version__,
        seconds=round(boot_seconds() - process_started_s(), 3),
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    state = StateDir(state_folder)
    try:
        state.make()
        config, problems = load_config(find_config(config_file), state)
        sys.exit(run_gate(config, state, stop, problems=problems))
    except ConfigError:
        raise  # printed with every mistake, exit 78
    except Exception as exc:  # noqa: BLE001 - the program's boundary: say why it ends
        is_known = isinstance(exc, KioskError | OSError)
        log.error(log.Event.RUN_FAILED, error=str(exc), exc_info=None if is_known else exc)
        sys.exit(EXIT_FAILED)
