"""Anchors of kiosks' clocks, kept by journal and boot; `central.times` reckons with them."""

from collections.abc import Iterable

from sqlalchemy import Connection, and_, func, insert, select

from kiosk.central.rows import INTEGER_MAX
from kiosk.central.schema_office import anchor
from kiosk.wire import Anchor, SyncRequest

ANCHORS_MAX = 64  # chosen: a kiosk keeps half as many of one boot; the rest comes next time
BOOT_ID_CHARS_MAX = 64
UTC_MS_MAX = 2**52  # chosen: far beyond any date, and exact as a float

_COLUMNS = (
    anchor.c.boot_id,
    anchor.c.boot_no,
    anchor.c.boot_ms,
    anchor.c.utc_ms,
    anchor.c.error_ms,
)


def keep_anchors(db: Connection, request: SyncRequest) -> None:
    """Keep what a kiosk says of its boots. One that is here already stands as it is."""
    journal = {"device": request.device, "epoch": request.epoch}
    for one in request.anchors[:ANCHORS_MAX]:
        if not _is_sane(one) or _is_here(db, request, one):
            continue
        db.execute(
            insert(anchor).values(
                **journal,
                boot_id=one.boot_id,
                boot_no=one.boot_no,
                boot_ms=one.boot_ms,
                utc_ms=one.utc_ms,
                error_ms=one.error_ms,
            )
        )


def read_anchors(
    db: Connection, device: str, epoch: bytes, boots: Iterable[int]
) -> list[Anchor]:
    """Return the anchors of some boots of a journal and of the nearest ones around them."""
    wanted = set(boots)
    if not wanted:
        return []
    of_journal = and_(anchor.c.device == device, anchor.c.epoch == epoch)
    below = select(func.max(anchor.c.boot_no)).where(of_journal, anchor.c.boot_no < min(wanted))
    above = select(func.min(anchor.c.boot_no)).where(of_journal, anchor.c.boot_no > max(wanted))
    first = func.coalesce(below.scalar_subquery(), min(wanted))
    last = func.coalesce(above.scalar_subquery(), max(wanted))
    rows = db.execute(
        select(*_COLUMNS).where(of_journal, anchor.c.boot_no.between(first, last))
    )
    return [Anchor(*row) for row in rows]


def _is_here(db: Connection, request: SyncRequest, one: Anchor) -> bool:
    same = and_(
        anchor.c.device == request.device,
        anchor.c.epoch == request.epoch,
        anchor.c.boot_no == one.boot_no,
        anchor.c.boot_ms == one.boot_ms,
    )
    return db.scalar(select(anchor.c.boot_no).where(same)) is not None


def _is_sane(one: Anchor) -> bool:
    """Whether it can be kept and reckoned with. One that cannot does no entry any harm."""
    return (
        0 < one.boot_no < INTEGER_MAX
        and 0 <= one.boot_ms <= UTC_MS_MAX
        and 0 < one.utc_ms <= UTC_MS_MAX
        and 0 <= one.error_ms <= UTC_MS_MAX
        and len(one.boot_id) <= BOOT_ID_CHARS_MAX
        and "\x00" not in one.boot_id
    )
