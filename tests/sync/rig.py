"""A kiosk's sync over the real path: its journal on disk, its engine, a central on a port."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.config import CentralConfig, JournalConfig, StateDir
from kiosk.core.faults import Fault
from kiosk.core.words import Decision, Granted, Reason, Referred
from kiosk.journal.journal import SqliteJournal, open_journal
from kiosk.journal.outbox import open_outbox
from kiosk.ports import Outbox
from kiosk.sync.client import Limits
from kiosk.sync.engine import SyncEngine
from kiosk.sync.identity import device_id, make_identity, read_identity
from kiosk.sync.list_store import ListStore
from kiosk.sync.lists import TrustStore
from kiosk.sync.plan import Pace
from kiosk.sync.store import acknowledged, sealed_sent
from kiosk.timing import ManualClock, SystemClock
from kiosk.wire import Bundle, encode_bundle
from tests.journal.making import make_entry
from tests.passes.making import ROOT_PUBLIC
from tests.sync.far_central import STATUS_KEY, FarCentral

COMMUNITY = "lanyuan"
PACE = Pace(gather_s=0.0, back_off_s=0.01, bulk_cap_s=0.05, urgent_cap_s=0.02, patience_s=0.3)
LIMITS = Limits(connect_s=3.0, read_s=5.0, total_s=7.0)
IMPATIENT = Limits(connect_s=1.0, read_s=0.4, total_s=0.6)
FEVER = Referred(Reason.ELEVATED)


class Faults:
    """Implements `ports.FaultReport`: what holds, and all that ever held."""

    def __init__(self) -> None:
        self.now: dict[Fault, str] = {}
        self.ever: set[Fault] = set()

    def __call__(self, fault: Fault, *, is_on: bool, detail: str = "") -> None:
        self.now.pop(fault, None)
        if is_on:
            self.now[fault] = detail
            self.ever.add(fault)


class Rig:
    """One kiosk, bound to `far`."""

    def __init__(self, folder: Path, far: FarCentral, *, trust: bytes | None = None) -> None:
        self.far, self.faults, self.clock = far, Faults(), SystemClock()
        self.state = StateDir(folder / "state")
        self.state.make()
        make_identity(self.state.keys)
        self.device = device_id(self.state.keys)
        bind(self.state.keys, self.device, trust=trust)
        self.journal: SqliteJournal = open_journal(
            self.state.journal,
            device=self.device,
            config=JournalConfig(),
            clock=ManualClock(),
            sealed_sent=partial(sealed_sent, self.state.sync),
        )
        self.written = 0
        self.engine = self.open_engine()

    def open_engine(
        self,
        *,
        limits: Limits = LIMITS,
        outbox: Outbox | None = None,
        ca_file: str | None = None,
    ) -> SyncEngine:
        identity = read_identity(self.state.keys)
        assert identity is not None
        self.lists = ListStore(self.state.lists, community=COMMUNITY, keys=self.state.keys)
        self.trust: TrustStore = self.lists.trust
        return SyncEngine(
            CentralConfig(url=self.far.url, ca_file=ca_file),
            identity=identity,
            outbox=outbox or open_outbox(self.state.journal),
            sync_path=self.state.sync,
            lists=self.lists,
            clock=self.clock,
            troubles=self.faults,
            rng=random.Random(7),
            pace=PACE,
            limits=limits,
        )

    def restart(self, **options: object) -> None:
        self.engine.close()
        self.engine = self.open_engine(**options)  # type: ignore[arg-type]

    def write(self, count: int = 1, decision: Decision | None = None) -> None:
        for _ in range(count):
            self.written += 1
            self.journal.record(
                make_entry(ManualClock().now(), self.written, decision or Granted())
            )

    def turn_until(self, is_so: Callable[[], object], within_s: float = 30.0) -> None:
        """Turn until something is so. What is acknowledged is stored, after every turn."""

        def is_so_and_stored() -> object:
            assert self.acked <= len(self.stored)
            return is_so()

        self.turn_until_unchecked(is_so_and_stored, within_s)

    def turn_until_unchecked(self, is_so: Callable[[], object], within_s: float = 30.0) -> None:
        """For a central that itself loses what it had acknowledged."""
        deadline_s = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < deadline_s, self.faults.now
            time.sleep(min(self.engine.turn(), 0.01))

    def drain(self) -> None:
        """Turn until central has all, and the kiosk knows."""
        self.turn_until(lambda: self.acked == self.written and not self.urgent_waiting)

    @property
    def urgent_waiting(self) -> list[int]:
        outbox = open_outbox(self.state.journal)
        try:
            return [row.seq for row in outbox.urgent(self.acked, 1000)]
        finally:
            outbox.close()

    @property
    def epoch(self) -> bytes:
        outbox = open_outbox(self.state.journal)
        try:
            return outbox.epoch
        finally:
            outbox.close()

    @property
    def acked(self) -> int:
        return acknowledged(self.state.sync, self.epoch)

    @property
    def bodies(self) -> list[bytes]:
        outbox = open_outbox(self.state.journal)
        try:
            return [row.body for row in outbox.pending(0, 100_000, 10**9)]
        finally:
            outbox.close()

    @property
    def stored(self) -> list[bytes]:
        """What central has, in its order."""
        log = self.far.intake.logs.get(self.epoch)
        return log.bodies if log is not None else []

    def close(self) -> None:
        self.engine.close()
        self.journal.close()


def bind(keys: Path, device: str, *, trust: bytes | None = None) -> None:
    public: Ed25519PublicKey = STATUS_KEY.public_key()
    bundle = Bundle(device, "central", public.public_bytes_raw(), "south", trust, ROOT_PUBLIC)
    (keys / "bundle").write_bytes(encode_bundle(bundle))


@contextmanager
def open_rig(folder: Path, **options: object) -> Iterator[Rig]:
    far = FarCentral()
    try:
        rig = Rig(folder, far, **options)  # type: ignore[arg-type]
        try:
            yield rig
        finally:
            rig.close()
    finally:
        far.close()
