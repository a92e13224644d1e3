"""A rule set is taken from the status key alone, whole, for this community, never backwards."""

from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.rules import Rules
from kiosk.passes import cose
from kiosk.rulebook.envelope import RulesRefusal, open_rules, sign_rules
from kiosk.rulebook.kept import in_force
from kiosk.rulebook.reading import read_rules
from kiosk.sync.rules_kept import KEPT_MAX, RulesStore
from kiosk.timing import ManualClock

STATUS = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x07")
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x08")
PUBLIC = STATUS.public_key().public_bytes_raw()
HERE = "lanyuan"


def signed(
    version: int, more: str = "", *, says: int | None = None, key: Ed25519PrivateKey = STATUS
) -> bytes:
    text = f"version: {version}\n{more}\n"
    return sign_rules(
        text, community=HERE, version=says or version, issued_s=1_800_000_000, status=key
    )


def test_what_the_status_key_signed_is_what_counts() -> None:
    found = open_rules(signed(4, "isolation: {days: 21}"), PUBLIC, HERE)
    assert isinstance(found, Rules)
    assert (found.version, found.isolation_days) == (4, 21)


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (b"", RulesRefusal.PROFILE),
        (bytes(70_000), RulesRefusal.LENGTH),
        (signed(1, key=OTHER), RulesRefusal.KID),
        (signed(1)[:-1] + bytes([signed(1)[-1] ^ 1]), RulesRefusal.SIG),
        (cose.sign(b"\xff", STATUS), RulesRefusal.CBOR),
        (cose.sign(cbor2.dumps({1: "rules"}), STATUS), RulesRefusal.SHAPE),
        (signed(1, "quotas: [{per: person, trips: -1, days: 1}]"), RulesRefusal.RULES),
        (signed(1, "order: [validity, emergency]"), RulesRefusal.RULES),
        (signed(1, says=2), RulesRefusal.RULES),
    ],
)
def test_a_bad_rule_set_is_refused_by_name(document: bytes, refusal: RulesRefusal) -> None:
    assert open_rules(document, PUBLIC, HERE) is refusal


def test_rules_of_another_community_are_refused() -> None:
    assert open_rules(signed(1), PUBLIC, "other") is RulesRefusal.COMMUNITY


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(signed(1)) * 8 - 1))
def test_no_single_bit_may_change(bit: int) -> None:
    damaged = bytearray(signed(1))
    damaged[bit // 8] ^= 1 << bit % 8
    assert isinstance(open_rules(bytes(damaged), PUBLIC, HERE), RulesRefusal)


def test_a_version_waits_for_its_date() -> None:
    now, later = read_rules("version: 1"), read_rules("version: 2\nfrom: 2027-02-01")
    assert in_force([later, now], later.from_ms - 1) == now
    assert in_force([later, now], later.from_ms) == later
    assert in_force([later], later.from_ms - 1) is None


def store(folder: Path, clock: ManualClock) -> RulesStore:
    found = RulesStore(folder, community=HERE, clock=clock)
    found.open(PUBLIC)
    return found


def test_a_kiosk_changes_its_rules_at_local_midnight_by_itself(tmp_path: Path) -> None:
    clock = ManualClock()  # 2027-01-05 00:00 UTC, 08:00 local
    kept = store(tmp_path, clock)
    assert kept.current(clock.now()) == Rules()
    assert kept.take((signed(1), signed(2, "from: 2027-01-06"))) == ""
    assert (kept.current(clock.now()).version, kept.have) == (1, 2)
    clock.advance(16 * 3600 - 1)
    assert kept.current(clock.now()).version == 1
    clock.advance(1)
    assert kept.current(clock.now()).version == 2


def test_a_lower_version_or_another_of_the_same_is_refused(tmp_path: Path) -> None:
    kept = store(tmp_path, ManualClock())
    assert kept.take((signed(3),)) == ""
    assert kept.take((signed(3),)) == ""
    assert kept.take((signed(2),)) == RulesRefusal.ROLLBACK.value
    assert kept.take((signed(3, "isolation: {days: 3}"),)) == RulesRefusal.FORK.value
    assert kept.current(ManualClock().now()).isolation_days == 14


def test_a_bad_rule_set_leaves_the_old_one_and_takes_the_good_beside_it(
    tmp_path: Path,
) -> None:
    kept = store(tmp_path, ManualClock())
    kept.take((signed(1),))
    assert kept.take((signed(2, "shops: 1"), signed(3))) == RulesRefusal.RULES.value
    assert kept.current(ManualClock().now()).version == 3
    assert kept.take((signed(4, key=OTHER),)) == RulesRefusal.KID.value
    assert kept.have == 3


def test_rules_are_there_after_a_restart_and_damaged_ones_are_left_out(tmp_path: Path) -> None:
    clock = ManualClock()
    store(tmp_path, clock).take((signed(1), signed(2, "from: 2027-03-01")))
    assert store(tmp_path, clock).have == 2
    newest = max(tmp_path.glob("*.cose"))
    newest.write_bytes(newest.read_bytes()[:-1])
    again = store(tmp_path, clock)
    assert (again.have, again.current(clock.now()).version) == (1, 1)
    assert again.take((signed(2, "from: 2027-03-01"),)) == ""


def test_what_counts_no_more_is_dropped_from_the_disk(tmp_path: Path) -> None:
    kept = store(tmp_path, ManualClock())
    for version in range(1, 5):
        kept.take((signed(version),))
    assert [path.name for path in tmp_path.iterdir()] == ["0000000004.cose"]
    waiting = tuple(signed(5 + n, f"from: 2028-01-{n + 1:02}") for n in range(12))
    assert kept.take(waiting) == ""
    assert len(list(tmp_path.glob("*.cose"))) == KEPT_MAX
    assert kept.current(ManualClock().now()).version == 4


def test_without_a_bundle_nothing_is_taken(tmp_path: Path) -> None:
    kept = RulesStore(tmp_path, community=HERE, clock=ManualClock())
    assert kept.take((signed(1),))
    assert kept.have == 0
