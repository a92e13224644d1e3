"""`kiosk demo`: everything on this machine, without hardware."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from kiosk.runtime.demo import play_script
from kiosk.runtime.demo_faults import DemoOptions, parse_faults
from kiosk.runtime.demo_visitors import serve_visitors
from kiosk.simulate.town_rules import Preset

EXIT_NO = 1
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("demo")
@click.option("--people", type=click.IntRange(1, 5000), help="Play so many people, then end.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the town and its day.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the figures here.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="PART:WHAT=VALUE",
    help="central:down=0-50%, central:kill=2, kiosk:kill=20, "
    "thermometer:silent=30-40%, camera:stall=50-55%. May be given again.",
)
@click.option(
    "--reader",
    type=click.Choice(["auto", "pyzbar", "zxing"]),
    default="auto",
    show_default=True,
    help="Which decoder reads the codes.",
)
@click.option(
    "--rules",
    type=click.Choice([preset.value for preset in Preset]),
    default=Preset.USUAL.value,
    show_default=True,
    help="What the community lives by; central publishes it.",
)
@click.option(
    "--direction",
    type=click.Choice(["in", "out"]),
    default="in",
    show_default=True,
    help="Which way the gate leads; out, one household is under an order to stay in.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where journals, keys and logs go; a new one under the temporary folder.",
)
def command(
    *,
    people: int | None,
    seed: int,
    report: Path | None,
    faults: tuple[str, ...],
    reader: str,
    rules: str,
    direction: str,
    folder: Path | None,
) -> None:  # fmt: skip
    """Play a gate: stream camera, thermometer on a pseudo-terminal, mock pins, central.

    Without --people it runs until Ctrl-C and prints the addresses of its pages. With it, so
    many made-up people pass in real time; exit 1 if any outcome was not the expected one, or
    any entry is missing or doubled at central.
    """
    try:
        plan = parse_faults(faults)
    except ValueError as exc:
        raise click.BadParameter(str(exc), param_hint="--fault") from exc
    preset, goes_out = Preset(rules), direction == "out"
    options = DemoOptions(seed, reader, folder, plan, preset, goes_out)
    if people is None:
        with contextlib.suppress(KeyboardInterrupt), _tidy_end():
            serve_visitors(options)
        return
    with _tidy_end():
        is_right = play_script(options, people=people, report_path=report)
    sys.exit(0 if is_right else EXIT_NO)


@contextlib.contextmanager
def _tidy_end() -> Iterator[None]:
    """Let the first signal to end take everything down, and no second one disturb that."""

    def end(*_: object) -> None:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
