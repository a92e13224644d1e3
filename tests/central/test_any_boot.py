"""A kiosk's life from one power cut to the next: its clock, journal and sync, and central.

The board beside each life knows the true time, which neither program is ever shown.
"""

import gzip
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.central import authority
from kiosk.central.intake import Intake
from kiosk.central.page_times import instants
from kiosk.central.schema import entry
from kiosk.central.store import reading
from kiosk.central.times import Quality
from kiosk.clock_sources import UNKNOWN, KernelClock
from kiosk.config import CentralConfig, JournalConfig, StateDir
from kiosk.journal.journal import open_journal
from kiosk.journal.outbox import open_outbox
from kiosk.passes.issue import read_public
from kiosk.runtime.kept_clock import ClockKeeper, read_kept
from kiosk.sync.engine import SyncEngine
from kiosk.sync.identity import device_id, make_identity, read_identity
from kiosk.sync.list_store import ListStore
from kiosk.sync.store import acknowledged
from kiosk.timing import RELEASED, ClockState, SystemClock
from kiosk.wire import CONTENT_TYPE
from tests.central.office import Office
from tests.journal.making import make_entry
from tests.sync.rig import COMMUNITY, PACE, Faults

BEGIN = datetime(2027, 3, 1, tzinfo=UTC)
YEAR_1970 = datetime(1970, 1, 1, tzinfo=UTC)
SURE = (Quality.EXACT, Quality.CORRECTED)


class Board:
    """Implements `clock_sources.Machine`, and knows the truth."""

    def __init__(self) -> None:
        self.truth, self.rate, self.boots = BEGIN, 1.0, 0
        self.boot(chip=None, rate=1.0)

    def boot(self, *, chip: str | None, rate: float) -> None:
        """Power comes back: the seconds begin anew, the system says 1970."""
        self.truth += timedelta(seconds=5)
        self.boots, self.seconds, self.rate = self.boots + 1, 5.0, rate
        self.says, self.discipline, self.chip = YEAR_1970, UNKNOWN, chip

    def wait(self, seconds: float) -> None:
        self.truth += timedelta(seconds=seconds)
        self.seconds += seconds * self.rate
        is_led = self.discipline.is_synced
        self.says += timedelta(seconds=seconds * (1.0 if is_led else self.rate))

    def learn(self, error_s: float, part: float) -> None:
        """The kernel is synchronised, off by a part of the error it admits."""
        self.says = self.truth + timedelta(seconds=error_s * part)
        self.discipline = KernelClock(is_synced=True, error_s=error_s)

    def boot_s(self) -> float:
        return self.seconds

    def boot_id(self) -> str:
        return f"boot-{self.boots}"

    def wall(self) -> datetime:
        return self.says

    def rtc_s(self) -> int | None:
        chips = {"right": int(self.truth.timestamp()), "empty": 0, "mad": 2**32}
        return chips[self.chip] if self.chip is not None else None

    def kernel(self) -> KernelClock:
        return self.discipline


