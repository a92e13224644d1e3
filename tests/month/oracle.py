"""What must come of each person, worked out slowly from the whole past, as a clerk would.

It shares nothing with the gate: no index, no offset arithmetic, calendar dates of the wall.
The rules of the closed community, in words: at night (before six, from ten on) nobody goes
out. Whoever is under an order stays in until midnight of its last day, but for the doctor.
One of a household goes out in two days, today and yesterday counted; a dated permission uses
nothing up and holds at night. Who is out already and goes out, and who
comes home within half an hour of coming home, is looked at.
From 37.3 degrees a person looks. A gate that does not know the time lets a person look.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from kiosk.simulate.month import Happening, Inhabitant, Order, Permit, What

Outcome = tuple[str, str | None]


@dataclass
class Clerk:
    """Remembers everything that was granted and really happened."""

    permits: tuple[Permit, ...]
    orders: list[Order] = field(default_factory=list)
    exits: dict[str, list[date]] = field(default_factory=lambda: defaultdict(list))
    came_home: dict[int, datetime] = field(default_factory=dict)
    went_out: dict[int, datetime] = field(default_factory=dict)
    clockless: set[str] = field(default_factory=set)

    def judge(self, h: Happening) -> Outcome:
        """Return what the gate must say."""
        who = h.inhabitant
        assert who is not None
        if h.gate in self.clockless:
            return "referred", "clock"
        if h.what is What.OUT:
            if self._must_stay(who, h.at):
                return "denied", "isolation"
            if not self._permits(who, h.at):
                if not 6 <= h.at.hour < 22:
                    return "denied", "hours"
                if self._spent(who, h.at):
                    return "denied", "quota"
            if self._is_out(who):
                return "referred", "already_out"
        elif self._just_came(who, h.at):
            return "referred", "passback"
        return ("referred", "elevated") if h.body_c >= 37.3 else ("granted", None)

    def happened(self, h: Happening) -> None:
        """Remember that somebody really went through."""
        who = h.inhabitant
        assert who is not None
        if h.what is What.IN:
            self.came_home[who.number] = h.at
            return
        self.went_out[who.number] = h.at
        if not self._permits(who, h.at):
            self.exits[who.sub].append(h.at.date())

    def _must_stay(self, who: Inhabitant, at: datetime) -> bool:
        under = [o for o in self.orders if o.inhabitant == who]
        lasts = any(at.date() <= o.day + timedelta(days=o.days) for o in under)
        return lasts and "medical" not in [p.kind for p in self._permits(who, at)]

    def _permits(self, who: Inhabitant, at: datetime) -> list[Permit]:
        return [p for p in self.permits if p.inhabitant == who and p.begins <= at < p.ends]

    def _spent(self, who: Inhabitant, at: datetime) -> bool:
        today = at.date()
        return any(day in (today, today - timedelta(days=1)) for day in self.exits[who.sub])

    def _is_out(self, who: Inhabitant) -> bool:
        came, went = self.came_home.get(who.number), self.went_out.get(who.number)
        return went is not None and (came is None or came < went)

    def _just_came(self, who: Inhabitant, at: datetime) -> bool:
        came, went = self.came_home.get(who.number), self.went_out.get(who.number)
        if came is None or (went is not None and went > came):
            return False
        return at - came < timedelta(minutes=30)
