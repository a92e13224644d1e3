"""`kiosk demo`: composes far ends, children and made-up people, and plays the script."""

import json
import random
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import click

from kiosk.runtime.demo_children import run_command
from kiosk.runtime.demo_expected import expected_of, order_in
from kiosk.runtime.demo_faults import DemoOptions, FaultPlan, spread_kills
from kiosk.runtime.demo_memory import MemoryWatch
from kiosk.runtime.demo_people import Visit, visit
from kiosk.runtime.demo_report import Played, make_report, wait_for_central
from kiosk.runtime.demo_stage import Stage, open_stage
from kiosk.simulate.town import Person, Shows, Story, write_script

SILENT_FIRST_S = 1.5  # the thermometer is silent this long before its person comes
STALL_S = 4.0


def play_script(options: DemoOptions, *, people: int, report_path: Path | None) -> bool:
    """Play so many people through the gate. Returns whether everything was as expected.

    Raises KioskError when the gate does not come up.
    """
    with ExitStack() as opened:
        stage = open_stage(options, opened)
        click.echo(f"folder {stage.site.folder}")
        script = write_script(stage.town, people, options.seed, phones=_phones(options))
        stage.desk.revoke(person for person in script if person.story is Story.REVOKED)
        stays_in = order_in(stage, script, options)
        memory = opened.enter_context(MemoryWatch(stage.kiosk))
        visits = _play(stage, script, options)
        waited_s = wait_for_central(stage)
    expected = expected_of(visits, options, stays_in)
    played = Played(stage, tuple(visits), expected, tuple(memory.seen), waited_s)
    report, is_right = make_report(played, _verify_chain(stage))
    text = json.dumps(report, ensure_ascii=False, indent=1)
    if report_path is not None:
        report_path.write_text(text + "\n", "utf-8")
    click.echo(text)
    return is_right


def _phones(options: DemoOptions) -> list[Shows]:
    """Return what people may hold. A phone's pass wants a kiosk that knows the time."""
    held = [Shows.CARD, Shows.PHONE]
    if options.reader != "pyzbar":  # zbar never reads pale codes on dark screens
        held.append(Shows.DARK_PHONE)
    if options.faults.is_calm:
        held.append(Shows.LIVE_PHONE)
    return held


def _play(stage: Stage, script: list[Person], options: DemoOptions) -> list[Visit]:
    plan = options.faults
    rng = random.Random(options.seed)
    kills = {
        child.name: spread_kills(plan.kills_of(child.name), len(script), rng)
        for child in (stage.kiosk, stage.central)
    }
    visits = []
    for person in script:
        _bring_faults(stage, plan, person, len(script))
        for child in (stage.kiosk, stage.central):
            for delay_s in kills[child.name].get(person.number, []):
                stage.keeper.kill_after(child, delay_s)
        visits.append(seen := visit(stage.street, person))
        click.echo(
            f"{person.number + 1:4}/{len(script)}  {person.story.value:18} "
            f"{person.shows.value:10} -> {seen.page}{'  opened' if seen.opened else ''}"
        )
    _end_faults(stage)
    return visits


def _bring_faults(stage: Stage, plan: FaultPlan, person: Person, people: int) -> None:
    """Make it go wrong, or right again, before a person comes."""

    def holds(fault: str) -> bool:
        return plan.holds(fault, person.number, people)

    stage.keeper.hold_down(stage.central, is_down=holds("central:down"))
    thermometer = stage.street.thermometer
    is_silent = person.story is Story.SILENT_THERMOMETER or holds("thermometer:silent")
    thermometer.silence(is_silent)
    thermometer.noise(holds("thermometer:noise"))
    if is_silent:
        time.sleep(SILENT_FIRST_S)
    for fault, cause in (
        ("camera:stall", stage.street.camera.stall),
        ("camera:close", stage.street.camera.refuse),
    ):
        if holds(fault):
            cause(True)
            threading.Timer(STALL_S, cause, (False,)).start()


def _end_faults(stage: Stage) -> None:
    stage.keeper.hold_down(stage.central, is_down=False)
    stage.street.thermometer.silence(False)
    stage.street.thermometer.noise(False)


def _verify_chain(stage: Stage) -> str:
    return run_command("entries", "verify", "--state", str(stage.site.state)).strip()
