"""What visitors told is sealed at the gate, kept unopened at central, read in the office."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner, Result

from kiosk.central import authority
from kiosk.cli import cli
from kiosk.config import JournalConfig
from kiosk.core.words import EntryKind
from kiosk.errors import ConfigError
from kiosk.journal.journal import open_journal
from kiosk.journal.outbox import open_outbox
from kiosk.passes.issue import read_public
from kiosk.passes.sealing import seal_form
from kiosk.sync.store import sealed_sent
from kiosk.timing import ManualClock
from kiosk.wire import decode_bundle
from tests.central.office import Office
from tests.central.test_real_kiosk import Central, Server
from tests.journal.making import make_entry
from tests.sync.far_central import FarCentral
from tests.sync.rig import Rig

TOLD = {"name": "张三丰", "id_number": "110101199003070011", "phone": "13812345678"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The office's key, made by the command."""
    folder = tmp_path / "office"
    assert run("central", "office-key", str(folder)).exit_code == 0
    return folder / "office.key"


@pytest.fixture
def rig(office: Office, key: Path, tmp_path: Path) -> Iterator[Rig]:
    """A kiosk that was bound to a central with the office's public key."""
    done = run(
        "central", "office", str(key.with_suffix(".pub")), "--by", "li",
        "--state", str(office.folder),
    )  # fmt: skip
    assert done.exit_code == 0, done.exception
    server = Server(office)
    rig = Rig(tmp_path / "kiosk", cast(FarCentral, Central(server.url, office.folder)))
    public = read_public(rig.state.keys / "device.pub")
    named = authority.add_device(office.engine, public, name="南门", now_ms=0)
    bundle = authority.bundle_of(office.engine, office.authority, named)
    (rig.state.keys / "bundle").write_bytes(bundle)
    rig.restart()
    yield rig
    rig.close()
    server.shut()


def visitor(rig: Rig, told: dict[str, str]) -> None:
    """Write the entry of a visitor, as the gate does."""
    bundle = decode_bundle((rig.state.keys / "bundle").read_bytes())
    assert bundle.office_public is not None
    sealed = seal_form(told, office_public=bundle.office_public, device=rig.device)
    entry = make_entry(rig.clock.now(), 900)
    entry = replace(entry, kind=EntryKind.VISITOR, decision=None, cti=None, sealed=sealed)
    rig.journal.record(entry)
    rig.written += 1


def sealed_here(rig: Rig) -> int:
    outbox = open_outbox(rig.state.journal)
    count = len(outbox.sealed(10**9, 10**9))
    outbox.close()
    return count


def report(rig: Rig) -> None:
    """What is sealed goes with its entry; the journal's clock is sure of another one."""
    rig.write(1)
    rig.drain()


def unsealed(office: Office, key: Path) -> list[dict[str, str]]:
    done = run("central", "unseal", "--key", str(key), "--json", "--state", str(office.folder))
    return [json.loads(line) for line in done.output.splitlines()]


def test_what_was_told_at_the_gate_is_read_in_the_office(
    office: Office, rig: Rig, key: Path
) -> None:
    visitor(rig, TOLD)
    report(rig)
    (row,) = unsealed(office, key)
    assert {field: row[field] for field in TOLD} == TOLD
    assert (row["device"], row["seq"], row["trouble"]) == (rig.device, "1", "")


def test_neither_the_gate_nor_central_has_a_word_of_it(office: Office, rig: Rig) -> None:
    visitor(rig, TOLD)
    rig.drain()
    folders = (rig.state.root, office.folder)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    raw = b"".join(path.read_bytes() for path in files)
    assert len(files) > 5
    for text in TOLD.values():
        for coding in ("utf-8", "gb18030", "utf-16-le"):
            assert text.encode(coding) not in raw


def a_week_later(rig: Rig) -> None:
    rig.journal.close()
    clock = ManualClock()
    clock.advance(8 * 86_400)
    rig.journal = open_journal(
        rig.state.journal,
        device=rig.device,
        config=JournalConfig(),
        clock=clock,
        sealed_sent=partial(sealed_sent, rig.state.sync),
    )
    rig.journal.keep_house()


def test_it_leaves_the_gate_a_week_after_central_has_it(rig: Rig) -> None:
    visitor(rig, TOLD)
    assert sealed_here(rig) == 3
    report(rig)
    epoch = rig.journal.epoch
    assert sealed_sent(rig.state.sync, epoch) == {1}
    rig.journal.keep_house()
    assert sealed_here(rig) == 3
    a_week_later(rig)
    assert sealed_here(rig) == 0
    visitor(rig, {"name": "李四"})
    report(rig)
    assert sealed_sent(rig.state.sync, epoch) == {3}, "what was deleted need not be remembered"


