"""A central server in a folder, its intake, and one kiosk that may report to it."""

from pathlib import Path

from sqlalchemy import Engine

from kiosk.central import authority
from kiosk.central.intake import Intake
from kiosk.central.store import open_store, read_entries, writing
from kiosk.wire import SyncReply
from tests.central.far_kiosk import FarKiosk


class Office:
    """A server's folder, its intake, and one kiosk that may report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = authority.init(folder, folder, site="demo")
        self.engine: Engine = open_store(folder)
        self.intake = Intake(self.engine, self.authority, now_ms=lambda: 1_800_000_000_000)
        public = self.authority.status.public_key().public_bytes_raw()
        self.kiosk = FarKiosk(self.authority.server, public)
        authority.add_device(self.engine, self.kiosk.public, name="南门", now_ms=0)

    def ask(self, message: bytes) -> SyncReply:
        return self.kiosk.open(self.intake.answer(message))

    def send(self, from_seq: int, to_seq: int) -> SyncReply:
        return self.ask(self.kiosk.request(self.kiosk.part(from_seq, to_seq)))

    def stored(self) -> list[int]:
        return [e.seq for e in read_entries(self.folder)]

    def close(self) -> None:
        self.engine.dispose()


def release(engine: Engine, device: str) -> int:
    """Take a kiosk's reports again, as a person does who has looked into it."""
    with writing(engine) as db:
        return authority.release_device(db, device)
