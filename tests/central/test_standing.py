"""What one gate orders, lends or grants, the other gates know; what the desk decides stands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.central import authority
from kiosk.central.deeds import newest_deeds
from kiosk.central.directory import Listed, load_look_up, make_look_up
from kiosk.central.register import households
from kiosk.central.revocations import count_revoked
from kiosk.central.store import reading, writing
from kiosk.cli import cli
from kiosk.core.words import Direction, Entry, EntryKind, Granted
from kiosk.core.words_home import CardState, ExemptionKind
from kiosk.register.directory import Directory
from kiosk.register.elsewhere import Elsewhere
from kiosk.register.standing import Standing
from kiosk.timing import ClockState, Stamp
from kiosk.wire import SyncReply, encode_entry, next_head
from tests.central.far_kiosk import UTC_0, FarKiosk
from tests.central.office import Office
from tests.central.test_lists_out import hand_out

PERSON, HOME, CARD = b"person-1", "AB12CD34", b"card-017"
ORDER = "00aa11bb22cc33dd"
UTC_0_MS = int(UTC_0.timestamp() * 1000)
NOW_MS = 1_800_000_000_000
LATER_MS = NOW_MS + 14 * 86_400_000


class Gate:
    """One gate of the community, as central sees it, and what it keeps of the answers."""

    def __init__(self, office: Office, folder: Path, name: str) -> None:
        folder.mkdir()
        self._office, self.name = office, name
        public = office.authority.status.public_key().public_bytes_raw()
        self.far = FarKiosk(office.authority.server, public)
        authority.add_device(office.engine, self.far.public, name=name, now_ms=0)
        self.directory = Directory(folder / "directory.db")
        self.elsewhere = Elsewhere(folder / "elsewhere.db")
        self.standing = Standing(self.directory)

    def write(self, kind: EntryKind, **fields: object) -> None:
        """Write an entry down and report it."""
        entry = replace(_ENTRY, kind=kind, gate=self.name, **fields)  # type: ignore[arg-type]
        seq = len(self.far.bodies) + 1
        self.far.bodies.append(encode_entry(entry, seq=seq, boot_no=1))
        self.far.heads.append(next_head(self.far.heads[-1], self.far.bodies[-1]))
        self.report(seq, seq)

    def report(self, from_seq: int, to_seq: int) -> SyncReply:
        return self._ask(self.far.request(self.far.part(from_seq, to_seq), have=self._have))

    def hear(self) -> None:
        """Report nothing and take what central sends."""
        self._ask(self.far.request(None, have=self._have))

    def close(self) -> None:
        self.directory.close()
        self.elsewhere.close()

    @property
    def _have(self) -> tuple[int, ...]:
        return (1, 0, self.directory.seq, 0, 0, self.elsewhere.seq, 0)

    def _ask(self, message: bytes) -> SyncReply:
        reply = self.far.open(self._office.intake.answer(message))
        assert reply.error is None, reply.error
        if reply.directory is not None:
            assert not self.directory.take(reply.directory)
        if reply.elsewhere is not None:
            assert not self.elsewhere.take(reply.elsewhere)
        return reply


_ENTRY = Entry(
    kind=EntryKind.PASSAGE,
    at=Stamp(1.0, UTC_0, "boot", ClockState.TRUSTED),
    scan_id=UUID(int=0),
    gate="",
    direction=Direction.OUT,
    decision=None,
    cti=None,
    sub=None,
    label="",
    rules_version=1,
    staff="zhang",
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    hand_out(office)
    yield office
    office.close()


@pytest.fixture
def gates(office: Office, tmp_path: Path) -> Iterator[tuple[Gate, Gate]]:
    south = Gate(office, tmp_path / "south", "南门")
    east = Gate(office, tmp_path / "east", "东门")
    yield south, east
    south.close()
    east.close()


def run(office: Office, *args: str) -> Result:
    at = ["--state", str(office.folder)]
    by = [] if args[0] == "list" else ["--by", "li"]
    return CliRunner().invoke(cli, ["central", "orders", *args, *by, *at])


def isolate_at(gate: Gate) -> None:
    details = (("order", ORDER), ("until", LATER_MS), ("days", 14), ("risk", "high"))
    gate.write(EntryKind.ISOLATION, cti=PERSON, sub=HOME, details=details)


def test_order_made_at_one_gate_holds_at_the_other(gates: tuple[Gate, Gate]) -> None:
    south, east = gates
    isolate_at(south)
    east.hear()
    (order,) = east.standing.isolations(PERSON, "")
    assert (order.order.hex(), order.until_ms) == (ORDER, LATER_MS)
    assert order.is_provisional and order.by == "zhang"
    assert east.standing.isolations(b"somebody", HOME) == [], "a person's, not the household's"


def test_order_that_is_confirmed_or_lifted_is_told_to_every_gate(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    south, _ = gates
    isolate_at(south)
    assert run(office, "confirm", ORDER).exit_code == 0
    assert run(office, "confirm", ORDER).exit_code == 1, "decided before"
    for gate in gates:
        gate.hear()
        (order,) = gate.standing.isolations(PERSON, HOME)
        assert not order.is_provisional and order.by == "li"
    assert run(office, "lift", ORDER).exit_code == 0
    south.hear()
    (order,) = south.standing.isolations(PERSON, HOME)
    assert order.until_ms < LATER_MS, "it has ended, and the gate that made it is told when"
    with reading(office.engine) as db:
        assert [d.deed for d in newest_deeds(db)][:2] == ["lift", "confirm"]


def test_desk_orders_a_household_and_gives_a_permission(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    assert run(office, "isolate", HOME, "--days", "7").exit_code == 0
    told = ("exempt", PERSON.hex(), "--kind", "medical", "--until", "2099-01-02 08:00")
    assert run(office, *told).exit_code == 0
    south, _ = gates
    south.hear()
    (order,) = south.standing.isolations(PERSON, HOME)
    (permit,) = south.standing.exemptions(PERSON, HOME)
    assert not order.is_provisional and permit.kind is ExemptionKind.MEDICAL
    assert (permit.until_ms + 8 * 3_600_000) % 86_400_000 == 8 * 3_600_000, "local time"
    assert "household AB12CD34" in run(office, "list").output


def test_appointment_reaches_the_gate_and_ends(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    assert run(office, "appoint", HOME, "--until", "2099-01-02").exit_code == 0
    south, _ = gates
    south.hear()
    local = timezone(timedelta(hours=8))
    ends_ms = int(datetime(2099, 1, 2, tzinfo=local).timestamp() * 1000)
    assert south.standing.has_appointment(HOME, ends_ms - 1)
    assert not south.standing.has_appointment(HOME, ends_ms)
    assert not south.standing.has_appointment("ZZZZZZZZ", ends_ms - 1)


@pytest.mark.parametrize(
    "told",
    [
        ("isolate", "H3M25PQ7"),
        ("exempt", "H3M25PQ7", "--kind", "work", "--until", "2099-01-02"),
        ("appoint", "H3M25PQ7", "--until", "2099-01-02"),
    ],
)
def test_an_order_for_a_household_that_is_none_is_noticed(
    office: Office, tmp_path: Path, told: tuple[str, ...]
) -> None:
    assert "no household" not in run(office, *told).stderr  # no register to look it up in
    table = tmp_path / "residents.csv"
    table.write_text("网格,楼栋,房号\n11,3,401\n", "utf-8")
    state = ("--by", "lin", "--state", str(office.folder))
    CliRunner().invoke(cli, ["central", "register", "import", str(table), *state])
    with reading(office.engine) as db:
        (home,) = households(db)
    done = run(office, *told)
    assert done.exit_code == 0 and "H3M25PQ7 is no household" in done.stderr
    assert run(office, told[0], home.sub, *told[2:]).stderr == ""


@pytest.mark.parametrize(
    "args",
    [
        ("isolate", "short"),
        ("isolate", HOME, "--days", "0"),
        ("lift", "xyz"),
        ("exempt", HOME, "--kind", "fun", "--until", "2099-01-01"),
        ("exempt", HOME, "--kind", "work", "--until", "1999-01-01"),
        ("appoint", HOME, "--from", "2099-02-01", "--until", "2099-01-01"),
        ("cancel-card", "-1"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(office: Office, args: tuple[str, ...]) -> None:
    result = run(office, *args)
    assert result.exit_code == 2 and "Error" in result.output


def test_card_bound_at_one_gate_counts_at_the_other_until_the_desk_cancels_it(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    south, east = gates
    details = (("card", 17), ("bound", 1), ("form", ORDER))
    south.write(EntryKind.CARD, cti=CARD, sub=HOME, details=details)
    east.hear()
    bound = east.standing.binding(CARD)
    assert bound is not None and (bound.state, bound.sub) == (CardState.PROVISIONAL, HOME)
    assert run(office, "confirm-card", "17", "--household", "ZX12CD34").exit_code == 0
    east.hear()
    bound = east.standing.binding(CARD)
    assert bound is not None and (bound.state, bound.sub) == (CardState.CONFIRMED, "ZX12CD34")
    assert run(office, "cancel-card", "17").exit_code == 0
    assert run(office, "cancel-card", "17").exit_code == 1
    east.hear()
    bound = east.standing.binding(CARD)
    assert bound is not None and bound.state is CardState.CANCELLED
    with reading(office.engine) as db:
        assert count_revoked(db) == 1


def test_visitors_card_is_known_at_the_other_gate_until_it_is_handed_back(
    gates: tuple[Gate, Gate],
) -> None:
    south, east = gates
    details = (("card", 5), ("visit", ORDER), ("until", LATER_MS), ("host", HOME))
    south.write(EntryKind.CARD, cti=CARD, details=details)
    east.hear()
    visit = east.standing.visit(CARD)
    assert visit is not None and (visit.host, visit.until_ms) == (HOME, LATER_MS)
    east.write(EntryKind.CARD, cti=CARD, details=(("visit", ORDER), ("returned", 1)))
    south.hear()
    assert south.standing.visit(CARD) is None


def test_trip_at_one_gate_counts_at_the_other_and_is_taken_back(
    gates: tuple[Gate, Gate],
) -> None:
    south, east = gates
    trip = {"decision": Granted(), "cti": PERSON, "sub": HOME}
    south.write(EntryKind.PASSAGE, **trip, details=(("trip", 1),))
    for gate in gates:
        gate.hear()
    assert [t.utc_ms for t in east.elsewhere.trips(HOME, 0)] == [UTC_0_MS]
    assert east.elsewhere.newest(PERSON) == (UTC_0_MS, Direction.OUT, "南门")
    assert south.elsewhere.trips(HOME, 0) == [], "a gate is not told of its own"
    assert south.elsewhere.seq == east.elsewhere.seq
    south.write(EntryKind.WITHDRAWN, cti=PERSON, sub=HOME, refers_to_seq=1)
    east.hear()
    assert east.elsewhere.trips(HOME, 0) == [] and east.elsewhere.newest(PERSON) is None


def test_passage_that_is_taken_back_uncovers_the_one_before(gates: tuple[Gate, Gate]) -> None:
    south, east = gates
    trip = {"decision": Granted(), "cti": PERSON, "sub": HOME}
    before = replace(_ENTRY.at, utc=UTC_0 - timedelta(days=2))
    south.write(EntryKind.PASSAGE, **trip, at=before, direction=Direction.IN)
    south.write(EntryKind.PASSAGE, **trip)
    south.write(EntryKind.WITHDRAWN, cti=PERSON, sub=HOME, refers_to_seq=2)
    east.hear()
    assert east.elsewhere.newest(PERSON) == (UTC_0_MS - 2 * 86_400_000, Direction.IN, "南门")


def test_gate_that_lost_its_files_is_told_everything_again(
    office: Office, gates: tuple[Gate, Gate], tmp_path: Path
) -> None:
    south, _ = gates
    isolate_at(south)
    south.write(EntryKind.PASSAGE, decision=Granted(), cti=PERSON, sub=HOME)
    fresh = Gate(office, tmp_path / "fresh", "北门")
    fresh.hear()
    assert fresh.standing.isolations(PERSON, "") and fresh.elsewhere.newest(PERSON)
    fresh.close()


def test_look_up_that_is_loaded_anew_leaves_orders_alone(
    office: Office, gates: tuple[Gate, Gate]
) -> None:
    south, east = gates
    isolate_at(south)
    with writing(office.engine) as db:
        for door in ("1-1-101", "1-1-102"):
            load_look_up(db, make_look_up([Listed("王明", door)], []))
    east.hear()
    assert len(east.standing.isolations(PERSON, "")) == 1


NONSENSE = st.dictionaries(
    st.sampled_from(["order", "until", "visit", "card", "bound", "returned", "trip", "x"]),
    st.one_of(st.integers(-(2**63), 2**64 - 1), st.text(max_size=20), st.just(ORDER)),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(said=st.lists(st.tuples(st.sampled_from(EntryKind), NONSENSE), max_size=6))
def test_nonsense_of_a_gate_breaks_no_chain_and_no_gate(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[EntryKind, dict[str, object]]]
) -> None:
    folder = tmp_path_factory.mktemp("nonsense")
    office = Office(folder / "central")
    hand_out(office)
    gate = Gate(office, folder / "gate", "南门")
    for kind, details in said:
        fields = {"cti": CARD, "sub": HOME, "decision": Granted(), "refers_to_seq": 1}
        gate.write(kind, **fields, details=tuple(details.items()))
        gate.report(len(gate.far.bodies), len(gate.far.bodies))  # the answer was lost
    gate.hear()
    assert office.stored() == list(range(1, len(said) + 1))
    gate.standing.isolations(CARD, HOME)
    gate.standing.binding(CARD)
    gate.close()
    office.close()
