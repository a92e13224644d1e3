"""Who this server is: its status key in a file, the rest in its database."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select, update

from kiosk.central.deeds import note_deed
from kiosk.central.schema import device, log
from kiosk.central.store import make_store, put_setting, read_setting, write_setting, writing
from kiosk.errors import ConfigError
from kiosk.passes.cose import device_id_of, kid_of
from kiosk.passes.issue import read_private, read_public, write_key_pair
from kiosk.passes.trust import TRUST_BYTES_MAX, TrustList, check_successor, read_trust
from kiosk.wire.bundle import Bundle, encode_bundle

STATUS = "status"
NAME_CHARS_MAX = 64


@dataclass(frozen=True, slots=True)
class Authority:
    """Replies are signed by `status`; `server` is the id that stands for it."""

    status: Ed25519PrivateKey
    server: str


def init(
    folder: Path,
    where: str | Path,
    *,
    site: str,
    trust: Path | None = None,
    root: Path | None = None,
) -> Authority:
    """Make a server's key and database. Raises ConfigError when the folder has one already."""
    if (folder / f"{STATUS}.key").exists():
        raise ConfigError([f"{folder}: is a central server already; choose another --state"])
    handed = _read_lists(trust, root)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = make_store(where)
    try:
        for name, value in {"site": site.encode(), **handed}.items():
            write_setting(engine, name, value)
    finally:
        engine.dispose()
    write_key_pair(folder, STATUS)
    return load(folder)


def _read_lists(trust: Path | None, root: Path | None) -> dict[str, bytes]:
    """Return what kiosks will be handed. Raises ConfigError for a list that does not verify."""
    if trust is None:
        return {} if root is None else {"root": read_public(root)}
    if root is None:
        raise ConfigError([f"{trust}: give --root too, the root.pub that signed it"])
    content, root_public = _read_file(trust), read_public(root)
    listed = read_trust(content, root_public)
    if not isinstance(listed, TrustList):
        raise ConfigError([f"{trust}: {listed.value}; is --root the key that signed it?"])
    return {"root": root_public, "trust": content, "trust_seq": str(listed.seq).encode()}


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(TRUST_BYTES_MAX + 1)
    except OSError as exc:
        raise ConfigError([f"{path}: {exc.strerror}"]) from exc


def hand_out(engine: Engine, trust: Path, *, by: str, now_ms: int) -> TrustList:
    """Give kiosks this list from now on, in place of an older one of the same root.

    Raises ConfigError for a list that a kiosk would not take.
    """
    root_public, held = read_setting(engine, "root"), read_setting(engine, "trust")
    if root_public is None:
        raise ConfigError([f"{trust}: no root key here; give --root to `kiosk central init`"])
    content = _read_file(trust)
    offered = read_trust(content, root_public)
    if not isinstance(offered, TrustList):
        raise ConfigError([f"{trust}: {offered.value}; another root signed what is kept here"])
    before = read_trust(held, root_public) if held is not None else None
    if isinstance(before, TrustList) and (reason := check_successor(before, offered)):
        raise ConfigError([f"{trust}: {reason.value}; list {before.seq} is handed out already"])
    with writing(engine) as db:
        put_setting(db, "trust", content)
        put_setting(db, "trust_seq", str(offered.seq).encode())
        note_deed(db, operator=by, deed="trust", subject=f"list {offered.seq}", now_ms=now_ms)
    return offered


def load(folder: Path) -> Authority:
    """Return who the server in `folder` is. Raises ConfigError."""
    key = folder / f"{STATUS}.key"
    if not key.is_file():
        raise ConfigError([f"{folder}: no central server; run `kiosk central init` first"])
    status = read_private(key)
    return Authority(status, device_id_of(status.public_key().public_bytes_raw()))


def add_device(engine: Engine, public: bytes, *, name: str | None, now_ms: int) -> str:
    """Let the kiosk with this raw key report. Returns its id.

    Adding it again changes nothing but its name, if one is given.
    """
    with writing(engine) as db:
        return add_device_in(db, public, name=name, now_ms=now_ms)


def add_device_in(db: Connection, public: bytes, *, name: str | None, now_ms: int) -> str:
    """Do what `add_device` does, in a transaction that is open."""
    device_id = device_id_of(public)
    shown = (name or device_id)[:NAME_CHARS_MAX]
    if db.scalar(select(device.c.id).where(device.c.id == device_id)) is not None:
        if name is not None:
            db.execute(update(device).where(device.c.id == device_id).values(name=shown))
        return device_id
    db.execute(
        device.insert().values(
            id=device_id,
            kid=kid_of(public),
            public=public,
            name=shown,
            added_ms=now_ms,
            counter=0,
        )
    )
    return device_id


def release_device(db: Connection, device_id: str) -> int:
    """Take a device's frozen journals again, and that it fell back once as looked into.

    Returns how many of these there were.
    """
    frozen = (log.c.device == device_id) & log.c.forked_seq.is_not(None)
    fallen = (device.c.id == device_id) & device.c.fell_back_ms.is_not(None)
    journals = db.execute(update(log).where(frozen).values(forked_seq=None)).rowcount
    return (
        journals + db.execute(update(device).where(fallen).values(fell_back_ms=None)).rowcount
    )


def to_release(db: Connection) -> frozenset[str]:
    """Return the devices that wait for somebody to look into them."""
    frozen = select(log.c.device).where(log.c.forked_seq.is_not(None))
    fallen = select(device.c.id).where(device.c.fell_back_ms.is_not(None))
    return frozenset([*db.scalars(frozen), *db.scalars(fallen)])


def bundle_of(engine: Engine, authority: Authority, device_id: str) -> bytes:
    """Return what goes into the kiosk's keys/ folder."""
    return encode_bundle(
        Bundle(
            device=device_id,
            server=authority.server,
            status_public=authority.status.public_key().public_bytes_raw(),
            site=(read_setting(engine, "site") or b"").decode("utf-8", "replace"),
            trust=read_setting(engine, "trust"),
            root_public=read_setting(engine, "root"),
            office_public=read_setting(engine, "office"),
        )
    )
