"""What a change of key asks of a kiosk: nothing on the way, and a journal of its own."""

from contextlib import closing
from pathlib import Path

from kiosk.config import StateDir
from kiosk.errors import SyncError
from kiosk.journal.outbox import open_outbox
from kiosk.sync.identity import device_id, make_identity
from kiosk.sync.store import acknowledged


def old_device(state: StateDir) -> str:
    """Return this kiosk's id. Raises SyncError while central lacks what it wrote."""
    make_identity(state.keys)
    old = device_id(state.keys)
    if not state.journal.exists():
        return old
    with closing(open_outbox(state.journal)) as outbox:
        waiting = outbox.newest()[0] - acknowledged(state.sync, outbox.epoch)
    if waiting > 0:
        raise SyncError(f"{waiting} entries are not at central yet; wait for them")
    return old


def put_journal_away(state: StateDir, old: str) -> None:
    """The old device's journal ends here: its name is in every head of its chain."""
    for suffix in ("", "-wal", "-shm"):
        part = Path(f"{state.journal}{suffix}")
        if part.exists():
            part.replace(state.root / f"journal-{old}.db{suffix}")
