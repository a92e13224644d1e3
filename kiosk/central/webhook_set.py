"""Which receiver central calls, set by a named person; the secret is a file of the server."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete

from kiosk.central.deeds import note_deed
from kiosk.central.schema import setting
from kiosk.central.store import put_setting, setting_value
from kiosk.central.webhook import SECRET_BYTES_MIN, Receiver, check_url
from kiosk.errors import ConfigError

SECRET = "webhook.secret"
_URL, _FAILING, _WHY = "webhook_url", "webhook_failing_ms", "webhook_why"


@dataclass(frozen=True, slots=True)
class WebhookTrouble:
    """Since when the receiver takes no call, UTC, and what came instead."""

    since_ms: int
    why: str


def set_webhook(
    db: Connection, folder: Path, url: str, secret: bytes, *, by: str, now_ms: int
) -> None:
    """Call `url` from now on. Raises ConfigError for one, or a secret, that will not do."""
    check_url(url)
    if len(secret) < SECRET_BYTES_MIN:
        raise ConfigError([f"the secret has at least {SECRET_BYTES_MIN} characters"])
    path = folder / SECRET
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_bytes(secret)
    except OSError as exc:
        raise ConfigError([f"{path}: {exc.strerror}"]) from exc
    put_setting(db, _URL, url.encode())
    note_well(db)
    note_deed(db, operator=by, deed="set webhook", subject=_host(url), now_ms=now_ms)


def drop_webhook(db: Connection, *, by: str, now_ms: int) -> None:
    """Call nobody any more. Raises ConfigError where nobody was called."""
    if setting_value(db, _URL) is None:
        raise ConfigError(["no webhook is set"])
    db.execute(delete(setting).where(setting.c.name == _URL))
    note_well(db)
    note_deed(db, operator=by, deed="drop webhook", subject="", now_ms=now_ms)


def read_webhook(db: Connection, folder: Path) -> Receiver | None:
    """Return whom to call; None: nobody. Raises ConfigError when the secret is gone."""
    url = setting_value(db, _URL)
    if url is None:
        return None
    try:
        secret = (folder / SECRET).read_bytes()
    except OSError as exc:
        raise ConfigError([f"{folder / SECRET}: {exc.strerror}"]) from exc
    return Receiver(url.decode(), secret)


def webhook_url(db: Connection) -> str:
    """Return the address that is called, "" for none."""
    return (setting_value(db, _URL) or b"").decode()


def note_failing(db: Connection, why: str, now_ms: int) -> bool:
    """Keep that the receiver takes no call. Returns whether that is news."""
    put_setting(db, _WHY, why.encode("utf-8", "replace"))
    if setting_value(db, _FAILING) is not None:
        return False
    put_setting(db, _FAILING, str(now_ms).encode())
    return True


def note_well(db: Connection) -> bool:
    """Keep that the receiver takes calls. Returns whether that is news."""
    was_failing = setting_value(db, _FAILING) is not None
    db.execute(delete(setting).where(setting.c.name.in_((_FAILING, _WHY))))
    return was_failing


def webhook_trouble(db: Connection) -> WebhookTrouble | None:
    """Return what is wrong with the receiver, None while calls are taken."""
    since = setting_value(db, _FAILING)
    if since is None:
        return None
    why = (setting_value(db, _WHY) or b"").decode("utf-8", "replace")
    return WebhookTrouble(int(since), why)


def _host(url: str) -> str:
    """Return as much of an address as may be told: a path may hold a key."""
    return url.split("/")[2]
