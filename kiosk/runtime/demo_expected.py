"""What must have come of each person of a demo, by a clerk's word and the faults."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kiosk.runtime.demo_faults import DemoOptions, FaultPlan
from kiosk.runtime.demo_people import Visit
from kiosk.runtime.demo_stage import Stage
from kiosk.simulate.town import COPY_ENDS_S, Expected, Person, Story
from kiosk.simulate.town_rules import Clerk, who_stays_in
from kiosk.timing import boot_seconds

LOCAL = ZoneInfo("Asia/Shanghai")  # the default of site.timezone


def order_in(stage: Stage, script: list[Person], options: DemoOptions) -> frozenset[str]:
    """Let the office order a household in whose pass is otherwise good, where people go out."""
    if not options.goes_out:
        return frozenset()
    sub = who_stays_in(script)
    stage.desk.isolate(sub)
    return frozenset({sub})


def expected_of(
    visits: Sequence[Visit], options: DemoOptions, stays_in: frozenset[str]
) -> dict[int, Expected]:
    """Return what must have come of each person, in the order in which they came."""
    faults = options.faults
    is_winter = faults.outdoor_c is not None
    clerk = Clerk(options.preset, options.goes_out, is_winter, stays_in)
    came_s = {seen.person.number: seen.came_s for seen in visits}
    return {
        seen.person.number: clerk.judge(
            _as_it_came(seen, came_s),
            _local_hour(seen.came_s),
            is_thermometer_broken=_is_broken(faults, seen, len(visits)),
        )
        for seen in visits
    }


def _as_it_came(seen: Visit, came_s: dict[int, float]) -> Person:
    """Return a person as they came: a copy that waited in the queue has become too old."""
    person, owner = seen.person, seen.person.same_as
    if person.story is not Story.COPIED or owner is None:
        return person
    is_old = seen.came_s - came_s.get(owner, seen.came_s) > COPY_ENDS_S
    return replace(person, story=Story.STALE) if is_old else person


def _is_broken(faults: FaultPlan, seen: Visit, people: int) -> bool:
    return any(
        faults.holds(fault, seen.person.number, people)
        for fault in ("thermometer:silent", "thermometer:noise")
    )


def _local_hour(boot_s: float) -> int:
    """Return the hour of the gate's wall clock at a second since boot."""
    ago_s = boot_seconds() - boot_s
    return (datetime.now(LOCAL) - timedelta(seconds=ago_s)).hour
