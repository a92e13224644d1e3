"""Rules that central offers are in force at once, and what is wrong is told by its name."""

from pathlib import Path

from kiosk.config import StateDir
from kiosk.sync.list_store import ListStore
from kiosk.sync.rules_kept import RulesStore
from kiosk.timing import ManualClock
from kiosk.wire import SyncReply
from kiosk.wire.bundle import Bundle, encode_bundle
from tests.rulebook.test_envelope import HERE, PUBLIC, signed


def offered(*documents: bytes) -> SyncReply:
    return SyncReply(device="d", counter=1, utc_ms=0, rules=documents)


def test_rules_of_an_answer_are_in_force_and_told_of_in_the_next_request(
    tmp_path: Path,
) -> None:
    state, clock = StateDir(tmp_path), ManualClock()
    state.make()
    (state.keys / "bundle").write_bytes(encode_bundle(Bundle("d", "s", PUBLIC, HERE)))
    left = state.lists / "rules" / ".0000000009.cose.half"
    left.parent.mkdir()
    left.write_bytes(b"half")
    kept = RulesStore(state.lists / "rules", community=HERE, clock=clock)
    lists = ListStore(state.lists, community=HERE, keys=state.keys, rules=kept)
    assert not left.exists()
    assert lists.have[6] == 0
    assert lists.take(offered(signed(2))) == {}
    assert (lists.have[6], kept.current(clock.now()).version) == (2, 2)
    assert lists.take(offered(signed(1))) == {"rules": "E_RS_ROLLBACK"}
    assert lists.take(offered(signed(3, "shops: 1"))) == {"rules": "E_RS_RULES"}
    assert kept.current(clock.now()).version == 2
