"""A photograph beside a pass: opened by the pass alone, gone a week after the pass ended."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from kiosk.central.directory import part_above
from kiosk.central.issuing import Wanted, issue_passes, load_issuer
from kiosk.central.revocations import REISSUE_S, signed_list
from kiosk.central.store import reading, writing
from kiosk.cli import cli
from kiosk.core.words import DisplayRecord, PassKind
from kiosk.passes.text import read_pass
from kiosk.register.directory import Directory
from tests.central.people import make_central

DAY_S = 86_400
JPEG = b"\xff\xd8\xff" + bytes(2000)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Engine]:
    engine = make_central(tmp_path / "central")
    yield engine
    engine.dispose()


def text_of(books: Engine, tmp_path: Path) -> str:
    now_s = int(time.time())
    wanted = Wanted("K7Q2M9XD", PassKind.RESIDENT, 1, "张*明", now_s, now_s + DAY_S)
    with writing(books) as db:
        issuer = load_issuer(tmp_path / "central", db)
        assert issuer is not None
        return issue_passes(db, issuer, [wanted], by="li", now_ms=now_s * 1000)[0].text


def face(tmp_path: Path, text: str, photo: bytes = JPEG) -> Result:
    file = tmp_path / "face.jpg"
    file.write_bytes(photo)
    more = ["--name", "张建明", "--by", "li", "--state", str(tmp_path / "central")]
    arguments = ["pass", "face", "-", "--photo", str(file), *more]
    return CliRunner().invoke(cli, arguments, input=text)


def heard(books: Engine, kiosk: Directory) -> None:
    with reading(books) as db:
        while (part := part_above(db, kiosk.seq, 0)) is not None:
            assert kiosk.take(part) == ""


def test_staff_see_it_while_the_pass_is_there_and_nobody_else_ever(
    books: Engine, tmp_path: Path
) -> None:
    text, kiosk = text_of(books, tmp_path), Directory(tmp_path / "directory.db")
    done = face(tmp_path, text)
    assert done.exit_code == 0, done.output
    heard(books, kiosk)
    shown = read_pass(text)
    assert not hasattr(shown, "value")
    cti = bytes.fromhex(done.output[:16])
    assert kiosk.display(cti, shown.signature) == DisplayRecord("张*明", JPEG)
    assert kiosk.display(cti, bytes(64)) is None
    (tmp_path / "face.jpg").unlink()
    for path in tmp_path.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert JPEG[:300] not in content and "张建明".encode() not in content, path
    kiosk.close()


def test_it_is_taken_away_a_week_after_the_pass_ended(books: Engine, tmp_path: Path) -> None:
    text, kiosk = text_of(books, tmp_path), Directory(tmp_path / "directory.db")
    cti, now_s = bytes.fromhex(face(tmp_path, text).output[:16]), time.time()
    for days, is_there in ((1, True), (7, True), (8 + REISSUE_S / DAY_S, False)):
        with writing(books) as db:
            key = load_issuer(tmp_path / "central", db)
            assert key is not None
            signed_list(db, key.key, "demo", 0, int(now_s + days * DAY_S) * 1000)
        heard(books, kiosk)
        assert (kiosk.row(1, cti) is not None) is is_there, days
    kiosk.close()


@pytest.mark.parametrize("photo", [b"GIF89a", JPEG + bytes(12_000)])
def test_what_is_no_small_photograph_is_not_kept(
    books: Engine, tmp_path: Path, photo: bytes
) -> None:
    done = face(tmp_path, text_of(books, tmp_path), photo)
    assert done.exit_code == 1 and "JPEG" in str(done.exception)
    with reading(books) as db:
        assert part_above(db, 0, 0) is None


def test_a_text_that_nobody_here_signed_gets_none(books: Engine, tmp_path: Path) -> None:
    text = text_of(books, tmp_path)
    for wrong in ("", "hello", text[:-1], text[:-1] + ("A" if text[-1] != "A" else "B")):
        done = face(tmp_path, wrong)
        assert done.exit_code == 1 and "E_" in done.output, wrong
