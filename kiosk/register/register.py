"""What the rules need to know of whoever shows a pass, in one look-up.

The households are what the import gave and are swapped whole; what went on at this gate is an
index of the journal; orders, cards and passages of other gates come from central. Any of them
may be missing: the gate then decides with less, and goes on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.core.messages import PassPresented
from kiosk.core.words import (
    Credential,
    Direction,
    Facts,
    Household,
    LastPassage,
    PassKind,
    Recorded,
)
from kiosk.core.words_home import (
    Binding,
    Exemption,
    ExemptionKind,
    Home,
    Isolation,
    LentCard,
    OpenVehicle,
    Trip,
    Visit,
    WaitingForm,
)
from kiosk.register import gate_facts
from kiosk.register.households import Households
from kiosk.register.passages import Passages
from kiosk.timing import Clock, Stamp

TRIP_DAYS = 31  # the longest period that a quota may have
DAY_MS = 86_400_000
ELSEWHERE = "elsewhere"  # in place of a boot: only the wall clock tells how long ago


class Standing(Protocol):
    """What central says of persons, households and cards. Never raises."""

    def isolations(self, cti: bytes, sub: str) -> list[Isolation]:
        """Return the orders for a person or the household, also ended and lifted ones."""

    def exemptions(self, cti: bytes, sub: str) -> list[Exemption]:
        """Return the dated permissions of a person or the household."""

    def binding(self, cti: bytes) -> Binding | None:
        """Return how a card of the stock stands."""

    def visit(self, cti: bytes) -> Visit | None:
        """Return what a visitor's card was lent for at another gate."""

    def has_appointment(self, sub: str, utc_ms: int) -> bool:
        """Return whether a household announced a visitor for now."""


class Elsewhere(Protocol):
    """What was granted at the community's other gates. Never raises."""

    def trips(self, sub: str, since_ms: int) -> list[Trip]:
        """Return the ways out of a household that count, newest first."""

    def newest(self, cti: bytes) -> tuple[int, Direction, str] | None:
        """Return (UTC ms, direction, gate) of the newest passage of a pass."""


@dataclass(frozen=True, slots=True)
class FromCentral:
    """What central sent; a gate that works alone has neither."""

    standing: Standing | None = None
    elsewhere: Elsewhere | None = None


def open_register(
    *,
    register_path: Path,
    passages_path: Path,
    journal_path: Path,
    gate: str,
    direction: Direction,
    clock: Clock,
    utc_offset_s: int = 8 * 3600,
    central: FromCentral = FromCentral(),  # a value
) -> "HouseRegister":
    """Open the register of a lane and catch its passages up with the journal. Never raises."""
    households = Households(register_path, clock)
    passages = Passages(passages_path, journal_path)
    lane = Facts(gate, direction, home=Home(utc_offset_s=utc_offset_s))
    return HouseRegister(households, passages, lane, central)


