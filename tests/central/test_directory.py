"""The directory: locked in the office, carried by central, opened at the gate by a card."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.central.directory import (
    RECORD_ROW,
    Listed,
    load_look_up,
    make_look_up,
    part_above,
    put_row,
)
from kiosk.central.intake import utc_now_ms
from kiosk.central.issuing import Issuer, Wanted, issue_passes
from kiosk.central.store import make_store, reading, writing
from kiosk.cli import cli
from kiosk.core.words import DisplayRecord, PassKind
from kiosk.errors import ConfigError, KioskError, MessageError
from kiosk.passes import base45, cose
from kiosk.passes.display import seal_record
from kiosk.register.directory import FOUND_MAX, Directory
from kiosk.wire import DirectoryPart
from tests.central.office import Office
from tests.passes.making import ISSUER, NBF_S, issued_duty_card

CTI, SIGNATURE = b"dutycard", b"s" * 64
PEOPLE = [Listed(f"居民{n:04}", f"{n % 9}-1-{n:03}", n.to_bytes(8)) for n in range(250)]
PHOTO = b"\xff\xd8\xff" + b"photo" * 100


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Directory]:
    directory = Directory(tmp_path / "directory.db")
    yield directory
    directory.close()


def load(office: Office, content: bytes) -> None:
    with writing(office.engine) as db:
        load_look_up(db, content)


def report(office: Office, kiosk: Directory) -> int:
    """Take what central has, answer by answer. Returns how many there were."""
    answers = 0
    while True:
        with reading(office.engine) as db:
            part = part_above(db, kiosk.seq, 0)
        if part is None:
            return answers
        assert kiosk.take(part) == ""
        answers += 1


def test_a_duty_card_opens_the_look_up_and_nothing_else_does(
    office: Office, kiosk: Directory
) -> None:
    load(office, make_look_up(PEOPLE, [(CTI, SIGNATURE)]))
    report(office, kiosk)
    assert kiosk.find("居民0007") == []
    assert not kiosk.unlock(CTI, b"t" * 64)
    assert not kiosk.unlock(b"other-ct", SIGNATURE)
    assert kiosk.find("居民0007") == []
    assert kiosk.unlock(CTI, SIGNATURE)
    (found,) = kiosk.find("居民0007")
    assert (found.name, found.door, found.cti) == ("居民0007", "7-1-007", (7).to_bytes(8))


def test_the_key_is_gone_with_the_power(
    office: Office, kiosk: Directory, tmp_path: Path
) -> None:
    load(office, make_look_up(PEOPLE, [(CTI, SIGNATURE)]))
    report(office, kiosk)
    kiosk.unlock(CTI, SIGNATURE)
    again = Directory(tmp_path / "directory.db")
    assert again.seq == kiosk.seq
    assert not again.is_unlocked
    assert again.find("居民") == []
    again.close()
    kiosk.lock()
    assert kiosk.find("居民") == []


def test_people_are_found_by_name_or_door_and_never_more_than_a_page(
    office: Office, kiosk: Directory
) -> None:
    load(office, make_look_up(PEOPLE, [(CTI, SIGNATURE)]))
    report(office, kiosk)
    kiosk.unlock(CTI, SIGNATURE)
    assert len(kiosk.find("居民")) == FOUND_MAX
    assert [one.name for one in kiosk.find("3-1-102")] == ["居民0102"]
    assert kiosk.find("  ") == []
    assert kiosk.find("%") == []


def test_no_name_or_door_is_in_any_file_of_kiosk_or_central(
    office: Office, kiosk: Directory, tmp_path: Path
) -> None:
    load(office, make_look_up(PEOPLE, [(CTI, SIGNATURE)]))
    report(office, kiosk)
    kiosk.unlock(CTI, SIGNATURE)
    kiosk.find("居民")
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    files += [p for p in office.folder.rglob("*") if p.is_file()]
    raw = b"".join(path.read_bytes() for path in files)
    assert "居民".encode() not in raw
    assert b"7-1-007" not in raw


def test_a_newer_directory_takes_the_place_of_the_older_one_row_by_row(
    office: Office, kiosk: Directory
) -> None:
    load(office, make_look_up(PEOPLE, [(CTI, SIGNATURE), (b"old-card", SIGNATURE)]))
    report(office, kiosk)
    load(office, make_look_up(PEOPLE[:5], [(CTI, SIGNATURE)]))
    report(office, kiosk)
    assert not kiosk.unlock(b"old-card", SIGNATURE)
    assert kiosk.unlock(CTI, SIGNATURE)
    assert len(kiosk.find("居民")) == 5


def test_a_large_directory_comes_in_several_answers(office: Office, kiosk: Directory) -> None:
    with writing(office.engine) as db:
        for number in range(60):
            put_row(db, 1, number.to_bytes(8), bytes(12_000))
    assert report(office, kiosk) == 3


def test_a_display_record_is_made_at_issue_and_opens_with_that_pass(
    office: Office, kiosk: Directory
) -> None:
    issuer = Issuer(ISSUER, "lanyuan")
    record = DisplayRecord("王*国", PHOTO)
    wanted = Wanted(
        "KX3M2P7Q", PassKind.RESIDENT, 7, "王*国", NBF_S, NBF_S + 86_400, display=record
    )
    with writing(office.engine) as db:
        mine, other = issue_passes(db, issuer, [wanted, wanted], by="li", now_ms=utc_now_ms())
    report(office, kiosk)
    signature = (base45.decode(mine.text[4:]) or b"")[-cose.SIGNATURE_BYTES :]
    assert kiosk.display(mine.claims.cti, signature) == record
    assert kiosk.display(other.claims.cti, signature) is None
    assert kiosk.display(mine.claims.cti, bytes(64)) is None
    assert kiosk.display(b"nobody's", signature) is None


def test_a_damaged_file_is_begun_anew_and_filled_again(
    office: Office, kiosk: Directory, tmp_path: Path
) -> None:
    load(office, make_look_up(PEOPLE, [(CTI, SIGNATURE)]))
    path = tmp_path / "other.db"
    path.write_bytes(b"not a database at all" * 100)
    fresh = Directory(path)
    assert fresh.seq == 0
    assert report(office, fresh) > 0
    assert fresh.unlock(CTI, SIGNATURE)
    fresh.close()


def test_a_central_that_was_put_back_to_yesterday_s_copy_goes_on_with_what_it_has(
    office: Office, kiosk: Directory
) -> None:
    sealed = seal_record(DisplayRecord("王*国"), signature=SIGNATURE, cti=CTI)
    with writing(office.engine) as db:
        put_row(db, RECORD_ROW, CTI, sealed)
    kiosk.take(DirectoryPart(9, ((RECORD_ROW, CTI, b"of the day that was lost"),)))
    assert report(office, kiosk) == 1
    assert kiosk.seq == 1
    assert kiosk.display(CTI, SIGNATURE) == DisplayRecord("王*国")


def test_a_record_that_is_made_anew_reaches_a_kiosk_that_had_the_newest(
    office: Office, kiosk: Directory
) -> None:
    for name in ("王*国", "王*强"):
        sealed = seal_record(DisplayRecord(name), signature=SIGNATURE, cti=CTI)
        with writing(office.engine) as db:
            put_row(db, RECORD_ROW, CTI, sealed)
        report(office, kiosk)
        assert kiosk.display(CTI, SIGNATURE) == DisplayRecord(name)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 5), st.binary(max_size=9) | st.none()),
        max_size=30,
    ),
    st.integers(0, 30),
)
def test_any_row_of_changes_ends_the_same_wherever_a_kiosk_joined(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[int, int, bytes | None]],
    joined: int,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    engine = make_store(folder)
    kiosk = Directory(folder / "directory.db")
    rows: dict[tuple[int, int], bytes | None] = {}
    for number, (what, key, blob) in enumerate(changes):
        with writing(engine) as db:
            put_row(db, what, key.to_bytes(1), blob)
            part = part_above(db, kiosk.seq, 0) if number >= joined else None
        rows[what, key] = blob
        if part is not None:
            kiosk.take(part)
    with reading(engine) as db:
        part = part_above(db, kiosk.seq, 0)
    if part is not None:
        kiosk.take(part)
    kept = {(what, key[0]): blob for what, key, blob in kiosk._ask("SELECT * FROM row")}
    assert kept == {place: blob for place, blob in rows.items() if blob is not None}
    kiosk.close()
    engine.dispose()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_the_office_makes_it_and_central_hands_it_out_by_command(
    office: Office, kiosk: Directory, tmp_path: Path
) -> None:
    text, cti, signature = issued_duty_card()
    residents, cards, out = (tmp_path / name for name in ("r.csv", "cards", "directory"))
    residents.write_text("name,door,cti\n张三丰,3-1-502,\n李四,3-1-503,0102030405060708\n")
    cards.write_text(text + "\n")
    made = run(
        "central", "directory", "make", str(residents), "--cards", str(cards), "--out", str(out)
    )
    assert made.exit_code == 0, made.exception
    assert "张三丰".encode() not in out.read_bytes()
    by = ("--by", "li", "--state", str(office.folder))
    assert run("central", "directory", "load", str(out), *by).exit_code == 0
    report(office, kiosk)
    assert kiosk.unlock(cti, signature)
    assert [one.door for one in kiosk.find("张")] == ["3-1-502"]
    strange = run("central", "directory", "load", str(residents), *by)
    assert isinstance(strange.exception, MessageError)


@pytest.mark.parametrize(
    ("residents", "cards"),
    [
        ("name,door\n张三丰,\n", None),
        ("name,door,cti\na,b,xyz\n", None),
        ("name,door\na,b\n", ""),
    ],
)
def test_what_is_wrong_in_the_office_is_named_and_nothing_is_made(
    residents: str, cards: str | None, tmp_path: Path
) -> None:
    (tmp_path / "r.csv").write_text(residents)
    (tmp_path / "cards").write_text(issued_duty_card()[0] if cards is None else cards)
    files = (str(tmp_path / "r.csv"), "--cards", str(tmp_path / "cards"))
    done = run("central", "directory", "make", *files, "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, ConfigError | KioskError)
    assert not (tmp_path / "out").exists()
