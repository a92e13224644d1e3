"""A kiosk's lists survive cuts, damage and lies, and central is asked for what is lost."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.faults import Fault
from kiosk.passes.allowed import make_allowed, mark_of
from kiosk.passes.packed import pack
from kiosk.passes.revocation import Revocations, make_revocations
from kiosk.passes.trust import make_trust
from kiosk.sync.list_store import ListStore
from kiosk.wire import SyncReply
from tests.passes.making import ISSUER_KEY, NBF_S, OTHER, ROOT
from tests.sync.far_central import STATUS_KEY, Handler, Intake
from tests.sync.rig import COMMUNITY, Rig, bind, open_rig

IDS = [number.to_bytes(8) for number in range(1, 13)]
KID = ISSUER_KEY.kid


def revoked(
    ids: list[bytes],
    *,
    seq: int,
    held: Revocations | None = None,
    key: object = STATUS_KEY,
    community: str = COMMUNITY,
) -> bytes:
    return make_revocations(
        ids,
        community=community,
        seq=seq,
        issued_s=NBF_S + seq,
        next_s=NBF_S + 86_400,
        status=key,  # type: ignore[arg-type]
        held=held,
    )


def allowed(*payloads: bytes, seq: int, kid: bytes = KID, key: object = STATUS_KEY) -> bytes:
    return make_allowed(
        map(mark_of, payloads),
        community=COMMUNITY,
        seq=seq,
        kid=kid,
        issued_s=NBF_S,
        status=key,  # type: ignore[arg-type]
    )


def trust(seq: int, *, key: object = ROOT, twice: bool = False) -> bytes:
    keys = [ISSUER_KEY, ISSUER_KEY] if twice else [ISSUER_KEY]
    return make_trust(keys, community=COMMUNITY, seq=seq, issued_s=NBF_S, root=key)  # type: ignore[arg-type]


def answer(**lists: bytes) -> SyncReply:
    return SyncReply("0" * 16, 1, 0, **lists)  # type: ignore[arg-type]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    make_state(tmp_path)
    return tmp_path


def make_state(folder: Path) -> None:
    for name in ("keys", "lists"):
        (folder / name).mkdir(exist_ok=True)
    bind(folder / "keys", "0" * 16, trust=trust(1))


def open_store(state: Path) -> ListStore:
    return ListStore(state / "lists", community=COMMUNITY, keys=state / "keys")


def ids_of(store: ListStore) -> list[bytes] | None:
    held = store.current().revoked
    return None if held is None else [cti for cti in IDS if cti in held]


def test_lists_are_taken_and_outlive_a_restart(state: Path) -> None:
    store = open_store(state)
    assert store.have[:4] == (1, 0, 0, 0) and ids_of(store) is None
    reply = answer(
        trust=trust(2), revocations=revoked(IDS[:3], seq=5), allowed=allowed(b"a", seq=4)
    )
    assert store.take(reply) == {}
    again = open_store(state)
    assert again.have[:4] == store.have[:4] == (2, 5, 0, 4)
    assert again.current() == store.current() and ids_of(again) == IDS[:3]
    assert again.current().allowed[KID].holds(b"a")


def test_differences_are_laid_on_one_another_and_on_disk(state: Path) -> None:
    store = open_store(state)
    for seq in range(1, 8):
        held = store.current().revoked
        message = revoked(IDS[seq : seq + 4], seq=seq, held=held)
        assert store.take(answer(revocations=message)) == {}
        store = open_store(state)
        assert ids_of(store) == IDS[seq : seq + 4] and store.have[1] == seq


@settings(max_examples=30, deadline=None)
@given(
    rounds=st.lists(st.sets(st.sampled_from(IDS)), min_size=1, max_size=5),
    restarts=st.sets(st.integers(0, 4)),
)
def test_kiosk_has_centrals_list_after_any_changes_and_restarts(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[set[bytes]], restarts: set[int]
) -> None:
    state = tmp_path_factory.mktemp("any")
    make_state(state)
    store = open_store(state)
    for place, ids in enumerate(rounds):
        held = store.current().revoked
        message = revoked(sorted(ids), seq=place + 1, held=held)
        assert store.take(answer(revocations=message)) == {}
        if place in restarts:
            store = open_store(state)
    assert ids_of(store) == sorted(rounds[-1])


def test_unchanged_list_with_a_newer_date_is_kept(state: Path) -> None:
    store = open_store(state)
    assert store.take(answer(revocations=revoked(IDS, seq=5))) == {}
    held = store.current().revoked
    assert store.take(answer(revocations=revoked(IDS, seq=6, held=held))) == {}
    again = open_store(state).current().revoked
    assert again is not None and again.issued_s == NBF_S + 6 and again.seq == 6


def test_same_list_again_is_no_news(state: Path) -> None:
    store = open_store(state)
    reply = answer(revocations=revoked(IDS, seq=5), allowed=allowed(b"a", seq=4))
    assert store.take(reply) == {}
    before = [(state / "lists" / name).stat().st_ino for name in ("revoked", "allowed")]
    assert store.take(reply) == {}
    assert before == [(state / "lists" / name).stat().st_ino for name in ("revoked", "allowed")]


OTHERS = Revocations(COMMUNITY, 5, NBF_S, NBF_S, pack(IDS))  # a five that we do not hold


@pytest.mark.parametrize(
    ("lists", "why"),
    [
        ({"revocations": revoked(IDS, seq=4)}, {"revoked": "E_RL_ROLLBACK"}),  # S1
        ({"revocations": revoked(IDS, seq=5)}, {"revoked": "E_RL_FORK"}),  # S2
        ({"revocations": revoked([], seq=7, held=replace(OTHERS, seq=6))}, "E_RL_CHAIN"),  # S3
        ({"revocations": revoked(IDS[11:], seq=7, held=OTHERS)}, "E_RL_CHAIN"),  # S3
        ({"revocations": revoked(IDS, seq=9, key=OTHER)}, "E_RL_KID"),
        ({"revocations": revoked(IDS, seq=9, key=ROOT)}, "E_RL_KID"),
        ({"revocations": revoked(IDS, seq=9)[:-1] + b"\0"}, "E_RL_SIG"),
        ({"revocations": b""}, "E_RL_PROFILE"),
        ({"revocations": revoked(IDS, seq=9, community="elsewhe")}, "of another community"),
        ({"trust": trust(9, key=STATUS_KEY)}, {"trust": "E_TL_KID"}),  # S6
        ({"trust": trust(9, twice=True)}, {"trust": "E_TL_DUPLICATE"}),  # S7
        ({"allowed": allowed(b"a", seq=3)}, {"allowed": "E_AL_ROLLBACK"}),
        ({"allowed": allowed(b"b", seq=4)}, {"allowed": "E_AL_FORK"}),
        ({"allowed": allowed(b"b", seq=9, key=OTHER)}, {"allowed": "E_AL_KID"}),
    ],
)
def test_wrong_list_is_named_and_leaves_the_old_one_in_force(
    state: Path, lists: dict[str, bytes], why: str | dict[str, str]
) -> None:
    store = open_store(state)
    reply = answer(revocations=revoked(IDS[:3], seq=5), allowed=allowed(b"a", seq=4))
    assert store.take(reply) == {}
    before = store.current()
    assert store.take(answer(**lists)) == (why if isinstance(why, dict) else {"revoked": why})
    assert store.current() == before and open_store(state).current() == before


def test_bad_list_beside_good_ones_stops_only_itself(state: Path) -> None:
    store = open_store(state)
    reply = answer(trust=trust(9), revocations=b"", allowed=allowed(b"a", seq=4))
    assert store.take(reply) == {"revoked": "E_RL_PROFILE"}
    assert store.have[:4] == (9, 0, 0, 4)


def test_broken_chain_asks_for_a_full_list_and_takes_it(state: Path) -> None:
    store = open_store(state)
    assert store.take(answer(revocations=revoked(IDS[:3], seq=5))) == {}
    assert store.take(answer(revocations=revoked(IDS[11:], seq=7, held=OTHERS)))
    assert store.have[1] == 0 and ids_of(store) == IDS[:3], "the old one serves meanwhile"
    assert store.take(answer(revocations=revoked(IDS[:4], seq=7))) == {}
    assert store.have[1] == 7 and ids_of(store) == IDS[:4]


def test_two_burnt_keys_have_a_list_each(state: Path) -> None:
    store = open_store(state)
    for message in (allowed(b"a", seq=4), allowed(b"b", seq=5, kid=b"kid2")):
        assert store.take(answer(allowed=message)) == {}
    assert store.take(answer(allowed=allowed(b"a", b"c", seq=6))) == {}
    held = open_store(state).current().allowed
    assert held[KID].holds(b"c") and held[b"kid2"].holds(b"b") and not held[KID].holds(b"b")
    assert open_store(state).have[3] == 6


@pytest.mark.parametrize("name", ["trust", "revoked", "allowed"])
def test_file_cut_at_any_byte_is_named_and_the_rest_goes_on(
    state: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(state)
    assert store.take(answer(revocations=revoked(IDS[:3], seq=5))) == {}
    held = store.current().revoked
    reply = answer(
        trust=trust(2),
        revocations=revoked(IDS[:4], seq=6, held=held),
        allowed=allowed(b"a", seq=4),
    )
    assert store.take(reply) == {}
    whole = open_store(state).have[:4]
    file = state / "lists" / name
    content = file.read_bytes()
    lost = {"trust": (1, 6, 0, 4), "revoked": (2, 0, 0, 4), "allowed": (2, 6, 0, 0)}[name]
    for cut in range(len(content)):
        file.write_bytes(content[:cut])
        caplog.clear()
        assert open_store(state).have[:4] == lost, cut
        named = [record for record in caplog.records if "lists.damaged" in record.getMessage()]
        assert [getattr(record, "file", "") for record in named] == [name], cut
    file.write_bytes(content)
    assert open_store(state).have[:4] == whole == (2, 6, 0, 4)


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_changed_bit_on_the_card_is_never_believed(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    state = tmp_path_factory.getbasetemp() / "bits"
    state.mkdir(exist_ok=True)
    make_state(state)
    five = Revocations(COMMUNITY, 5, NBF_S + 5, NBF_S + 86_400, pack(IDS[:3]))
    (state / "lists" / "revoked").unlink(missing_ok=True)
    store = open_store(state)
    assert store.take(answer(revocations=revoked(IDS[:3], seq=5))) == {}
    assert store.take(answer(revocations=revoked(IDS[:4], seq=6, held=five))) == {}
    file = state / "lists" / "revoked"
    content = bytearray(file.read_bytes())
    content[at % len(content)] ^= 1 << bit
    file.write_bytes(content)
    assert open_store(state).current().revoked is None


def test_damaged_lists_come_back_from_central(state: Path) -> None:
    store = open_store(state)
    reply = answer(revocations=revoked(IDS[:3], seq=5), allowed=allowed(b"a", seq=4))
    assert store.take(reply) == {}
    for name in ("revoked", "allowed"):
        (state / "lists" / name).write_bytes(os.urandom(500))
    store = open_store(state)
    assert store.have[1:4] == (0, 0, 0)
    assert store.take(reply) == {} and open_store(state).have[:4] == (1, 5, 0, 4)


def test_list_that_cannot_be_written_is_not_taken(state: Path) -> None:
    (state / "lists").rmdir()
    (state / "lists").write_text("in the way")
    store = open_store(state)
    told = store.take(answer(revocations=revoked(IDS, seq=5), allowed=allowed(b"a", seq=4)))
    assert sorted(told) == ["allowed", "revoked"]
    assert all("written" in why for why in told.values())
    assert store.have[:4] == (1, 0, 0, 0) and ids_of(store) is None


def test_kiosk_that_is_bound_later_takes_lists_from_then_on(state: Path) -> None:
    (state / "keys" / "bundle").unlink()
    store = open_store(state)
    reply = answer(revocations=revoked(IDS, seq=5), allowed=allowed(b"a", seq=4))
    assert sorted(store.take(reply)) == ["allowed", "revoked"]
    bind(state / "keys", "0" * 16, trust=trust(1))
    store.look_again()
    assert store.take(reply) == {} and store.have[:4] == (1, 5, 0, 4)


def test_damaged_bundle_takes_nothing_from_a_running_gate(state: Path) -> None:
    store = open_store(state)
    assert store.take(answer(revocations=revoked(IDS, seq=5))) == {}
    (state / "keys" / "bundle").write_bytes(b"no bundle")
    store.look_again()
    assert ids_of(store) == IDS


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with open_rig(tmp_path, trust=trust(1)) as rig:
        yield rig


def hand(**lists: bytes) -> object:
    def way(handler: Handler, request: object, intake: Intake) -> None:
        handler.send(replace(intake.answer(request), **lists))  # type: ignore[arg-type]

    return way


def test_lists_in_an_answer_are_in_force_and_told_to_central(rig: Rig) -> None:
    rig.far.ways.append(
        hand(revocations=revoked(IDS[:2], seq=5), allowed=allowed(b"a", seq=4))  # type: ignore[arg-type]
    )
    for _ in range(2):
        rig.write(1)
        rig.drain()
    assert rig.far.intake.requests[-1].have[:4] == (1, 5, 0, 4)
    held = rig.lists.current()
    assert held.revoked is not None and IDS[0] in held.revoked and KID in held.allowed
    assert rig.faults.ever == set()


def test_refused_lists_are_told_by_name_until_a_good_one_came(rig: Rig) -> None:
    rig.far.ways.append(hand(revocations=revoked(IDS, seq=5, key=OTHER), allowed=b""))  # type: ignore[arg-type]
    rig.write(1)
    rig.drain()
    assert rig.faults.now[Fault.BAD_UPDATE] == "revoked E_RL_KID, allowed E_AL_PROFILE"
    assert rig.stored == rig.bodies
    rig.far.ways.append(hand(revocations=revoked(IDS, seq=5)))  # type: ignore[arg-type]
    rig.write(1)
    rig.drain()
    assert rig.faults.now == {} and rig.lists.have[:4] == (1, 5, 0, 0)


def test_list_comes_also_with_a_no(rig: Rig) -> None:
    def frozen(handler: Handler, request: object, intake: Intake) -> None:
        reply = SyncReply(request.device, request.counter, intake.utc_ms)  # type: ignore[attr-defined]
        handler.send(replace(reply, error="E_LOG_FORK", revocations=revoked(IDS[:1], seq=5)))

    rig.far.ways.append(frozen)
    rig.write(1)
    rig.turn_until(lambda: rig.lists.have[1] == 5)
    held = rig.lists.current().revoked
    assert held is not None and IDS[0] in held and hashlib.sha256(IDS[0]).digest() not in held
