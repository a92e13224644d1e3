"""A fever and an incident behind a long backlog: at central 5 s after the line is up."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.central import authority
from kiosk.config import CentralConfig, JournalConfig, StateDir
from kiosk.core.matters import ACT, Act
from kiosk.core.words import EntryKind, Reason, Referred
from kiosk.journal.journal import open_journal
from kiosk.journal.outbox import open_outbox
from kiosk.passes.issue import read_public
from kiosk.sync.engine import SyncEngine
from kiosk.sync.identity import device_id, make_identity, read_identity
from kiosk.sync.list_store import ListStore
from kiosk.timing import ManualClock, SystemClock
from kiosk.wire import encode_entry, next_head
from tests.central.cases_making import case_rows
from tests.central.office import Office
from tests.central.test_real_kiosk import Server
from tests.journal.making import make_entry
from tests.sync.rig import COMMUNITY, Faults

BACKLOG = 60_000
SOON_S = 5.0
OUTAGE_S = 6.0  # long enough for the waits between tries to have grown


class Gate:
    """A gate that was off line for long, with the pace it has in earnest."""

    def __init__(self, folder: Path, office: Office, url: str) -> None:
        state = StateDir(folder)
        state.make()
        make_identity(state.keys)
        public = read_public(state.keys / "device.pub")
        named = authority.add_device(office.engine, public, name="南门", now_ms=0)
        bundle = authority.bundle_of(office.engine, office.authority, named)
        (state.keys / "bundle").write_bytes(bundle)
        self.write(state)
        identity = read_identity(state.keys)
        assert identity is not None
        self.engine = SyncEngine(
            CentralConfig(url=url),
            identity=identity,
            outbox=open_outbox(state.journal),
            sync_path=state.sync,
            lists=ListStore(state.lists, community=COMMUNITY, keys=state.keys),
            clock=SystemClock(),
            troubles=Faults(),
        )

    def write(self, state: StateDir) -> None:
        """Write a backlog with its chain at one go, then a fever and a call."""
        clock = ManualClock()
        config, device = JournalConfig(), device_id(state.keys)
        journal = open_journal(state.journal, device=device, config=config, clock=clock)
        first = journal.record(make_entry(clock.now(), 1))
        journal.close()
        entry, head, rows = make_entry(clock.now(), 2), first.head, []
        for seq in range(2, BACKLOG + 1):
            body = encode_entry(entry, seq=seq, boot_no=1)
            head = next_head(head, body)
            rows.append((seq, None, 0, body, head))
        db = sqlite3.connect(state.journal)
        with db:
            db.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)
        db.close()
        journal = open_journal(state.journal, device=device, config=config, clock=clock)
        journal.record(make_entry(clock.now(), 3, Referred(Reason.ELEVATED)))
        call = make_entry(clock.now(), 4, None, kind=EntryKind.INCIDENT)
        journal.record(replace(call, details=((ACT, Act.CALLED.value),)))
        journal.close()


@pytest.fixture
def server(office: Office) -> Iterator[Server]:
    server = Server(office)
    yield server
    server.shut()


def test_fever_and_incident_overtake_sixty_thousand_entries(
    office: Office, server: Server, tmp_path: Path
) -> None:
    gate = Gate(tmp_path / "gate", office, server.url)
    server.shut()
    down_until_s = time.monotonic() + OUTAGE_S
    while time.monotonic() < down_until_s:
        time.sleep(min(0.2, gate.engine.turn()))
    server.open()
    up_s = time.monotonic()
    while len(case_rows(office.engine)) < 2:
        time.sleep(min(0.02, gate.engine.turn()))
        assert time.monotonic() - up_s < SOON_S
    took_s = time.monotonic() - up_s
    print(f"{BACKLOG} entries queued: fever and incident at central after {took_s:.2f} s")
    gate.engine.close()
    kinds = {(row.seq, row.kind) for row in case_rows(office.engine)}
    assert kinds == {(BACKLOG + 1, "fever"), (BACKLOG + 2, "incident")}
