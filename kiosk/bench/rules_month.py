"""The register and the index of passages of a community, as a month would have left them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from kiosk.bench.community import cti_of, sub_of
from kiosk.core.messages import PassPresented
from kiosk.core.words import Credential, Direction, Facts, Household, PassKind
from kiosk.register import passages_rows as rows
from kiosk.register.households import write_households
from kiosk.register.passages_schema import commit, connect
from kiosk.register.register import HouseRegister, open_register
from kiosk.timing import ClockState, ManualClock, Stamp

NOW = datetime(2027, 1, 31, 10, 0, tzinfo=UTC)
MONTH_MS = 30 * 86_400_000
_NOWHERE = Facts("", Direction.OUT)


@dataclass(frozen=True, slots=True)
class Size:
    """How big a community is."""

    residents: int
    passages: int


def fill_folder(folder: Path, size: Size) -> None:
    """Write a register and an index of passages, as a month would have left them."""
    folder.mkdir()
    rng = random.Random(5)
    homes = [
        Household(sub_of(n), n % 40, f"{n // 300}-1-{n % 300}")
        for n in range(size.residents // 2)
    ]
    write_households(folder / "register.db", homes, version=1, issued_ms=_ms(NOW))
    db = connect(folder / "passages.db")
    with commit(db):
        for seq, noted in enumerate(_passages(rng, size), 1):
            rows.put(db, replace(noted, seq=seq))
    db.close()


def open_folder(folder: Path) -> HouseRegister:
    """Open what was written there, as a gate on the way out does."""
    return open_register(
        register_path=folder / "register.db",
        passages_path=folder / "passages.db",
        journal_path=folder / "journal.db",
        gate="南门",
        direction=Direction.OUT,
        clock=ManualClock(NOW),
    )


def shown_by(who: int, number: int) -> PassPresented:
    """Return somebody's pass as it is shown."""
    at = Stamp(2e6 + number, NOW, "boot", ClockState.TRUSTED)
    kind, end_s = PassKind.RESIDENT, 2_000_000_000
    credential = Credential(cti_of(who), sub_of(who // 2), "demo", kind, 1, "", end_s)
    return PassPresented(at, UUID(int=number), credential, _NOWHERE)


def _passages(rng: random.Random, size: Size) -> Iterator[rows.Noted]:
    for number in range(size.passages):
        who, is_out = rng.randrange(size.residents), number % 2 == 0
        utc_ms = _ms(NOW) - MONTH_MS + number * MONTH_MS // size.passages
        yield rows.Noted(
            seq=0,
            kind="passage",
            at_s=number / 10,
            boot_id="boot",
            utc_ms=utc_ms,
            gate="南门",
            direction="out" if is_out else "in",
            decision="granted",
            reason=None,
            cti=cti_of(who),
            sub=sub_of(who // 2),
            estimate_c=36.4,
            is_measured=True,
            staff="",
            refers_to_seq=None,
            details={"trip": 1} if is_out else {},
        )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
