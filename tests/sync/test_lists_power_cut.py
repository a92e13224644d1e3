"""The power goes while a list is being written: the old one stays, or the new one is whole."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sync.test_list_store import (
    IDS,
    allowed,
    answer,
    ids_of,
    make_state,
    open_store,
    revoked,
    trust,
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    make_state(tmp_path)
    return tmp_path


WRITER = """
import sys
from pathlib import Path
from tests.sync.test_list_store import IDS, answer, open_store, revoked

store, seq = open_store(Path(sys.argv[1])), int(sys.argv[2])
while True:
    seq += 1
    held = store.current().revoked
    ids = IDS[: seq % len(IDS)] + [(n + 100).to_bytes(8) for n in range(2000)]
    assert store.take(answer(revocations=revoked(ids, seq=seq, held=held))) == {}
    print(seq, flush=True)
"""


def test_power_cut_never_parts_a_list_from_its_number(state: Path) -> None:  # S11
    seq = 0
    for kill in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(state), str(seq)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        with child.stdout as said:
            seen = int(said.readline())
            time.sleep(0.003 * kill)  # another instant of the writing each time
            child.send_signal(signal.SIGKILL)
            seen = max([seen, *map(int, said.read().split())])
        assert child.wait() == -signal.SIGKILL
        store = open_store(state)
        seq = store.have[1]
        assert seq in (seen, seen + 1), "what was told as taken is on the card"
        assert ids_of(store) == IDS[: seq % len(IDS)]
        assert sorted(f.name for f in (state / "lists").iterdir()) == ["revoked"]


CUTTER = """
import json, os, resource, signal, sys
from pathlib import Path
from tests.sync.test_list_store import IDS, allowed, answer, open_store, revoked, trust

state, name, told = Path(sys.argv[1]), sys.argv[3], []
store = open_store(state)
reply = answer(
    trust=trust(3), revocations=revoked(IDS, seq=6), allowed=allowed(b"b", b"c", seq=5)
)
for cut in json.loads(sys.argv[2]):
    if (child := os.fork()) == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # the kernel kills at the first byte more
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (cut, cut))
        store.take(answer(**{name: getattr(reply, name)}))
        os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGXFSZ
    told.append([killed, open_store(state).have[:4]])
print(json.dumps(told))
"""


@pytest.mark.parametrize("name", ["trust", "revocations", "allowed"])
def test_power_cut_at_any_byte_of_a_file_leaves_the_old_list(state: Path, name: str) -> None:
    first = answer(
        trust=trust(2), revocations=revoked(IDS[:3], seq=5), allowed=allowed(b"a", seq=4)
    )
    assert open_store(state).take(first) == {}
    cuts = [*range(0, 140, 20), 100_000]
    done = subprocess.run(
        [sys.executable, "-c", CUTTER, str(state), json.dumps(cuts), name],
        capture_output=True,
        text=True,
        check=True,
    )
    *cut, whole = json.loads(done.stdout)
    assert cut == [[True, [2, 5, 0, 4]]] * len(cut)
    newer = {"trust": [3, 5, 0, 4], "revocations": [2, 6, 0, 4], "allowed": [2, 5, 0, 5]}
    assert whole == [False, newer[name]]
