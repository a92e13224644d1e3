"""What the main thread adds to events of the staff page: who is on duty, what is known."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.core.messages import TakeReading
from kiosk.core.messages_staff import PassForgotten
from kiosk.core.words import (
    Credential,
    Direction,
    Household,
    PassKind,
    Placement,
    Surroundings,
)
from kiosk.register.households import write_households
from kiosk.register.register import open_register
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.informing import Informer
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from kiosk.timing import ManualClock
from tests.runtime.test_execute import World

HOME = Household("ABCDEFGH", 11, "3-1-502")
LOBBY = Surroundings(Placement.HEATED_LOBBY, 22.0, 20.0)
ISSUED_MS = 1_600_000_000_000


@pytest.fixture
def informer(tmp_path: Path) -> Iterator[Informer]:
    clock, world = ManualClock(), World()
    write_households(tmp_path / "register.db", [HOME], issued_ms=ISSUED_MS)
    register = open_register(
        register_path=tmp_path / "register.db",
        passages_path=tmp_path / "passages.db",
        journal_path=tmp_path / "journal.db",
        gate="南门",
        direction=Direction.OUT,
        clock=clock,
    )
    ports = Ports(world, register, world, Latest[TakeReading](), Inbox())  # type: ignore[arg-type]
    executor = Executor(ports, clock, Troubles(clock))
    executor.staff = "zhang"
    yield Informer(ports, executor, lambda: LOBBY, lambda at: 60.0)
    register.close()


def test_of_who_is_vouched_for_as_much_is_known_as_of_a_pass(informer: Informer) -> None:
    holder = Credential(b"ana-pass", HOME.sub, "", PassKind.RESIDENT, 0, "张*明", 0)
    event = PassForgotten(ManualClock().now(), UUID(int=1), holder)
    known = informer.informed(event)
    assert isinstance(known, PassForgotten) and known.facts is not None
    assert known.staff == "zhang"
    assert known.facts.household == HOME and known.facts.home.is_known
    assert (known.facts.direction, known.facts.list_age_s) == (Direction.OUT, 60.0)
    assert known.facts.surroundings == LOBBY


def test_without_anybody_on_duty_there_is_no_voucher(informer: Informer) -> None:
    informer.executor.staff = None
    holder = Credential(b"ana-pass", HOME.sub, "", PassKind.RESIDENT, 0, "张*明", 0)
    known = informer.informed(PassForgotten(ManualClock().now(), UUID(int=1), holder))
    assert isinstance(known, PassForgotten) and known.staff is None
