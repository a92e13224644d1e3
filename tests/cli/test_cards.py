"""Cards by command: printed, lost, replaced, revoked; central's books know of each."""

import json
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from kiosk.central.deeds import newest_deeds
from kiosk.central.issuing import find_passes
from kiosk.central.schema_office import issued, revoked
from kiosk.central.store import open_store, reading
from kiosk.cli import cli
from kiosk.core.words import Credential
from kiosk.errors import ConfigError, KioskError
from kiosk.passes.issue import read_public
from kiosk.passes.lists import Lists
from kiosk.passes.trust import TrustList, read_trust
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState, Stamp, SystemClock
from tests.passes.test_sheet import codes_in


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Central's folder, with the issuer's key in it."""
    keys, central = tmp_path / "keys", tmp_path / "central"
    run("pass", "keygen", str(keys), "--community", "demo")
    trust, root = str(keys / "trust"), str(keys / "root.pub")
    run("central", "init", "--state", str(central), "--trust", trust, "--root", root)
    (keys / "issuer.key").rename(central / "issuer.key")
    return central


def tried(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def run(*arguments: str) -> str:
    done = tried(*arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def in_books(office: Path) -> list[object]:
    engine = open_store(office)
    with reading(engine) as db:
        rows = list(db.execute(select(issued).order_by(issued.c.card_no)))
    engine.dispose()
    return rows


def ended(office: Path) -> set[bytes]:
    engine = open_store(office)
    with reading(engine) as db:
        ctis = set(db.scalars(select(revoked.c.cti)))
    engine.dispose()
    return ctis


def stock(office: Path, out: Path, count: int = 3) -> str:
    return run(
        "pass", "stock", "--count", str(count), "--out", str(out), "--by", "wang",
        "--state", str(office), "--site", "兰园",
    )  # fmt: skip


def as_read(office: Path, text: str) -> Credential:
    keys = office.parent / "keys"
    trust = read_trust((keys / "trust").read_bytes(), read_public(keys / "root.pub"))
    assert isinstance(trust, TrustList)
    now = SystemClock().now()
    stamp = Stamp(now.mono_s, now.utc, now.boot_id, ClockState.TRUSTED)
    outcome = verify_text(text, Lists(trust), stamp)
    assert isinstance(outcome, Credential)
    return outcome


def test_blank_cards_are_numbered_on_and_say_their_number_at_the_gate(
    office: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    assert "No. 1 to 3" in stock(office, first)
    assert "No. 4 to 6" in stock(office, second)
    assert first.stat().st_mode & 0o777 == 0o600
    (page,) = codes_in(second.read_bytes())
    numbers = sorted(as_read(office, code.text).card_no or 0 for code in page)
    assert numbers == [4, 5, 6]
    assert [row.card_no for row in in_books(office)] == [1, 2, 3, 4, 5, 6]


def test_no_text_of_a_pass_stays_at_central(office: Path, tmp_path: Path) -> None:
    stock(office, tmp_path / "a.pdf")
    (page,) = codes_in((tmp_path / "a.pdf").read_bytes())
    kept = b"".join(path.read_bytes() for path in office.glob("central.db*"))
    assert all(code.text.encode()[4:60] not in kept for code in page)


def test_a_lost_card_is_revoked_and_replaced_in_one_command(
    office: Path, tmp_path: Path
) -> None:
    stock(office, tmp_path / "a.pdf")
    out = tmp_path / "new.pdf"
    run(
        "pass", "reissue", "--card", "2", "--reason", "lost", "--out", str(out), "--by", "li",
        "--state", str(office), "--size", "large",
    )  # fmt: skip
    rows = in_books(office)
    old = next(row for row in rows if row.card_no == 2)
    new = next(row for row in rows if row.replaces == old.cti)
    assert new.card_no == 4
    assert ended(office) == {old.cti}
    ((code,),) = codes_in(out.read_bytes())
    assert as_read(office, code.text).cti == new.cti


def test_a_range_of_the_stock_ends_at_once(office: Path, tmp_path: Path) -> None:
    stock(office, tmp_path / "a.pdf", 5)
    by = ("--reason", "stolen", "--by", "li", "--state", str(office))
    assert "3 passes" in run("pass", "revoke", "--cards", "2-4", *by)
    assert ended(office) == {row.cti for row in in_books(office) if 2 <= row.card_no <= 4}
    missing = tried("pass", "revoke", "--cards", "90-99", *by)
    assert isinstance(missing.exception, ConfigError)
    assert "no such cards" in str(missing.exception)


def test_a_pass_is_revoked_by_its_id_and_everything_is_in_the_log_of_deeds(
    office: Path, tmp_path: Path
) -> None:
    stock(office, tmp_path / "a.pdf")
    cti = in_books(office)[0].cti
    run("pass", "revoke", cti.hex(), "--reason", "moved", "--by", "li", "--state", str(office))
    assert ended(office) == {cti}
    engine = open_store(office)
    with reading(engine) as db:
        deeds = newest_deeds(db)
        (found,) = find_passes(db, cti=cti)
        assert found.is_revoked
    engine.dispose()
    told = [(deed.operator, deed.deed, deed.subject) for deed in deeds]
    assert told == [("li", "revoke", cti.hex()), ("wang", "stock", "No. 1 - 3")]


def test_what_cannot_be_printed_is_not_issued(office: Path, tmp_path: Path) -> None:
    out = tmp_path / "there.pdf"
    out.write_text("somebody's file")
    done = tried(
        "pass", "stock", "--count", "3", "--out", str(out), "--by", "w", "--state", str(office)
    )
    assert done.exit_code == 2
    assert "exists" in done.output
    assert out.read_text() == "somebody's file"
    assert in_books(office) == []


def test_what_is_not_committed_is_not_left_on_paper(office: Path, tmp_path: Path) -> None:
    """Another process holds the books for longer than anybody waits."""

    holder = sqlite3.connect(office / "central.db")
    holder.execute("BEGIN EXCLUSIVE")
    out = tmp_path / "a.pdf"
    done = tried(
        "pass", "stock", "--count", "1", "--out", str(out), "--by", "w", "--state", str(office)
    )
    holder.close()
    assert isinstance(done.exception, KioskError)
    assert not out.exists()
    assert in_books(office) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["pass", "revoke"],
        ["pass", "revoke", "abc"],
        ["pass", "revoke", "00" * 8, "--cards", "1-2"],
        ["pass", "revoke", "--cards", "9-2"],
        ["pass", "revoke", "--cards", "1-2-3"],
    ],
)
def test_a_range_or_id_that_is_none_is_wrong_usage(arguments: list[str], office: Path) -> None:
    done = tried(*arguments, "--reason", "x", "--by", "y", "--state", str(office))
    assert done.exit_code == 2


def test_without_the_issuer_s_key_the_command_says_where_passes_are_made(
    office: Path, tmp_path: Path
) -> None:
    (office / "issuer.key").unlink()
    done = tried(
        "pass", "stock", "--count", "1", "--out", str(tmp_path / "a.pdf"), "--by", "w",
        "--state", str(office),
    )  # fmt: skip
    assert isinstance(done.exception, ConfigError)
    assert "made where the key is" in str(done.exception)


def test_texts_become_a_sheet_and_a_bad_line_is_named(office: Path, tmp_path: Path) -> None:
    key = str(office / "issuer.key")
    text = run("pass", "issue", "--key", key, "--community", "demo", "--grid", "7").strip()
    file, out = tmp_path / "texts", tmp_path / "cards.pdf"
    file.write_text(f"{text}\n\nhttps://example.org\n")
    done = tried("pass", "sheet", str(file), "--out", str(out))
    assert isinstance(done.exception, KioskError)
    assert "line 2" in str(done.exception)
    assert not out.exists()
    run("pass", "card", text, "--out", str(out))
    ((code,),) = codes_in(out.read_bytes())
    assert code.text == text
    told = json.loads(
        run("pass", "issue", "--key", key, "--community", "demo", "--grid", "7", "--json")
    )
    assert len(told["cti"]) == 16


def test_a_phone_is_invited_by_command(office: Path) -> None:
    told = run(
        "pass", "invite", "--origin", "https://central.example/", "--grid", "7", "--by", "li",
        "--state", str(office),
    )  # fmt: skip
    link = next(line for line in told.splitlines() if line.startswith("https://"))
    assert re.fullmatch(r"https://central\.example/phone/#[a-z2-7]{26}", link)