class HouseRegister:
    """Implements `ports.Register`. One thread owns it; no method raises."""

    def __init__(
        self, households: Households, passages: Passages, lane: Facts, central: FromCentral
    ) -> None:
        self._households, self._passages = households, passages
        self._lane, self._central = lane, central

    @property
    def trouble(self) -> str:
        """Return what is wrong with the file of households; empty when it serves."""
        return self._households.trouble

    def facts(self, event: PassPresented, *, supplies: str | None = None) -> Facts:
        """Return what the rules need to know of the holder; `supplies` are handed out now."""
        outcome = event.outcome
        gate, direction = self._lane.gate, self._lane.direction
        household = self._households.find(outcome.sub) if outcome.sub is not None else None
        if not isinstance(outcome, Credential):
            ref = None if outcome.is_foreign else outcome.ref
            last = None if ref is None else self._last(ref)
            granted = None if ref is None else self._granted(ref)
            return Facts(gate, direction, household, last, granted, home=self._lane.home)
        granted = self._granted(outcome.cti)
        home = self._home(outcome, household, granted, _utc_ms(event.at))
        return Facts(
            gate,
            direction,
            household,
            self._last(outcome.cti),
            granted,
            home=home,
            supplies=supplies,
            has_supplies=supplies is not None and self._has_supplies(supplies, outcome.sub),
        )

    def lane(self, at: Stamp) -> Facts:
        """Return the gate and its direction, of entries that are about nobody."""
        return self._lane

    def has_appointment(self, sub: str, at: Stamp) -> bool:
        """Return whether a household announced a visitor for now."""
        standing = self._central.standing
        return standing is not None and standing.has_appointment(sub, _utc_ms(at))

    def lent_card(self, card_no: int) -> LentCard | None:
        """Return a visitor's card that is out, by its number."""
        return self._passages.ask(lambda db: gate_facts.lent_card(db, card_no))

    def age_s(self, at: Stamp) -> float | None:
        """Return how old the register of households is; None: there is none."""
        return self._age_s(_utc_ms(at))

    def open_vehicle(self, at: Stamp) -> OpenVehicle | None:
        """Return the vehicle whose occupants are being measured."""
        return self._passages.ask(lambda db: gate_facts.open_vehicle(db, _utc_ms(at)))

    def regulars(self, at: Stamp) -> tuple[int, ...]:
        """Return the numbers of couriers' cards that are lent for today."""
        return self._passages.ask(lambda db: gate_facts.regulars(db, _utc_ms(at))) or ()

    def overstayed(self, at: Stamp) -> tuple[int, ...]:
        """Return the numbers of cards whose visitors should have left."""
        return self._passages.ask(lambda db: gate_facts.overstayed(db, _utc_ms(at))) or ()

    def inside_cards(self) -> tuple[int, ...]:
        """Return the numbers of cards whose visitors are inside."""
        return self._passages.ask(gate_facts.inside_cards) or ()

    def has_waiting_form(self, at: Stamp) -> bool:
        """Return whether a form waits for the card that goes with it."""
        now_ms = _utc_ms(at)
        return any(self._waiting(now_ms, is_visitors=which) for which in (True, False))

    def note(self, recorded: Recorded) -> None:
        """Remember an entry that was written."""
        self._passages.note(recorded)

    def note_passage(self, seq: int | None) -> None:
        """Remember that whoever was granted in entry `seq`, or in the newest, went through."""
        self._passages.note_passage(seq)

    def close(self) -> None:
        """Give the files back. May be called again."""
        self._passages.close()
        self._households.close()

    def _last(self, cti: bytes) -> LastPassage | None:
        return self._passages.ask(lambda db: gate_facts.last(db, cti))

    def _granted(self, cti: bytes) -> LastPassage | None:
        """Return the newest passage, at this gate or another."""
        here = self._passages.ask(lambda db: gate_facts.granted(db, cti))
        elsewhere = self._central.elsewhere
        newest = elsewhere.newest(cti) if elsewhere is not None else None
        if newest is None or (here is not None and here.utc_ms >= newest[0]):
            return here
        return gate_facts.passed_elsewhere(*newest, boot_id=ELSEWHERE)

    def _home(
        self,
        pass_: Credential,
        household: Household | None,
        granted: LastPassage | None,
        now_ms: int,
    ) -> Home:
        """Return what is known of a holder; each part is asked for only where it counts."""
        home, is_out = self._lane.home, None
        is_card = pass_.card_no is not None
        binding = self._binding(pass_.cti) if is_card else None
        if granted is not None:
            is_out = granted.direction is Direction.OUT
        sub = binding.sub if binding is not None and binding.sub else pass_.sub
        return Home(
            is_known=household is not None or (binding is not None and bool(binding.sub)),
            register_age_s=self._age_s(now_ms),
            isolation=self._isolation(pass_.cti, sub),
            exemption=self._exemption(pass_.cti, sub, now_ms),
            trips=self._trips(sub, now_ms),
            is_out=is_out,
            visit=self._visit(pass_.cti) if pass_.kind is PassKind.VISITOR else None,
            binding=binding,
            waiting=self._waiting_for(pass_, now_ms) if is_card else None,
            utc_offset_s=home.utc_offset_s,
        )

    def _age_s(self, now_ms: int) -> float | None:
        issued_ms = self._households.issued_ms
        return None if issued_ms is None else max(0.0, (now_ms - issued_ms) / 1000)

    def _isolation(self, cti: bytes, sub: str) -> Isolation | None:
        """Return the order that lasts longest; what central says of one stands above ours."""
        here = self._passages.ask(lambda db: gate_facts.isolations(db, cti, sub)) or []
        standing = self._central.standing
        sent = standing.isolations(cti, sub) if standing is not None else []
        decided = {one.order for one in sent}
        return gate_facts.strictest([*sent, *(o for o in here if o.order not in decided)])

    def _exemption(self, cti: bytes, sub: str, now_ms: int) -> Exemption | None:
        """Return the permission in force now; a medical one before others."""
        standing = self._central.standing
        known = standing.exemptions(cti, sub) if standing is not None else []
        now = [one for one in known if one.from_ms <= now_ms < one.until_ms]
        return max(now, key=lambda one: one.kind is ExemptionKind.MEDICAL, default=None)

    def _trips(self, sub: str, now_ms: int) -> tuple[Trip, ...]:
        since_ms = now_ms - TRIP_DAYS * DAY_MS
        here = self._passages.ask(lambda db: gate_facts.trips(db, sub, since_ms)) or []
        elsewhere = self._central.elsewhere
        away = elsewhere.trips(sub, since_ms) if elsewhere is not None else []
        if not away:
            return tuple(here)
        together = sorted([*here, *away], key=lambda trip: trip.utc_ms, reverse=True)
        return tuple(together[: gate_facts.TRIPS_MAX])

    def _binding(self, cti: bytes) -> Binding | None:
        standing = self._central.standing
        sent = standing.binding(cti) if standing is not None else None
        return sent or self._passages.ask(lambda db: gate_facts.binding(db, cti))

    def _visit(self, cti: bytes) -> Visit | None:
        here = self._passages.ask(lambda db: gate_facts.visit(db, cti))
        standing = self._central.standing
        return here or (standing.visit(cti) if standing is not None else None)

    def _waiting_for(self, pass_: Credential, now_ms: int) -> WaitingForm | None:
        return self._waiting(now_ms, is_visitors=pass_.kind is PassKind.VISITOR)

    def _waiting(self, now_ms: int, *, is_visitors: bool) -> WaitingForm | None:
        return self._passages.ask(
            lambda db: gate_facts.waiting_form(db, now_ms, is_visitors=is_visitors)
        )

    def _has_supplies(self, item: str, sub: str) -> bool:
        return bool(self._passages.ask(lambda db: gate_facts.has_supplies(db, item, sub)))


def _utc_ms(at: Stamp) -> int:
    return int(at.utc.timestamp() * 1000)