def test_a_central_that_was_put_back_to_yesterday_s_copy_is_sent_it_again(
    office: Office, rig: Rig, key: Path
) -> None:
    visitor(rig, {"name": "王五"})
    report(rig)
    with (
        closing(sqlite3.connect(office.folder / "central.db")) as central,
        closing(sqlite3.connect(":memory:")) as copy,
    ):
        central.backup(copy)
        visitor(rig, TOLD)
        report(rig)
        assert len(unsealed(office, key)) == 2
        copy.backup(central)
    assert len(unsealed(office, key)) == 1
    rig.write(1)
    rig.turn_until_unchecked(lambda: len(unsealed(office, key)) == 2)
    assert unsealed(office, key)[1]["id_number"] == TOLD["id_number"]


def test_it_stays_at_the_gate_while_central_is_away(
    office: Office, rig: Rig, key: Path
) -> None:
    for number in range(5):
        visitor(rig, {"name": f"客人{number}", "phone": f"1381234567{number}"})
    rig.journal.keep_house()
    assert sealed_here(rig) == 10
    report(rig)
    assert [row["name"] for row in unsealed(office, key)] == [f"客人{n}" for n in range(5)]


def test_fields_that_are_not_their_entry_s_are_refused_by_name(
    office: Office, rig: Rig, key: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visitor(rig, TOLD)

    with sqlite3.connect(rig.state.journal) as db:
        db.execute("UPDATE sealed SET blob = zeroblob(119) WHERE place = 0")
    db.close()
    with caplog.at_level("INFO", logger="kiosk"):
        report(rig)
    assert unsealed(office, key) == []
    assert any("E_SEALED" in str(vars(record)) for record in caplog.records)
    assert sealed_here(rig) == 3, "nothing is lost: a person may look"


def test_the_office_reads_of_one_day_or_of_one_entry(
    office: Office, rig: Rig, key: Path
) -> None:
    for name in ("王五", "赵六", "孙七"):
        visitor(rig, {"name": name, "phone": "13812345678"})
    report(rig)
    day, state = f"{rig.clock.now().utc:%Y-%m-%d}", ("--state", str(office.folder))

    def names(*options: str) -> list[str]:
        done = run("central", "unseal", "--key", str(key), "--json", *options, *state)
        return [json.loads(line)["name"] for line in done.output.splitlines()]

    assert names("--entry", "2") == ["赵六"]
    assert names("--since", day) == ["王五", "赵六", "孙七"]
    assert names("--since", "2099-01-01") == names("--device", "another") == []
    (row, *_) = unsealed(office, key)
    assert row["gate"] == "南门"
    assert row["utc"].startswith(day)


def test_another_key_opens_nothing_and_says_so(
    office: Office, rig: Rig, tmp_path: Path
) -> None:
    visitor(rig, TOLD)
    report(rig)
    run("central", "office-key", str(tmp_path / "other"))
    other = str(tmp_path / "other/office.key")
    done = run("central", "unseal", "--key", other, "--state", str(office.folder))
    assert done.exit_code == 1
    assert "another key" in done.output
    assert "张" not in done.output


def test_a_field_that_was_altered_at_central_is_named_and_the_others_are_read(
    office: Office, rig: Rig, key: Path
) -> None:
    visitor(rig, TOLD)
    report(rig)
    with closing(sqlite3.connect(office.folder / "central.db")) as db, db:
        (blob,) = db.execute("SELECT blob FROM sealed WHERE field = 'phone'").fetchone()
        altered = blob[:60] + bytes([blob[60] ^ 1]) + blob[61:]
        db.execute("UPDATE sealed SET blob = ? WHERE field = 'phone'", (altered,))
    done = run("central", "unseal", "--key", str(key), "--json", "--state", str(office.folder))
    row = json.loads(done.output)
    assert done.exit_code == 1
    assert row["trouble"].startswith("phone: altered")
    assert "phone" not in row
    assert (row["name"], row["id_number"]) == (TOLD["name"], TOLD["id_number"])


def test_what_a_spreadsheet_would_compute_is_text(office: Office, rig: Rig, key: Path) -> None:
    visitor(rig, {"name": "=1+1", "note": "@SUM(A1)"})
    report(rig)
    done = run("central", "unseal", "--key", str(key), "--state", str(office.folder))
    assert done.exit_code == 0
    assert "'=1+1" in done.output
    assert "'@SUM" in done.output


def test_a_key_is_never_made_over_another_and_a_wrong_file_is_named(
    key: Path, office: Office, tmp_path: Path
) -> None:
    again = run("central", "office-key", str(key.parent))
    assert isinstance(again.exception, ConfigError)
    wrong = run(
        "central",
        "unseal",
        "--key",
        str(key.with_suffix(".pub")),
        "--state",
        str(office.folder),
    )
    assert isinstance(wrong.exception, ConfigError)
    assert "office.key" in str(wrong.exception)
