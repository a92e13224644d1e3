"""Who works at the desk: passwords, sessions, and what is written down of both."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.central.deeds import newest_deeds
from kiosk.central.operators import (
    NOBODY_TRIES_MAX,
    SESSION_MS,
    TRIES_MAX,
    TRIES_MS,
    TooManyTries,
    block_operator,
    form_token,
    has_operators,
    put_operator,
    sign_in,
    sign_out,
    signed_in,
)
from kiosk.central.schema_office import operator, session
from kiosk.central.store import reading, writing
from kiosk.cli.central import command
from kiosk.errors import ConfigError
from tests.central.office import Office

NOW_MS = 1_800_000_000_000
PASSWORD = "long enough 夜班"


@pytest.fixture
def staffed(office: Office) -> Office:
    with writing(office.engine) as db:
        put_operator(db, "lin", PASSWORD, now_ms=NOW_MS)
    return office


def _enter(office: Office, name: str = "lin", *, now_ms: int = NOW_MS) -> str:
    token = sign_in(office.engine, name, PASSWORD, now_ms=now_ms)
    assert token is not None
    return token


def _whose(office: Office, token: str, *, now_ms: int = NOW_MS) -> str | None:
    with reading(office.engine) as db:
        return signed_in(db, token, now_ms=now_ms)


def test_the_right_password_opens_a_session_for_a_working_day(staffed: Office) -> None:
    token = _enter(staffed)
    assert _whose(staffed, token, now_ms=NOW_MS + SESSION_MS - 1) == "lin"
    assert _whose(staffed, token, now_ms=NOW_MS + SESSION_MS) is None


@pytest.mark.parametrize("name", ["lin", "nobody", "", "LIN", "lin' OR '1'='1", "lin\x00"])
def test_a_wrong_password_opens_nothing_and_is_written_down(staffed: Office, name: str) -> None:
    assert sign_in(staffed.engine, name, "wrong " + PASSWORD, now_ms=NOW_MS) is None
    with reading(staffed.engine) as db:
        assert db.execute(select(session)).first() is None
        newest = newest_deeds(db)[0]
    assert newest.deed == "sign in refused"
    assert newest.operator == ("lin" if name == "lin" else "?")


def test_a_copy_of_the_books_holds_neither_password_nor_token(staffed: Office) -> None:
    token = _enter(staffed)
    with reading(staffed.engine) as db:
        kept = repr(db.execute(select(session)).all() + db.execute(select(operator)).all())
    assert token not in kept
    assert bytes.fromhex(token).hex() not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


def test_many_wrong_passwords_make_even_the_right_one_wait(staffed: Office) -> None:
    for _ in range(TRIES_MAX):
        assert sign_in(staffed.engine, "lin", "wrong", now_ms=NOW_MS) is None
    with pytest.raises(TooManyTries):
        sign_in(staffed.engine, "lin", PASSWORD, now_ms=NOW_MS + TRIES_MS - 1)
    assert sign_in(staffed.engine, "lin", PASSWORD, now_ms=NOW_MS + TRIES_MS) is not None


def test_guessing_names_ends_too_and_does_not_fill_the_log(staffed: Office) -> None:
    # A hash takes its time, so that only the last of the tries is made here.
    with writing(staffed.engine) as db:
        from_log = [{"at_ms": NOW_MS, "operator": "?", "deed": "sign in refused"}]
        db.exec_driver_sql(
            "INSERT INTO deed (at_ms, operator, deed, subject) VALUES (?, ?, ?, '')",
            [tuple(row.values()) for row in from_log * NOBODY_TRIES_MAX],
        )
    with pytest.raises(TooManyTries):
        sign_in(staffed.engine, "guess", "wrong", now_ms=NOW_MS)
    with reading(staffed.engine) as db:
        assert len(newest_deeds(db, operator="?", limit=1000)) == NOBODY_TRIES_MAX
    assert _enter(staffed)  # who has a name comes in all the same


def test_signing_out_ends_the_session_and_a_second_time_does_no_harm(staffed: Office) -> None:
    token, other = _enter(staffed), _enter(staffed)
    for _ in range(2):
        with writing(staffed.engine) as db:
            sign_out(db, token, now_ms=NOW_MS)
    assert _whose(staffed, token) is None
    assert _whose(staffed, other) == "lin"
    with reading(staffed.engine) as db:
        assert [one.deed for one in newest_deeds(db)].count("sign out") == 1


def test_a_blocked_operator_is_out_at_once_and_stays_out(staffed: Office) -> None:
    token = _enter(staffed)
    with writing(staffed.engine) as db:
        block_operator(db, "lin", now_ms=NOW_MS)
    assert _whose(staffed, token) is None
    assert sign_in(staffed.engine, "lin", PASSWORD, now_ms=NOW_MS) is None


def test_a_new_password_ends_the_sessions_of_the_old_one(staffed: Office) -> None:
    token = _enter(staffed)
    with writing(staffed.engine) as db:
        put_operator(db, "lin", PASSWORD + "2", now_ms=NOW_MS)
    assert _whose(staffed, token) is None
    assert sign_in(staffed.engine, "lin", PASSWORD, now_ms=NOW_MS) is None


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(max_size=80))
def test_no_made_up_token_is_anybodys(staffed: Office, token: str) -> None:
    assert _whose(staffed, token) is None


def test_each_session_has_forms_of_its_own(staffed: Office) -> None:
    one, other = _enter(staffed), _enter(staffed)
    assert form_token(one) != form_token(other)
    assert one not in form_token(one)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("", PASSWORD),
        ("a b", PASSWORD),
        ("x" * 17, PASSWORD),
        ("lin", "short"),
        ("console", ""),
    ],
)
def test_a_name_or_password_that_will_not_do_is_refused(
    office: Office, name: str, password: str
) -> None:
    with pytest.raises(ConfigError), writing(office.engine) as db:
        put_operator(db, name, password, now_ms=NOW_MS)
    with reading(office.engine) as db:
        assert not has_operators(db)


def test_users_are_added_listed_and_blocked_by_command(office: Office, tmp_path: Path) -> None:
    (tmp_path / "word").write_text(PASSWORD + "\n", "utf-8")
    state = ["--state", str(office.folder)]

    def run(*arguments: str, typed: str = "") -> str:
        done = CliRunner().invoke(command, ["user", *arguments, *state], input=typed)
        assert done.exit_code == 0, done.output
        return done.output

    run("add", "lin", "--password-file", str(tmp_path / "word"))
    run("add", "zhou", typed=f"{PASSWORD}\n{PASSWORD}\n")
    run("block", "zhou")
    assert run("list").splitlines() == ["lin", "zhou  blocked"]
    assert sign_in(office.engine, "lin", PASSWORD, now_ms=NOW_MS) is not None
    assert sign_in(office.engine, "zhou", PASSWORD, now_ms=NOW_MS) is None


def test_a_name_that_nobody_has_takes_as_long_as_one_that_is_there(staffed: Office) -> None:
    def timed(name: str) -> float:
        began_s = time.process_time()
        assert sign_in(staffed.engine, name, "wrong " + PASSWORD, now_ms=NOW_MS) is None
        return time.process_time() - began_s

    known, unknown = (min(timed(name) for _ in range(3)) for name in ("lin", "nobody"))
    assert 0.5 < unknown / known < 2


def test_guesses_that_come_all_at_once_are_no_more_than_one_by_one(staffed: Office) -> None:
    def guess(number: int) -> str:
        try:
            return str(sign_in(staffed.engine, "lin", f"wrong {number}", now_ms=NOW_MS))
        except TooManyTries:
            return "later"

    with ThreadPoolExecutor(TRIES_MAX + 3) as guessers:
        told = list(guessers.map(guess, range(TRIES_MAX + 3)))
    assert sorted(told) == ["None"] * TRIES_MAX + ["later"] * 3
    with pytest.raises(TooManyTries):
        sign_in(staffed.engine, "lin", PASSWORD, now_ms=NOW_MS)
