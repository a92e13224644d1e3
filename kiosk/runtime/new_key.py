"""When a kiosk begins a journal anew: for another key, or when central has another past of it.

For another key nothing may be on the way. A card that was put back to an older copy has given
numbers twice: central freezes that journal, and only a new one goes on.
"""

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
    waiting, _ = waiting_in(state)
    if waiting > 0:
        raise SyncError(f"{waiting} entries are not at central yet; wait for them")
    return old


def waiting_in(state: StateDir) -> tuple[int, str]:
    """Return how many entries central lacks, and the journal's epoch. Raises JournalError."""
    with closing(open_outbox(state.journal)) as outbox:
        waiting = outbox.newest()[0] - acknowledged(state.sync, outbox.epoch)
        return max(0, waiting), outbox.epoch.hex()


def put_journal_away(state: StateDir, old: str) -> Path:
    """Keep the journal under the name of what ended: a device, or an epoch. Returns where."""
    for suffix in ("", "-wal", "-shm"):
        part = Path(f"{state.journal}{suffix}")
        if part.exists():
            part.replace(state.root / f"journal-{old}.db{suffix}")
    return state.root / f"journal-{old}.db"
