"""Entries as they cross the network, in plain values."""

from datetime import date
from zoneinfo import ZoneInfo

from kiosk.ledger.counting import Dated, Day, day_of
from kiosk.wire import WireEntry

ZONE = ZoneInfo("Asia/Shanghai")
DAY: Day = day_of(date(2027, 1, 5), ZONE)
INFRARED = (3450, 3650, 10, 9, 900, 2200, "demo", "infrared")
WRIST = (3640, 3640, 0, 0, 0, None, "", "typed_wrist")
MOVING = (3300, None, None, 4, 700, None, None, "moving")
GRIDS = {"AB12CD34": 11, "CD34EF56": 12}


def wire(seq: int = 1, at_ms: int = DAY.start_ms, **changes: object) -> WireEntry:
    fields: dict[str, object] = {
        "seq": seq,
        "kind": "passage",
        "utc_ms": at_ms,
        "boot_no": 1,
        "boot_ms": 0,
        "clock": 0,
        "gate": "南门",
        "direction": "in",
        "decision": "granted",
        "reason": None,
        "cti": b"12345678",
        "sub": "AB12CD34",
        "rules_version": 1,
        "readings": (INFRARED,),
        "trace": (),
        "staff": None,
        "refers_to_seq": None,
        "sealed_sha256": None,
        "details": {},
    }
    return WireEntry(**{**fields, **changes})  # type: ignore[arg-type]


def backwards(entries: list[WireEntry]) -> list[Dated | None]:
    """Return a journal as it is read: the newest entry first."""
    return [Dated(one, one.utc_ms, one.clock != 2) for one in reversed(entries)]
