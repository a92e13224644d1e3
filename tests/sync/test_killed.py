"""The kiosk is killed between sending and hearing: nothing is lost, nothing counts twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.sync.far_central import Handler, Intake
from tests.sync.rig import open_rig

CHILD = """
import sys
from pathlib import Path
from kiosk.config import CentralConfig, StateDir
from kiosk.journal.outbox import open_outbox
from kiosk.sync.engine import SyncEngine
from kiosk.sync.identity import read_identity
from kiosk.sync.list_store import ListStore
from kiosk.timing import SystemClock

state = StateDir(Path(sys.argv[1]))
engine = SyncEngine(
    CentralConfig(url=sys.argv[2]),
    identity=read_identity(state.keys),
    outbox=open_outbox(state.journal),
    sync_path=state.sync,
    lists=ListStore(state.lists, community="lanyuan", keys=state.keys),
    clock=SystemClock(),
    troubles=lambda fault, *, is_on, detail="": None,
)
while True:
    engine.turn()
"""


def test_kill_between_sending_and_hearing_doubles_nothing(tmp_path: Path) -> None:
    def store_and_say_nothing(handler: Handler, request: object, intake: Intake) -> None:
        intake.answer(request)  # type: ignore[arg-type]
        handler.far.released.wait(10)
        handler.close_connection = True

    with open_rig(tmp_path) as rig:
        rig.engine.close()
        for kill in range(1, 4):
            rig.write(5)
            rig.far.ways.append(store_and_say_nothing)
            child = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(rig.state.root), rig.far.url],
                start_new_session=True,
            )
            deadline_s = time.monotonic() + 20
            while len(rig.far.intake.counters) < kill and time.monotonic() < deadline_s:
                time.sleep(0.005)
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
            assert len(rig.stored) == 5 * kill and rig.acked == 0
        rig.engine = rig.open_engine()
        rig.drain()
        counters = rig.far.intake.counters
        assert counters == sorted(set(counters)) and len(counters) >= 4
        assert len(rig.far.intake.requests) == len(counters), "no counter was used twice"
        assert rig.stored == rig.bodies and rig.faults.ever == set()
