"""Which signed lists go into an answer, and what a kiosk's own numbers say of the kiosk."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select, update

from kiosk import log
from kiosk.central import rows
from kiosk.central.allowed import handed_trust, newer_allowed
from kiosk.central.directory import part_above
from kiosk.central.elsewhere import part_for
from kiosk.central.gates_now import others_of
from kiosk.central.register import part_for as register_for
from kiosk.central.revocations import signed_list
from kiosk.central.rules_out import documents_above
from kiosk.central.schema import device
from kiosk.wire import BULK, SyncReply, SyncRequest

LISTS_BYTES_MAX = 1_200_000  # of an answer, which may have 2 MB; what does not fit comes next

SHORT_BYTES = 200_000  # beside lists of up to this much, a register has room


def add_lists(
    db: Connection, status: Ed25519PrivateKey, request: SyncRequest, reply: SyncReply
) -> SyncReply:
    """Return the answer with the lists that the kiosk does not have.

    Revocations need a community, which the trust list names. They go first: an allow-list
    is rare, and waits a minute if both are long. An urgent answer brings no long list.
    """
    trust_seq, revoked_seq, directory_seq, allowed_seq, register, elsewhere_seq, rules_have = (
        request.have
    )
    gates = others_of(db, request.device, reply.utc_ms)
    reply = replace(reply, trust=rows.newer_trust(db, trust_seq), gates=gates)
    trust = handed_trust(db) if request.lane == BULK else None
    if trust is None:
        return reply
    revoked = signed_list(db, status, trust.community, revoked_seq, reply.utc_ms)
    allowed = newer_allowed(db, allowed_seq)
    if len(revoked or b"") + len(allowed or b"") > LISTS_BYTES_MAX:
        allowed = None
    part = part_above(db, directory_seq, reply.utc_ms)
    lists_bytes = len(revoked or b"") + len(allowed or b"")
    homes = register_for(db, register) if lists_bytes < SHORT_BYTES else None
    away = part_for(db, request.device, elsewhere_seq, reply.utc_ms)
    rules = documents_above(db, rules_have, reply.utc_ms)
    reply = replace(reply, revocations=revoked, allowed=allowed, rules=rules)
    return replace(reply, directory=part, elsewhere=away, register=homes)


def note_have(db: Connection, request: SyncRequest, now_ms: int) -> None:
    """Keep the newest list a kiosk ever had, and that it fell back behind it.

    Its list rises several times a day and is written before it counts. One that knows less
    than it did is a card that was put back, or copied. 0 is no number: it asks for all.
    """
    have = request.have[1]
    columns = device.c.have_most, device.c.fell_back_ms
    of_device = device.c.id == request.device
    most, fell_back_ms = db.execute(select(*columns).where(of_device)).one()
    if have > (most or 0):
        db.execute(update(device).where(of_device).values(have_most=have))
    elif 0 < have < (most or 0) and fell_back_ms is None:
        db.execute(update(device).where(of_device).values(fell_back_ms=now_ms))
        log.warning(log.Event.DEVICE_FELL_BACK, device=request.device, have=have, most=most)
