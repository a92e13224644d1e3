"""A withdrawn pass is known at every kiosk: lists, differences, and what goes wrong."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection, insert

from kiosk.central.revocations import (
    KEPT_S,
    NEXT_S,
    REISSUE_S,
    count_revoked,
    restore,
    revoke,
    signed_list,
)
from kiosk.central.schema_office import issued
from kiosk.central.store import make_store, writing
from kiosk.errors import ConfigError
from kiosk.passes.allowed import mark_of
from kiosk.passes.packed import pack
from kiosk.passes.revocation import (
    IDS_MAX,
    RevocationPart,
    RevocationRefusal,
    Revocations,
    apply,
    read_revocations,
)
from tests.passes.making import ISSUER_KEY
from tests.passes.test_revocation import PUBLIC, STATUS

NOW_S = 1_800_000_000
NOW_MS = NOW_S * 1000
IDS = [number.to_bytes(8) for number in range(1, 13)]
KID = ISSUER_KEY.kid
some_ids = st.sets(st.sampled_from(IDS), min_size=1).map(sorted)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    engine = make_store(tmp_path)
    with writing(engine) as db:
        yield db
    engine.dispose()


def withdraw(db: Connection, *ctis: bytes, at_s: int = NOW_S) -> int:
    return revoke(db, ctis, by="李", reason="lost", now_ms=at_s * 1000)


def add_issued(db: Connection, cti: bytes, *, exp_s: int, payload: bytes = b"") -> None:
    row: dict[str, Any] = {"cti": cti, "kid": KID, "payload_sha8": mark_of(payload or cti)}
    row |= {"sub": "AB12CD34", "kind": 1, "grid": 7, "label": "", "nbf_s": 0, "exp_s": exp_s}
    db.execute(insert(issued).values(**row, issued_ms=0, issued_by="李"))


def asked(db: Connection, have_seq: int, *, at_s: int = NOW_S) -> RevocationPart | None:
    message = signed_list(db, STATUS, "lanyuan", have_seq, at_s * 1000)
    if message is None:
        return None
    part = read_revocations(message, PUBLIC)
    assert isinstance(part, RevocationPart), part
    return part


def full(db: Connection, *, at_s: int = NOW_S) -> Revocations:
    part = asked(db, 0, at_s=at_s)
    held = apply(None, part) if part else None
    assert isinstance(held, Revocations), held
    return held


def test_revoked_pass_is_on_the_list_and_a_restored_one_is_not(db: Connection) -> None:
    assert full(db).ids == b""
    first = withdraw(db, IDS[0], IDS[1])
    assert full(db).ids == pack(IDS[:2]) and full(db).seq == first
    second = restore(db, [IDS[0], IDS[5]], by="王", now_ms=NOW_MS)
    assert second > first and full(db).ids == IDS[1] and count_revoked(db) == 1
    assert withdraw(db, IDS[0]) > second and full(db).ids == pack(IDS[:2])


def test_what_changes_nothing_makes_no_new_list(db: Connection) -> None:
    seq = withdraw(db, IDS[0])
    assert withdraw(db, IDS[0]) == seq
    assert restore(db, [IDS[1]], by="王", now_ms=NOW_MS) == seq
    assert asked(db, seq) is None


def test_difference_says_only_what_changed(db: Connection) -> None:
    withdraw(db, *IDS)
    seq = full(db).seq
    withdraw(db, b"newpass!")
    restore(db, [IDS[3]], by="王", now_ms=NOW_MS)
    part = asked(db, seq)
    assert part is not None and part.base_seq == seq
    assert (part.add, part.drop) == (b"newpass!", IDS[3])


def test_full_list_goes_out_where_it_is_shorter(db: Connection) -> None:
    withdraw(db, *IDS)
    seq = full(db).seq
    restore(db, IDS[1:], by="王", now_ms=NOW_MS)
    part = asked(db, seq)
    assert part is not None and part.base_seq == 0 and part.add == IDS[0]


def test_list_is_issued_anew_before_it_is_a_day_old(db: Connection) -> None:
    withdraw(db, IDS[0])
    held = full(db)
    assert held.next_s == held.issued_s + NEXT_S == NOW_S + 86_400
    assert asked(db, held.seq, at_s=NOW_S + REISSUE_S - 1) is None
    part = asked(db, held.seq, at_s=NOW_S + REISSUE_S)
    assert part is not None and part.seq > held.seq and part.issued_s == NOW_S + REISSUE_S
    assert part.base_seq == held.seq and part.add == part.drop == b""
    assert REISSUE_S <= 86_400


def test_pass_that_has_ended_leaves_the_list_a_week_later(db: Connection) -> None:
    add_issued(db, IDS[0], exp_s=NOW_S)
    add_issued(db, IDS[1], exp_s=NOW_S + 1)
    withdraw(db, *IDS[:3])
    assert full(db, at_s=NOW_S + KEPT_S - 1).ids == pack(IDS[:3]), "a clock may be behind"
    assert full(db, at_s=NOW_S + KEPT_S + REISSUE_S).ids == IDS[2], "unknown ones stay"


def test_central_from_a_backup_goes_on_above_what_it_had_handed_out(db: Connection) -> None:
    withdraw(db, IDS[0])
    before = full(db)
    later_s = NOW_S + 1000
    ahead = Revocations("lanyuan", before.seq + 40, NOW_S, NOW_S, pack(IDS[3:5]))
    part = asked(db, ahead.seq, at_s=later_s)
    assert part is not None and part.seq > ahead.seq
    assert part.base_seq == 0, "what it holds is not known here"
    held = apply(ahead, part)
    assert isinstance(held, Revocations) and held.ids == IDS[0]


def test_absurd_number_of_one_kiosk_does_not_move_the_list(db: Connection) -> None:
    withdraw(db, IDS[0])
    seq = full(db).seq
    for absurd in (2**62, NOW_S + 10 * 86_400):
        part = asked(db, absurd, at_s=NOW_S + 1000)
        assert part is not None and part.seq == seq and part.base_seq == 0
    asked(db, seq + 50, at_s=NOW_S + 1000)
    assert full(db, at_s=NOW_S + 1001).seq == full(db, at_s=NOW_S + 1500).seq
    again = full(db, at_s=NOW_S + 1001).seq
    asked(db, again + 50, at_s=NOW_S + 1002)
    assert full(db, at_s=NOW_S + 1003).seq == again, "not more than once in ten minutes"


def test_125000_revoked_passes_fit_and_one_more_is_refused_by_name(db: Connection) -> None:
    many = [number.to_bytes(8) for number in range(IDS_MAX)]
    withdraw(db, *many)
    with pytest.raises(ConfigError, match="125000"):
        withdraw(db, b"one-more")
    assert len(full(db)) == IDS_MAX


@pytest.mark.parametrize("cti", [b"", b"short", b"too long!"])
def test_id_that_is_none_is_refused_whole(db: Connection, cti: bytes) -> None:
    for attempt in (
        lambda: withdraw(db, IDS[0], cti),
        lambda: restore(db, [cti], by="王", now_ms=NOW_MS),
    ):
        with pytest.raises(ConfigError, match="not the id of a pass"):
            attempt()
    assert count_revoked(db) == 0


class Town(RuleBasedStateMachine):
    """Kiosks ask when they like; whoever was told last has exactly central's list."""

    folders: Iterator[Path]

    def __init__(self) -> None:
        super().__init__()
        self.engine = make_store(next(Town.folders))
        self.now_s = NOW_S
        self.listed: set[bytes] = set()
        self.kiosks: list[Revocations | None] = [None, None, None]

    @rule(ctis=some_ids)
    def revoke(self, ctis: list[bytes]) -> None:
        with writing(self.engine) as db:
            withdraw(db, *ctis, at_s=self.now_s)
        self.listed |= set(ctis)

    @rule(ctis=some_ids)
    def restore(self, ctis: list[bytes]) -> None:
        with writing(self.engine) as db:
            restore(db, ctis, by="王", now_ms=self.now_s * 1000)
        self.listed -= set(ctis)

    @rule(seconds=st.sampled_from([0, 1, 60, REISSUE_S, 3 * 86_400]))
    def wait(self, seconds: int) -> None:
        self.now_s += seconds

    @rule(who=st.integers(0, 2))
    def ask(self, who: int) -> None:
        held = self.kiosks[who]
        result = self._told(held, held.seq if held else 0)
        if result is RevocationRefusal.CHAIN:
            result = self._told(held, 0)
        assert isinstance(result, Revocations), result
        assert result.ids == pack(self.listed)
        assert result.issued_s <= self.now_s < result.next_s
        self.kiosks[who] = result

    def _told(
        self, held: Revocations | None, have_seq: int
    ) -> Revocations | RevocationRefusal | None:
        with writing(self.engine) as db:
            part = asked(db, have_seq, at_s=self.now_s)
        return held if part is None else apply(held, part)

    @precondition(lambda self: any(self.kiosks))
    @rule(who=st.integers(0, 2))
    def lose_the_card(self, who: int) -> None:
        self.kiosks[who] = None

    @rule(fro=st.integers(0, 2), to=st.integers(0, 2))
    def copy_the_card(self, fro: int, to: int) -> None:
        self.kiosks[to] = self.kiosks[fro]

    @invariant()
    def central_counts_right(self) -> None:
        with writing(self.engine) as db:
            assert count_revoked(db) == len(self.listed)

    def teardown(self) -> None:
        self.engine.dispose()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_kiosks_have_centrals_list_after_anything(tmp_path: Path) -> None:
    Town.folders = map(_made, (tmp_path / str(number) for number in count()))
    case = Town.TestCase
    case.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
    outcome = case("runTest").run()
    assert outcome is not None and outcome.wasSuccessful(), outcome.failures + outcome.errors
