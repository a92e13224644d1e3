"""A kiosk that has fevers and incidents, as central sees it."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, select

from kiosk.central.schema_cases import gate_call, gate_case
from kiosk.central.store import reading
from kiosk.core.matters import ACT
from kiosk.core.words import Decision, Direction, Entry, EntryKind, Granted, Reason, Referred
from kiosk.timing import ClockState, Stamp
from kiosk.wire import encode_entry, next_head
from tests.central.far_kiosk import UTC_0, FarKiosk

FEVER = Referred(Reason.ELEVATED)
PLAIN = Granted()


def write(
    kiosk: FarKiosk,
    kind: EntryKind = EntryKind.PASSAGE,
    decision: Decision | None = None,
    **more: Any,
) -> int:
    """Write one entry into a far kiosk's journal; return its seq."""
    seq = len(kiosk.bodies) + 1
    act = more.pop("act", None)
    fields: dict[str, Any] = {
        "at": Stamp(float(seq), UTC_0, "boot", ClockState.UNSURE),
        "gate": "南门",
        "staff": "wang",
        "details": ((ACT, act),) if act is not None else (),
        **more,
    }
    entry = Entry(
        kind=kind,
        scan_id=uuid4(),
        direction=Direction.IN,
        decision=decision,
        cti=seq.to_bytes(8, "big"),
        sub="AB12CD34",
        label="",
        rules_version=1,
        **fields,
    )
    body = encode_entry(entry, seq=seq, boot_no=1)
    kiosk.bodies.append(body)
    kiosk.heads.append(next_head(kiosk.heads[-1], body))
    return seq


def fever(kiosk: FarKiosk, **more: Any) -> int:
    return write(kiosk, EntryKind.PASSAGE, FEVER, **more)


def incident(kiosk: FarKiosk, act: str = "called", **more: Any) -> int:
    return write(kiosk, EntryKind.INCIDENT, act=act, **more)


def case_rows(engine: Engine) -> list[Any]:
    with reading(engine) as db:
        return list(db.execute(select(gate_case).order_by(gate_case.c.id)).all())


def call_rows(engine: Engine) -> list[Any]:
    with reading(engine) as db:
        order = (gate_call.c.case, gate_call.c.level)
        return list(db.execute(select(gate_call).order_by(*order)).all())
