"""A trust list is replaced by a newer one of our root, by nothing else, and survives a cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.faults import Fault
from kiosk.passes.trust import make_trust
from kiosk.sync.lists import TrustStore
from kiosk.wire import Bundle, encode_bundle
from tests.passes.making import ISSUER_KEY, NBF_S, OTHER, ROOT, ROOT_PUBLIC
from tests.sync.far_central import Handler, Intake
from tests.sync.rig import COMMUNITY, Rig, open_rig


def signed_list(seq: int, *, root: object = ROOT, community: str = COMMUNITY) -> bytes:
    return make_trust(
        [ISSUER_KEY], community=community, seq=seq, issued_s=NBF_S + seq, root=root
    )  # type: ignore[arg-type]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "root.pub").write_text(ROOT_PUBLIC.hex() + "\n")
    return keys


def open_lists(keys: Path) -> TrustStore:
    return TrustStore(keys.parent / "lists", community=COMMUNITY, keys=keys)


def write_bundle(keys: Path, trust: bytes | None, root: bytes | None = ROOT_PUBLIC) -> None:
    bundle = Bundle("0" * 16, "central", b"s" * 32, "south", trust, root)
    (keys / "bundle").write_bytes(encode_bundle(bundle))


def test_newer_list_is_taken_and_outlives_a_restart(keys: Path) -> None:
    lists = open_lists(keys)
    assert lists.current() is None and lists.issued_s is None and lists.seq == 0
    assert lists.take(signed_list(3)) and lists.take(signed_list(4))
    again = open_lists(keys)
    assert again.seq == 4 and again.issued_s == NBF_S + 4
    assert again.current() == lists.current()


@pytest.mark.parametrize(
    ("offered", "why"),
    [
        (signed_list(4), "E_TL_ROLLBACK"),
        (signed_list(9, root=OTHER), "E_TL_KID"),
        (signed_list(9, community="elsewhe"), "community"),
        (signed_list(9)[:-1], "E_TL_PROFILE"),
        (signed_list(9)[:-1] + b"\0", "E_TL_SIG"),
        (b"", "E_TL_PROFILE"),
        (b"\0" * 5000, "E_TL_LENGTH"),
        (
            make_trust([], community=COMMUNITY, seq=5, issued_s=NBF_S, root=ROOT),
            "E_TL_FORK",
        ),
    ],
)
def test_wrong_list_leaves_the_old_one_in_force(keys: Path, offered: bytes, why: str) -> None:
    lists = open_lists(keys)
    assert lists.take(signed_list(5))
    before = lists.current()
    assert not lists.take(offered)
    assert why in lists.refused
    assert lists.current() is before and open_lists(keys).current() == before


def test_same_list_again_is_no_news(keys: Path) -> None:
    lists = open_lists(keys)
    assert lists.take(signed_list(5))
    before = (keys.parent / "lists" / "trust").stat()
    assert lists.take(signed_list(5))
    assert (keys.parent / "lists" / "trust").stat().st_ino == before.st_ino


def test_list_of_the_bundle_serves_until_a_newer_one_came(keys: Path) -> None:
    (keys / "root.pub").unlink()
    write_bundle(keys, signed_list(2))
    lists = open_lists(keys)
    assert lists.seq == 2
    assert lists.take(signed_list(3)) and open_lists(keys).seq == 3


def test_damaged_file_falls_back_to_the_bundle(keys: Path) -> None:
    write_bundle(keys, signed_list(2))
    assert open_lists(keys).take(signed_list(3))
    (keys.parent / "lists" / "trust").write_bytes(b"\0" * 80)
    assert open_lists(keys).seq == 2


def test_damaged_bundle_leaves_the_gate_its_list(keys: Path) -> None:
    assert open_lists(keys).take(signed_list(3))
    (keys / "bundle").write_bytes(b"no bundle")
    assert open_lists(keys).seq == 3


def test_without_a_root_key_nothing_is_believed(keys: Path) -> None:
    (keys / "root.pub").unlink()
    lists = open_lists(keys)
    assert not lists.take(signed_list(1)) and lists.current() is None


def test_a_kiosk_that_is_bound_while_it_runs_takes_the_list_of_its_bundle(keys: Path) -> None:
    (keys / "root.pub").unlink()
    lists = open_lists(keys)
    assert not lists.take(signed_list(3))
    write_bundle(keys, signed_list(3))
    lists.look_again()
    assert lists.seq == 3
    assert lists.take(signed_list(4))


def test_list_that_cannot_be_kept_is_not_taken(keys: Path) -> None:
    (keys.parent / "lists").write_text("in the way")
    lists = open_lists(keys)
    assert not lists.take(signed_list(1)) and lists.current() is None
    assert "written" in lists.refused


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_leave_the_list_in_force(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    keys = tmp_path_factory.getbasetemp() / "any-lists" / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    write_bundle(keys, signed_list(2))
    lists = open_lists(keys)
    assert not lists.take(content) and lists.seq == 2


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with open_rig(tmp_path, trust=signed_list(1)) as rig:
        yield rig


def test_central_sends_the_list_we_do_not_have(rig: Rig) -> None:
    rig.far.intake.trust, rig.far.intake.trust_seq = signed_list(7), 7
    rig.write(1)
    rig.drain()
    assert rig.trust.seq == 7
    rig.write(1)
    rig.drain()
    assert rig.far.intake.requests[-1].have[:4] == (7, 0, 0, 0)
    assert rig.faults.ever == set()


@pytest.mark.parametrize("offered", [signed_list(0), signed_list(9, root=OTHER), b"\0"])
def test_wrong_list_from_central_is_told_and_entries_go_on(rig: Rig, offered: bytes) -> None:
    rig.far.intake.trust, rig.far.intake.trust_seq = offered, 99
    rig.write(2)
    rig.drain()
    assert rig.trust.seq == 1 and Fault.BAD_UPDATE in rig.faults.now
    assert rig.stored == rig.bodies
    rig.far.intake.trust = signed_list(2)
    rig.write(1)
    rig.drain()
    assert rig.trust.seq == 2 and rig.faults.now == {}


def test_list_in_an_unsigned_answer_is_not_even_looked_at(rig: Rig) -> None:
    def portal(handler: Handler, request: object, intake: Intake) -> None:
        handler.send_bytes(signed_list(9))

    rig.far.ways.append(portal)
    rig.write(1)
    rig.drain()
    assert rig.trust.seq == 1
