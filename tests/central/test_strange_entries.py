"""Entries that no gate of ours writes: whatever they say, central and its pages go on."""

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import cbor2
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.central import page
from kiosk.central.cases import open_cases
from kiosk.central.copies import odd_passes
from kiosk.central.day_ledger import day_ledger
from kiosk.central.duty_hours import worked
from kiosk.central.sealed import kept_forms
from kiosk.central.store import reading
from kiosk.cli import cli
from kiosk.core.words import EntryKind
from kiosk.errors import MessageError
from kiosk.ledger.counting import day_of
from kiosk.wire import SealedField, hash_of_sealed, next_head
from tests.central.office import Office

NOW_MS = 1_800_000_000_000
PLAIN: dict[str, Any] = {
    "version": 1,
    "seq": 1,
    "kind": "passage",
    "utc_ms": NOW_MS,
    "boot_no": 1,
    "boot_ms": 1000,
    "clock": 0,
    "gate": "南门",
    "direction": "in",
    "decision": "granted",
    "reason": None,
    "cti": b"person-1",
    "sub": "AB12CD34",
    "rules_version": 1,
    "readings": [],
    "trace": [],
    "staff": "w01",
    "refers_to_seq": None,
    "sealed_sha256": None,
    "details": {},
}
NUMBERS = st.sampled_from(
    [0, 1, -1, NOW_MS, 2**52, 2**62, 2**63 - 1, -(2**63), 2**63, 2**70, -(2**70), 2**2000]
)
WORDS = st.sampled_from(["", "in", "out", "\x00", "é" * 300, "=1+1", "\u202e<b>", "duty:on"])
IDS = st.sampled_from(["", "00" * 8, "0g" * 8, "00" * 9, "é"])
DETAILS = {
    **dict.fromkeys(("until", "card", "bound", "returned", "trip", "regular"), NUMBERS),
    **dict.fromkeys(("order", "visit", "form"), IDS),
    **dict.fromkeys(("host", "risk", "region", "act"), WORDS),
}
STRANGE = st.fixed_dictionaries(
    {"kind": st.sampled_from([*(kind.value for kind in EntryKind), "new"])},
    optional={
        **dict.fromkeys(("utc_ms", "boot_no", "boot_ms", "rules_version"), NUMBERS),
        "refers_to_seq": st.none() | NUMBERS,
        "clock": st.integers(0, 2),
        **dict.fromkeys(("gate", "direction"), WORDS),
        **dict.fromkeys(("sub", "staff"), st.none() | WORDS),
        "decision": st.sampled_from([None, "granted", "referred", "denied", "x"]),
        "reason": st.sampled_from([None, "elevated", "passback", "x\x00"]),
        "cti": st.sampled_from([None, b"", b"person-1", b"x" * 300]),
        "trace": st.lists(st.sampled_from(["duty:on", "duty:off", "a:b"]), max_size=1),
        "sealed_sha256": st.sampled_from([None, b"", b"x" * 32]),
        "details": st.fixed_dictionaries({}, optional=DETAILS),
    },
)


def write(office: Office, changes: dict[str, Any]) -> None:
    """Write an entry down as it is, at the kiosk."""
    fields = {**PLAIN, **changes, "seq": len(office.kiosk.bodies) + 1}
    row = list(fields.values()) if fields["details"] else list(fields.values())[:-1]
    body = cbor2.dumps(row, canonical=True)
    office.kiosk.bodies.append(body)
    office.kiosk.heads.append(next_head(office.kiosk.heads[-1], body))


def look_everywhere(office: Office) -> None:
    """Make each page and list that tells of entries."""
    page.render(office.engine, now_ms=NOW_MS)
    with reading(office.engine) as db:
        day_ledger(db, day_of(date(2027, 1, 15), ZoneInfo("Asia/Shanghai")))
        worked(db, 0, 2**60)
        odd_passes(db, NOW_MS)
        open_cases(db)
        kept_forms(db)
    for command in (("orders", "list"), ("odd",), ("roster", "worked")):
        done = CliRunner().invoke(cli, ["central", *command, "--state", str(office.folder)])
        assert done.exit_code == 0, (command, done.exception)


@settings(max_examples=25, deadline=None)
@given(st.lists(STRANGE, min_size=8, max_size=16))
def test_nothing_that_an_entry_says_stops_central_or_a_page_of_it(
    tmp_path_factory: pytest.TempPathFactory, entries: list[dict[str, Any]]
) -> None:
    office = Office(tmp_path_factory.mktemp("strange") / "central")
    for changes in entries:
        write(office, changes)
    reply = office.send(1, len(entries))
    assert reply.acked == (len(entries), office.kiosk.heads[-1]), "the chain has them all"
    for seq in range(1, len(entries) + 1):
        office.ask(office.kiosk.request(None, seq))
    look_everywhere(office)
    office.close()


@pytest.mark.parametrize("seq", [2**63, 2**70, -1])
def test_sealed_fields_of_no_entry_are_no_request(office: Office, seq: int) -> None:
    office.kiosk.write(1)
    field = SealedField(seq, b"f" * 16, "name", b"x")
    with pytest.raises(MessageError):
        office.ask(office.kiosk.request(office.kiosk.part(1, 1), sealed=(field,)))
    assert office.send(1, 1).acked == (1, office.kiosk.heads[1])


def test_an_order_of_a_gate_whose_clock_is_ahead_ends_with_the_longest_there_is(
    office: Office, tmp_path: Path
) -> None:
    ahead = {"order": "00aa11bb22cc33dd", "until": 2**52}
    write(office, {"kind": "isolation", "decision": None, "details": ahead})
    office.send(1, 1)
    told = CliRunner().invoke(cli, ["central", "orders", "list", "--state", str(office.folder)])
    assert "until 2027-03-17 00:00" in told.output, "sixty days after today"


def test_the_office_reads_what_came_with_a_time_that_is_none(
    office: Office, tmp_path: Path
) -> None:
    CliRunner().invoke(cli, ["central", "office-key", str(tmp_path / "office")])
    field = SealedField(1, b"f" * 16, "name", b"x")
    hashed = hash_of_sealed([(field.form, field.field, field.blob)])
    write(office, {"kind": "visitor", "utc_ms": 2**62, "sealed_sha256": hashed})
    office.ask(office.kiosk.request(office.kiosk.part(1, 1), sealed=(field,)))
    key = str(tmp_path / "office" / "office.key")
    arguments = ["central", "unseal", "--key", key, "--state", str(office.folder)]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1 and ",1,?," in done.output
