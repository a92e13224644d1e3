"""A served desk, and people who use it with a browser as plain as `requests`."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
import uvicorn
from sqlalchemy import Engine, Table, select

from kiosk.central import authority
from kiosk.central.app import make_app
from kiosk.central.deeds import Deed, newest_deeds
from kiosk.central.desk_door import DeskSettings, Printer
from kiosk.central.issuing import KEY, Wanted, issue_passes, load_issuer
from kiosk.central.operators import put_operator
from kiosk.central.store import open_store, reading, writing
from kiosk.cli.central_desk import print_passes
from kiosk.core.words import PassKind
from kiosk.passes.issue import write_key_pair
from kiosk.passes.trust import make_key, make_trust

WITHIN_S = 10.0
PASSWORD = "long enough 夜班"
PEOPLE = ("lin", "zhou")
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


def make_central(folder: Path, *, has_issuer: bool = True) -> Engine:
    """Make a server that issues for `demo`, with two people at its desk."""
    keys = folder.with_name("keys")
    keys.mkdir()
    root, issuer = write_key_pair(keys, "root"), write_key_pair(keys, "issuer")
    now_s = int(time.time())
    key = make_key(
        issuer.public_key().public_bytes_raw(), iss="demo", from_s=now_s - 60, to_s=2**32 - 1
    )
    trust = make_trust([key], community="demo", seq=1, issued_s=now_s, root=root)
    (keys / "trust").write_bytes(trust)
    authority.init(folder, folder, site="兰园", trust=keys / "trust", root=keys / "root.pub")
    if has_issuer:
        (keys / "issuer.key").rename(folder / KEY)
    engine = open_store(folder)
    with writing(engine) as db:
        for name in PEOPLE:
            put_operator(db, name, PASSWORD, now_ms=0)
    return engine


def issued_to(engine: Engine, folder: Path, sub: str, **more: Any) -> bytes:
    """Issue a pass behind the desk's back; returns its id."""
    now_s = int(time.time())
    grid, label = more.get("grid", 7), more.get("label", "张*明")
    wanted = Wanted(
        sub, PassKind.RESIDENT, grid, label, now_s, now_s + 86_400, more.get("card_no")
    )
    with writing(engine) as db:
        issuer = load_issuer(folder, db)
        assert issuer is not None
        made = issue_passes(db, issuer, [wanted], by="test", now_ms=now_s * 1000)
    return made[0].claims.cti


def deeds(engine: Engine, **more: Any) -> list[Deed]:
    with reading(engine) as db:
        return newest_deeds(db, **more)


@contextmanager
def desk_at(
    folder: Path, engine: Engine, *, origin: str = "", printer: Printer = print_passes
) -> Iterator[str]:
    """Serve central with its desk on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings = DeskSettings(folder, printer, origin)
    app = make_app(engine, authority.load(folder), desk_settings=settings)
    config = uvicorn.Config(app, log_config=None, lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),))
    thread.start()
    try:
        deadline_s = time.monotonic() + WITHIN_S
        while not server.started:
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(WITHIN_S)
        listener.close()


@dataclass
class Place:
    """A served desk and its books."""

    folder: Path
    engine: Engine
    url: str

    def count(self, table: Table) -> int:
        with reading(self.engine) as db:
            return len(db.execute(select(table)).all())


class Person(requests.Session):
    """Somebody at the desk: opens pages, fills in their forms, sends them."""

    def __init__(self, url: str, name: str = "lin") -> None:
        super().__init__()
        self.url, self.name = url, name

    def __enter__(self) -> "Person":
        super().__enter__()
        return self

    def come_in(self, password: str = PASSWORD) -> requests.Response:
        door = self.see("/desk/sign-in")
        fields = {"name": self.name, "password": password, "csrf": csrf_in(door.text)}
        return self.hand_in("/desk/sign-in", fields)

    def see(self, path: str, **more: Any) -> requests.Response:
        return self.get(self.url + path, timeout=10, **more)

    def hand_in(
        self,
        path: str,
        fields: dict[str, str],
        *,
        allow_redirects: bool = True,
        **headers: str,
    ) -> requests.Response:
        """Send a form, as if our own page had."""
        body = "&".join(f"{k}={quote(v, safe='', errors='replace')}" for k, v in fields.items())
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url}
        return self.post(
            self.url + path,
            data=body,
            headers={**kind, **headers},
            timeout=30,
            allow_redirects=allow_redirects,
        )

    def fill(self, page: str, path: str, **fields: str) -> requests.Response:
        """Open a page, and send one of its forms."""
        shown = self.see(page)
        return self.hand_in(path, {"csrf": csrf_in(shown.text), **fields})


def csrf_in(text: str) -> str:
    found = _CSRF.search(text)
    assert found is not None, text
    return found[1]