@contextmanager
def serving(intake: Intake) -> Iterator[str]:
    """Central's intake on a port."""

    class Post(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_packed = self.headers.get("Content-Encoding") == "gzip"
            answer = intake.answer(gzip.decompress(body) if is_packed else body)
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Post)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Life:
    """One kiosk and what really happened to it."""

    def __init__(self, folder: Path) -> None:
        self.board, self.office = Board(), Office(folder / "central")
        engine = self.office.engine
        self.intake = Intake(engine, self.office.authority, now_ms=self._truth_ms)
        self.state = StateDir(folder / "kiosk")
        self.state.make()
        make_identity(self.state.keys)
        public = read_public(self.state.keys / "device.pub")
        named = authority.add_device(engine, public, name="south", now_ms=0)
        bundle = authority.bundle_of(engine, self.office.authority, named)
        (self.state.keys / "bundle").write_bytes(bundle)
        self.written: list[tuple[int, datetime]] = []  # boot, truth
        self.synced: set[int] = set()
        self._start()

    def cut_power(self, *, off_s: float, chip: str | None, rate: float) -> None:
        self._stop()
        self.board.truth += timedelta(seconds=off_s)
        self.board.boot(chip=chip, rate=rate)
        self._start()

    def restart(self) -> None:
        """The program alone ends and begins again."""
        self._stop()
        self._start()

    def set_wall(self, to_s: float) -> None:
        """Somebody sets the system's clock."""
        if not self.board.discipline.is_synced:
            self.board.says = YEAR_1970 + timedelta(seconds=to_s)

    def wait(self, seconds: float) -> None:
        before_s = self.clock.mono_s()
        self.board.wait(seconds)
        assert self.clock.mono_s() >= before_s

    def learn(self, error_s: float, part: float) -> None:
        self.board.learn(error_s, part)
        self.wait(20.0)
        self.clock.now()

    def keep(self) -> None:
        """What is done when nobody is at the gate."""
        before = read_kept(self.state.clock).floor
        self.keeper.look()
        assert read_kept(self.state.clock).floor >= before

    def write(self) -> None:
        now = self.clock.now()
        if now.clock is ClockState.UNSURE:
            assert now.utc >= max(RELEASED, read_kept(self.state.clock).floor)
        self.journal.record(make_entry(now, len(self.written) + 1))
        self.written.append((self.board.boots, self.board.truth))

    def sync(self) -> None:
        """Send everything."""
        if not self.written:
            return
        with serving(self.intake) as url:
            engine = self._open_engine(url)
            try:
                for _ in range(200):
                    engine.turn()
                    self.board.wait(0.1)
                    if self._is_empty():
                        break
                assert self._is_empty()
            finally:
                engine.close()
        self.synced.add(self.board.boots)

    def close(self) -> None:
        self._stop()
        self.office.close()

    def _is_empty(self) -> bool:
        return acknowledged(self.state.sync, self.journal.epoch) == len(self.written)

    def _open_engine(self, url: str) -> SyncEngine:
        identity = read_identity(self.state.keys)
        assert identity is not None
        return SyncEngine(
            CentralConfig(url=url),
            identity=identity,
            outbox=open_outbox(self.state.journal),
            sync_path=self.state.sync,
            lists=ListStore(self.state.lists, community=COMMUNITY, keys=self.state.keys),
            clock=self.clock,
            troubles=Faults(),
            rng=random.Random(7),
            pace=PACE,
        )

    def _start(self) -> None:
        self.clock = SystemClock(machine=self.board, kept=read_kept(self.state.clock))
        self.keeper = ClockKeeper(self.clock, self.state.clock)
        self.journal = open_journal(
            self.state.journal,
            device=device_id(self.state.keys),
            config=JournalConfig(),
            clock=self.clock,
        )

    def _stop(self) -> None:
        self.journal.close()

    def _truth_ms(self) -> int:
        return int(self.board.truth.timestamp() * 1000)


RATES = st.floats(1 - 50e-6, 1 + 50e-6)
CHIPS = st.sampled_from([None, None, "right", "empty", "mad"])
CUT = st.builds(
    lambda off_s, chip, rate: partial(Life.cut_power, off_s=off_s, chip=chip, rate=rate),
    st.floats(0, 4_000_000),
    CHIPS,
    RATES,
)
WAIT = st.builds(lambda s: partial(Life.wait, seconds=s), st.floats(0, 400_000))
LEARN = st.builds(
    lambda e, p: partial(Life.learn, error_s=e, part=p), st.floats(0, 10), st.floats(-1, 1)
)
SET = st.builds(lambda s: partial(Life.set_wall, to_s=s), st.floats(0, 2**32))
SYNC, KEEP, RESTART = (st.just(deed) for deed in (Life.sync, Life.keep, Life.restart))
DEEDS = st.sampled_from([CUT, CUT, SYNC, SYNC, WAIT, LEARN, SET, KEEP, RESTART]).flatmap(
    lambda deed: deed
)


@settings(max_examples=40, deadline=None)
@given(deeds=st.lists(DEEDS, min_size=12, max_size=20))
def test_what_central_says_of_a_time_holds_over_any_boots_syncs_steps_and_power_cuts(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[Callable[[Life], None]]
) -> None:
    life = Life(tmp_path_factory.mktemp("life"))
    try:
        for deed in deeds:
            deed(life)
            life.write()
        life.sync()
        life.wait(100.0)
        life.write()
        life.sync()
        check(life)
    finally:
        life.close()


def check(life: Life) -> None:
    with reading(life.office.engine) as db:
        rows = db.execute(select(entry).order_by(entry.c.seq)).all()
        said = instants(db, rows)
    assert len(rows) == len(life.written)
    for at, (boot, truth) in zip(said, life.written, strict=True):
        assert at is not None
        if at.error_ms is not None:
            off_ms = abs(at.utc_ms - truth.timestamp() * 1000)
            assert off_ms <= at.error_ms + 2, at
        if boot in life.synced:
            assert at.quality in SURE, (boot, at)
