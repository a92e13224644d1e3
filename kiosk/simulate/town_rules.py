"""What must come of the script's people by each of the shipped rules, as a clerk would say.

`Clerk` remembers who went out. It is written from the presets' words and imports nothing
that decides; it is asked about people in the order in which they came, by the hour of the
wall clock at the gate.
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from kiosk.simulate.town import (
    EXPECTED,
    EXPECTED_IN_WINTER,
    Expected,
    Person,
    Story,
)

IS_GOOD = frozenset(set(Story) - {
    Story.EXPIRED, Story.FORGED, Story.REVOKED, Story.COPIED, Story.STALE,
})  # fmt: skip
LET_THROUGH = EXPECTED[Story.GOOD]


class Preset(Enum):
    """The rules that the made-up community lives by."""

    USUAL = "usual"
    OPEN = "open"
    CONTROLLED = "controlled"
    CLOSED = "closed"


@dataclass(slots=True)
class Clerk:
    """Says of each person what must come of it. `stays_in`: households under an order."""

    preset: Preset = Preset.USUAL
    goes_out: bool = False  # the gate is the way out, else the way in
    is_winter: bool = False
    stays_in: frozenset[str] = frozenset()
    _spent: set[str] = field(default_factory=set)
    _told: dict[int, Expected] = field(default_factory=dict)

    def judge(self, person: Person, hour: int, *, is_thermometer_broken: bool) -> Expected:
        """Return what must come of `person` at `hour` of the local day."""
        told = self._judge(person, hour, is_thermometer_broken=is_thermometer_broken)
        self._told[person.number] = told
        if told.decision == "granted":
            self._spent.add(person.resident.sub)
        return told

    def _judge(self, person: Person, hour: int, *, is_thermometer_broken: bool) -> Expected:
        story = person.story
        if story is Story.SECOND_SCAN and person.same_as is not None:
            return replace(EXPECTED[story], opens=self._told[person.same_as].opens)
        if story not in IS_GOOD:
            return EXPECTED[story]
        if (barred := self._barred(person, hour)) is not None:
            return barred
        if story is Story.LENT and not self.goes_out:
            return EXPECTED[story]
        if self.preset is Preset.OPEN and self.goes_out:
            return LET_THROUGH  # nobody is measured on the way out
        if self.is_winter:
            return LET_THROUGH if story is Story.LENT else EXPECTED_IN_WINTER[story]
        if is_thermometer_broken:
            return EXPECTED[Story.SILENT_THERMOMETER]
        return LET_THROUGH if story is Story.LENT else EXPECTED[story]

    def _barred(self, person: Person, hour: int) -> Expected | None:
        """Return what stands against a way out (or in, at night), before any temperature."""
        sub = person.resident.sub
        if self.goes_out and sub in self.stays_in:
            return Expected("denied", "isolation", opens=False)
        if self.preset is Preset.CONTROLLED and not 6 <= hour < 23:
            return Expected("referred", "hours", opens=False)
        if self.preset is not Preset.CLOSED or not self.goes_out:
            return None
        if not 6 <= hour < 22:
            return Expected("denied", "hours", opens=False)
        return Expected("denied", "quota", opens=False) if sub in self._spent else None


def who_stays_in(script: list[Person]) -> str:
    """Return the household that the office orders in: of the last whose pass is good."""
    return next(p.resident.sub for p in reversed(script) if p.story is Story.GOOD)
