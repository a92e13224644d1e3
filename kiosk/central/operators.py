"""Who works at the desk: names with argon2id hashes, and who is signed in just now.

A session is a random token in a cookie; the database holds its SHA-256 alone, so that a copy
of the books signs nobody in. Wrong passwords are written into the log of deeds, which is
what slows down whoever tries many: for every name, and for all names that nobody has.
"""

import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from kiosk.central.deeds import note_deed
from kiosk.central.schema_office import deed, operator, session
from kiosk.central.store import reading, writing
from kiosk.errors import ConfigError

NAME = re.compile(r"[A-Za-z0-9_-]{1,16}")
CONSOLE = "console"  # whoever types commands on the server
PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX = 10, 200
SESSION_MS = 8 * 3_600_000  # a working day
TOKEN_BYTES = 32
TRIES_MAX, TRIES_MS = 5, 5 * 60_000  # chosen: some 1,400 guesses a day, and a short wait
NOBODY = "?"  # what was typed may be a password: it is not written down
NOBODY_TRIES_MAX = 50
_WRONG = "sign in refused"
_HASHER = PasswordHasher()  # the library's own choice: 64 MiB, three rounds
_TURNS = threading.BoundedSemaphore(2)  # strangers cannot make us hash in 64 MiB forty-fold
# A hash of no password, as slow as the others: whether a name exists is not to be timed.
_COSTS = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
_NO_HASH = f"$argon2id$v=19${_COSTS}${'A' * 22}${'A' * 43}"


class TooManyTries(ConfigError):
    """Wrong passwords came too often; the right one has to wait too."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who may work at the desk, or might before."""

    name: str
    added_ms: int
    is_blocked: bool


def put_operator(db: Connection, name: str, password: str, *, now_ms: int) -> None:
    """Let somebody in with this password from now on; older sessions end.

    Raises ConfigError for a name or a password that will not do.
    """
    if NAME.fullmatch(name) is None or name == CONSOLE:
        raise ConfigError([f"{name!r}: a name has 1 to 16 letters, digits, - or _"])
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise ConfigError([f"a password has at least {PASSWORD_CHARS_MIN} characters"])
    db.execute(delete(session).where(session.c.operator == name))
    row = {"password_hash": _HASHER.hash(password), "is_blocked": False}
    done = db.execute(update(operator).where(operator.c.name == name).values(**row))
    if done.rowcount == 0:
        db.execute(insert(operator).values(name=name, added_ms=now_ms, **row))
    note_deed(db, operator=CONSOLE, deed="let in", subject=name, now_ms=now_ms)


def block_operator(db: Connection, name: str, *, now_ms: int) -> None:
    """Let somebody in no more, and end what is open. Raises ConfigError for nobody's name."""
    change = update(operator).where(operator.c.name == name).values(is_blocked=True)
    if db.execute(change).rowcount == 0:
        raise ConfigError([f"{name}: nobody of this name; see `kiosk central user list`"])
    db.execute(delete(session).where(session.c.operator == name))
    note_deed(db, operator=CONSOLE, deed="keep out", subject=name, now_ms=now_ms)


def operators(db: Connection) -> list[Operator]:
    """Return everybody who was ever let in, by name."""
    wanted = select(operator.c.name, operator.c.added_ms, operator.c.is_blocked)
    return [Operator(*row) for row in db.execute(wanted.order_by(operator.c.name))]


def has_operators(db: Connection) -> bool:
    """Return whether anybody was ever let in: from then on pages need a sign-in."""
    return db.execute(select(operator.c.name).limit(1)).first() is not None


def sign_in(engine: Engine, name: str, password: str, *, now_ms: int) -> str | None:
    """Return the token of a new session, None for a wrong name or password.

    The hash is computed outside of any transaction: it takes its time on purpose. Raises
    TooManyTries.
    """
    with reading(engine) as db:
        kept = _hash_of(db, name)
        who = NOBODY if kept is None else name
        _need_patience(db, who, now_ms)
    is_right = _is_right(kept or _NO_HASH, password) and kept is not None
    with writing(engine) as db:
        _need_patience(db, who, now_ms)  # others guessed while this one was looked at
        if not is_right or _hash_of(db, name) != kept:
            note_deed(db, operator=who, deed=_WRONG, subject="", now_ms=now_ms)
            return None
        return _begin(db, name, now_ms)


def signed_in(db: Connection, token: str, *, now_ms: int) -> str | None:
    """Return whose session it is, None when there is none or it has ended."""
    wanted = select(session.c.operator).join(operator, operator.c.name == session.c.operator)
    is_open = (session.c.token_sha256 == _sha256(token)) & (session.c.until_ms > now_ms)
    return db.scalar(wanted.where(is_open, ~operator.c.is_blocked))


def sign_out(db: Connection, token: str, *, now_ms: int) -> None:
    """End a session; its token is worth nothing from now on."""
    who = signed_in(db, token, now_ms=now_ms)
    db.execute(delete(session).where(session.c.token_sha256 == _sha256(token)))
    if who is not None:
        note_deed(db, operator=who, deed="sign out", subject="", now_ms=now_ms)


def form_token(token: str) -> str:
    """Return what every form of a session carries: nobody else's page can know it."""
    return hmac.new(token.encode(), b"gate-desk-form", hashlib.sha256).hexdigest()


def _begin(db: Connection, name: str, now_ms: int) -> str:
    token = secrets.token_hex(TOKEN_BYTES)
    db.execute(delete(session).where(session.c.until_ms <= now_ms))
    row = {"token_sha256": _sha256(token), "operator": name, "until_ms": now_ms + SESSION_MS}
    db.execute(insert(session).values(**row))
    note_deed(db, operator=name, deed="sign in", subject="", now_ms=now_ms)
    return token


def _need_patience(db: Connection, who: str, now_ms: int) -> None:
    is_wrong = (deed.c.deed == _WRONG) & (deed.c.operator == who)
    recent = deed.c.at_ms > now_ms - TRIES_MS
    count = db.scalar(select(func.count()).select_from(deed).where(recent, is_wrong)) or 0
    if count >= (NOBODY_TRIES_MAX if who == NOBODY else TRIES_MAX):
        raise TooManyTries([f"too many wrong passwords; wait {TRIES_MS // 60_000} minutes"])


def _hash_of(db: Connection, name: str) -> str | None:
    wanted = select(operator.c.password_hash).where(operator.c.name == name)
    return db.scalar(wanted.where(~operator.c.is_blocked))


def _is_right(kept: str, password: str) -> bool:
    try:
        with _TURNS:
            return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
