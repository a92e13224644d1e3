"""Sealed fields of forms, as gates send them: kept, never opened here.

The private half of the office's key is not on this machine. A field is taken when the hash
in its entry, which the chain covers, is that of all the entry's fields: nobody can slip
another form under an entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, insert, select

from kiosk.central import rows
from kiosk.central.schema import entry, log
from kiosk.central.schema_office import sealed
from kiosk.core.words import Sealed
from kiosk.errors import MessageError
from kiosk.wire import SealedField, SyncRequest, decode_entry, hash_of_sealed

E_SEALED = "E_SEALED"  # fields that are not those of their entry


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form as it lies here, and of its entry what is no secret."""

    device: str
    seq: int
    form: bytes
    utc_ms: int
    gate: str
    fields: list[Sealed]


def take_sealed(
    db: Connection, request: SyncRequest, log_id: int, now_ms: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Keep the sealed fields in a request. Returns (taken, refused) numbers of entries.

    Fields whose entry is not here yet are neither: they come again.
    """
    groups = {
        seq: list(fields)
        for seq, fields in groupby(request.sealed, key=lambda field: field.seq)
    }
    here = rows.find_entries(db, log_id, list(groups))
    taken, refused = [], []
    for seq, fields in groups.items():
        if seq not in here:
            continue
        if _hash_in(here[seq].body) != hash_of_sealed(
            (f.form, f.field, f.blob) for f in fields
        ):
            refused.append(seq)
            continue
        _keep(db, request, fields, now_ms)
        taken.append(seq)
    return tuple(taken), tuple(refused)


def kept_forms(
    db: Connection, *, device: str | None = None, seq: int | None = None, since_ms: int = 0
) -> list[KeptForm]:
    """Return forms that are kept, oldest first; of one kiosk or entry only, if it is given.

    `since_ms` is UTC milliseconds by the entry's own time.
    """
    of_log = (log.c.device == sealed.c.device) & (log.c.epoch == sealed.c.epoch)
    of_entry = (entry.c.log == log.c.id) & (entry.c.seq == sealed.c.seq)
    wanted = (
        select(sealed, entry.c.utc_ms, entry.c.gate)
        .join(log, of_log)
        .join(entry, of_entry)
        .where(entry.c.utc_ms >= since_ms)
        .order_by(sealed.c.device, sealed.c.stored_ms, sealed.c.seq, sealed.c.form)
    )
    if device is not None:
        wanted = wanted.where(sealed.c.device == device)
    if seq is not None:
        wanted = wanted.where(sealed.c.seq == seq)
    forms: dict[tuple[str, bytes], KeptForm] = {}
    for row in db.execute(wanted):
        new = KeptForm(row.device, row.seq, row.form, row.utc_ms, row.gate, [])
        form = forms.setdefault((row.device, row.form), new)
        form.fields.append(Sealed(row.form, row.field, row.blob))
    return list(forms.values())


def _hash_in(body: bytes) -> bytes | None:
    try:
        return decode_entry(body).sealed_sha256
    except MessageError:
        return None


def _keep(
    db: Connection, request: SyncRequest, fields: Sequence[SealedField], now_ms: int
) -> None:
    """Keep the fields of one entry; those that are here already stay."""
    first = fields[0]
    same = (sealed.c.device == request.device) & (sealed.c.form == first.form)
    if db.scalar(select(sealed.c.seq).where(same).limit(1)) is not None:
        return
    rows_ = [
        {
            "device": request.device,
            "form": field.form,
            "field": field.field,
            "epoch": request.epoch,
            "seq": field.seq,
            "blob": field.blob,
            "stored_ms": now_ms,
        }
        for field in fields
    ]
    db.execute(insert(sealed), rows_)
