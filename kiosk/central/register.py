"""The register as central keeps it: households and their references, whole, numbered.

Names stay in the office's file. A gate that has another number gets all of it. Numbers rise
with the clock: a central that was put back gives none a second time.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from kiosk.central.deeds import note_deed
from kiosk.central.store import put_setting, setting_value
from kiosk.core.words import Household
from kiosk.wire import RegisterPart
from kiosk.wire.register import decode_register, encode_register

BLOB, VERSION, ISSUED = "register", "register_version", "register_issued_ms"


def keep_register(
    db: Connection, households: Iterable[Household], *, by: str, now_ms: int
) -> RegisterPart:
    """Put a register in place of the one before. Raises MessageError when it is too long."""
    blob = encode_register(households)
    before = current(db) or RegisterPart(0, 0, b"")
    part = RegisterPart(max(before.version + 1, now_ms // 1000), now_ms, blob)
    put_setting(db, BLOB, blob)
    put_setting(db, VERSION, str(part.version).encode())
    put_setting(db, ISSUED, str(now_ms).encode())
    note_deed(db, operator=by, deed="register", subject=f"{part.version}", now_ms=now_ms)
    return part


def current(db: Connection) -> RegisterPart | None:
    """Return the register in force; None: nothing was imported yet."""
    blob = setting_value(db, BLOB)
    if blob is None:
        return None
    version, issued = setting_value(db, VERSION), setting_value(db, ISSUED)
    return RegisterPart(int(version or b"0"), int(issued or b"0"), blob)


def households(db: Connection) -> list[Household]:
    """Return every household."""
    part = current(db)
    return decode_register(part.blob) if part is not None else []


def part_for(db: Connection, have: int) -> RegisterPart | None:
    """Return the register for a gate that has another one; None: it has this."""
    version = setting_value(db, VERSION)
    return current(db) if version is not None and int(version) != have else None
