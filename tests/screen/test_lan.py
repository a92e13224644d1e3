"""On the local network a paired tablet gets the staff page; nobody gets anything else."""

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3
from axe_playwright_python.sync_playwright import Axe
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from kiosk.config import LanConfig
from kiosk.core.faults import Fault
from kiosk.screen import lan_certificate, lan_tablets
from kiosk.screen.guard import is_named
from kiosk.screen.lan import Lan
from kiosk.screen.lan_certificate import AUTHORITY, AUTHORITY_KEY, CERTIFICATE, SINCE, ready
from kiosk.screen.lan_door import ASKED_MAX, Asked, LanDoor
from kiosk.screen.lan_pairing import COOKIE
from kiosk.screen.lan_tablets import TRIES_MAX, Tablets
from tests.screen.desk_making import Gate, on_duty, waiting, whose
from tests.screen.making import Served, free_port, served, until

NOW = datetime(2027, 1, 5, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}


@dataclass
class Reported:
    """Troubles as they were told."""

    held: dict[Fault, str] = field(default_factory=dict)

    def __call__(self, fault: Fault, *, is_on: bool, detail: str = "") -> None:
        self.held.pop(fault, None)
        if is_on:
            self.held[fault] = detail


@dataclass
class Open:
    """A gate that is open to tablets, over real TLS."""

    screen: Served
    lan: Lan
    keys: Path
    troubles: Reported
    desk: Gate

    @property
    def trust(self) -> dict[str, str]:
        """How a client of ours knows this gate."""
        return {"verify": str(self.keys / AUTHORITY)}

    @property
    def url(self) -> str:
        return self.lan.url

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 10)
        options.setdefault("allow_redirects", False)
        return requests.request(method, self.url + path, **self.trust, **options)

    def pair(self, code: str) -> requests.Response:
        headers = {**JSON, "Origin": self.url}
        return self.ask("POST", "/pair", data=json.dumps({"code": code}), headers=headers)

    def paired(self, name: str = "tablet-1") -> dict[str, str]:
        """Let a tablet in and return its cookie."""
        answer = self.pair(self.lan.tablets.invite(name, by="w01"))
        assert answer.status_code == 200
        return {COOKIE: answer.cookies[COOKIE]}


@contextlib.contextmanager
def opened(folder: Path, address: str = "127.0.0.1", **config: Any) -> Iterator[Open]:
    troubles = Reported()
    chosen = LanConfig(address=address, port=free_port(), **config)
    lan = Lan(chosen, folder, Tablets(folder / "tablets.json"), troubles, lambda: NOW)
    gate = Gate()
    with served(desk=gate, pins=whose, lan=lan) as screen:
        screen.show(on_duty(waiting()))
        found = Open(screen, lan, folder, troubles, gate)
        if address == "127.0.0.1":
            until(lambda: _answers(chosen.port))
        yield found


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with opened(tmp_path_factory.mktemp("keys")) as found:
        yield found


def test_without_an_address_nothing_listens_but_loopback(tmp_path: Path) -> None:
    lan = Lan(LanConfig(), tmp_path, Tablets(tmp_path / "t"), Reported(), lambda: NOW)
    with served(lan=lan) as screen:
        screen.show(on_duty())
        assert requests.get(screen.url, timeout=5).status_code == 200
    assert not list(tmp_path.iterdir()) and lan.url == ""


def test_a_code_lets_one_tablet_in_once(gate: Open) -> None:
    code = gate.lan.tablets.invite("tablet-1", by="w01")
    first, second = gate.pair(code), gate.pair(code)
    assert (first.status_code, second.status_code) == (200, 403)
    cookie = {COOKIE: first.cookies[COOKIE]}
    assert gate.ask("GET", "/staff", cookies=cookie).status_code == 200
    told = first.headers["Set-Cookie"]
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert word in told


def test_what_is_kept_lets_nobody_in(gate: Open) -> None:
    cookie = gate.paired("tablet-2")[COOKIE]
    kept = (gate.keys / "tablets.json").read_text("utf-8")
    assert cookie not in kept and "tablet-2" in kept


@pytest.mark.parametrize("path", ["/staff", "/staff/events", "/staff/photo"])
def test_who_is_not_paired_sees_nothing_of_the_staff_page(gate: Open, path: str) -> None:
    for cookies in ({}, {COOKIE: "0" * 64}, {COOKIE: ""}, {COOKIE: "\xe9'--"}):
        answer = gate.ask("GET", path, cookies=cookies)
        assert answer.status_code == 403 and "w01" not in answer.text
    page = gate.ask("GET", path, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Location"]) == (303, "/pair")


@pytest.mark.parametrize(
    "path", ["/events", "/preview", "/staff/tablets", "/staff/tablet-in", "/healthz", "/staffx"]
)
def test_a_paired_tablet_gets_the_staff_page_and_nothing_else(gate: Open, path: str) -> None:
    answer = gate.ask("GET", path, cookies=gate.paired())
    assert answer.status_code == 404


def test_a_tablet_that_is_put_out_is_out_at_once(gate: Open) -> None:
    cookie = gate.paired("tablet-3")
    assert gate.ask("GET", "/staff", cookies=cookie).status_code == 200
    assert gate.lan.tablets.remove("tablet-3")
    assert gate.ask("GET", "/staff", cookies=cookie).status_code == 403


def test_a_tablet_that_is_put_out_hears_nothing_more(gate: Open) -> None:
    stream = gate.ask("GET", "/staff/events", cookies=gate.paired("tablet-6"), stream=True)
    lines = stream.iter_lines()
    assert next(lines) == b"retry: 500"
    assert gate.lan.tablets.remove("tablet-6")
    assert sum(len(line) > 0 for line in lines) <= 3  # and the stream has ended


def test_who_is_put_out_while_others_come_stays_out_and_a_code_counts_once(
    tmp_path: Path,
) -> None:
    """As the page and the command do it: whoever changes the file changes the newest."""
    file = tmp_path / "tablets.json"
    page, command = Tablets(file), Tablets(file)
    with ThreadPoolExecutor(4) as many:
        for _ in range(25):
            _, cookie = page.accept(page.invite("old", by="w01")) or ("", "")
            code = page.invite("new", by="w01")
            coming = [many.submit(page.accept, code) for _ in range(3)]
            assert many.submit(command.remove, "old").result()
            assert sum(one.result() is not None for one in coming) == 1
            assert page.whose(cookie) is None
    assert [tablet.name for tablet in page.all()] == ["new"]


def test_a_paired_tablet_lets_no_other_in(gate: Open) -> None:
    cookie, headers = gate.paired("tablet-7"), {**JSON, "Origin": gate.url}
    for path in ("/staff/tablet-in%0A", "/staff/tablets/", "/staff/tablet-out%0A"):
        body = json.dumps({"name": "mine"})
        answer = gate.ask("POST", path, data=body, cookies=cookie, headers=headers)
        assert answer.status_code == 404


def test_five_wrong_codes_void_the_right_one(gate: Open) -> None:
    code = gate.lan.tablets.invite("tablet-4", by="w01")
    for _ in range(TRIES_MAX):
        assert gate.pair("0" * 32).status_code == 403
    assert gate.pair(code).status_code == 403


def test_a_code_ends_after_ten_minutes_and_with_the_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablets = Tablets(tmp_path / "tablets.json")
    late, other_boot = tablets.invite("a", by="w"), None
    tree = json.loads((tmp_path / "tablets.json").read_text())
    tree["invited"]["until_s"] = lan_tablets.boot_seconds() - 0.1
    (tmp_path / "tablets.json").write_text(json.dumps(tree))
    assert tablets.accept(late) is None
    other_boot = tablets.invite("a", by="w")
    tree = json.loads((tmp_path / "tablets.json").read_text())
    tree["invited"]["boot_id"] = "of yesterday"
    (tmp_path / "tablets.json").write_text(json.dumps(tree))
    assert tablets.accept(other_boot) is None


def _typed(gate: Open, **headers: str) -> requests.Response:
    body = json.dumps({"pin": "4711"})
    cookie = gate.paired("tablet-5")
    return gate.ask("POST", "/staff/sign-on", data=body, cookies=cookie, headers=headers)


def test_a_form_from_our_own_page_is_taken(gate: Open) -> None:
    assert _typed(gate, **JSON, Origin=gate.url).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        JSON,
        {**JSON, "Origin": "https://evil.example"},
        {**JSON, "Origin": "null"},
        {"Content-Type": "text/plain", "Origin": "OURS"},
        {**JSON, "Origin": "OURS", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=["no origin", "foreign", "null", "a plain form", "cross-site"],
)
def test_a_form_of_another_site_is_refused(gate: Open, headers: dict[str, str]) -> None:
    sent = {k: v.replace("OURS", gate.url) for k, v in headers.items()}
    assert _typed(gate, **sent).status_code in (403, 415)


def test_a_foreign_name_that_resolves_here_gets_nothing(gate: Open) -> None:
    for host in ("evil.example", "evil.example:443", "localhost.evil.example", ""):
        answer = gate.ask("GET", "/pair", headers={"Host": host})
        assert answer.status_code in (400, 421)


@pytest.mark.parametrize("end", ["/static/x?", "#", "?", "@evil.example", ":1:2", " ", "\\"])
def test_a_host_that_is_more_than_a_name_is_not_us(end: str) -> None:
    known = frozenset({"gate.local"})
    for host in ("gate.local", "192.168.1.20", "192.168.1.20:8443", "[fd00::20]:8443"):
        assert is_named(known, host) and not is_named(known, host + end)


def test_who_may_come_in_hangs_on_the_path_that_is_answered(tmp_path: Path) -> None:
    """A Host header that ends in a path of its own must not stand for the one asked for."""
    reached = []

    async def page(scope: Any, _receive: Any, _send: Any) -> None:
        reached.append(scope["path"])

    door = LanDoor(page, "", Tablets(tmp_path / "tablets.json"))
    for host in (b"192.168.1.20/static/x?", b"192.168.1.20"):
        for path in ("/staff", "/staff/emergency", "/staff/tablet-in\n"):
            asyncio.run(_ask(door, path, host))
    assert reached == []
    asyncio.run(_ask(door, "/static/staff.css", b"192.168.1.20"))
    assert reached == ["/static/staff.css"]


async def _ask(door: LanDoor, path: str, host: bytes) -> None:
    headers = [(b"host", host), (b"origin", b"https://192.168.1.20")]
    scope = {"type": "http", "method": "POST", "scheme": "https", "path": path}
    await door({**scope, "query_string": b"", "headers": headers}, _nothing, _unheard)


async def _nothing() -> Any:
    return {"type": "http.disconnect"}


async def _unheard(_message: Any) -> None:
    """Nobody reads the answer."""


@given(st.text(st.characters(codec="ascii"), max_size=24))
def test_only_our_names_and_plain_addresses_are_us(host: str) -> None:
    known = frozenset({"gate.local"})
    if is_named(known, host):
        name = host.lower().rpartition(":")[0] if host.count(":") == 1 else host.lower()
        assert name == "gate.local" or not any(sign in "ghijklmnopqrstuvwxyz" for sign in name)


def test_every_answer_carries_what_a_browser_must_hold_to(gate: Open) -> None:
    for path in ("/pair", "/static/staff.js", "/nothing"):
        headers = gate.ask("GET", path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"


def test_a_flood_is_answered_shortly_and_only_to_whom_it_comes_from() -> None:
    now = [100.0]
    asked = Asked(lambda: now[0])
    assert [asked.may("10.0.0.1") for _ in range(ASKED_MAX + 50)].count(True) == ASKED_MAX
    assert asked.may("10.0.0.2")
    now[0] += 10.0
    assert asked.may("10.0.0.1")


def test_a_flood_from_everywhere_is_no_memory() -> None:
    asked = Asked(lambda: 100.0)
    for number in range(5000):
        assert asked.may(f"10.0.{number // 256}.{number % 256}")
    assert len(asked._since) <= 256


def test_whoever_floods_is_told_to_wait(gate: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.screen.lan_door.ASKED_MAX", 0)
    answer = gate.ask("GET", "/pair")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")


def test_an_address_that_is_not_there_is_a_trouble_and_stops_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, address="192.0.2.7") as gate:
        until(lambda: Fault.LAN_DOWN in gate.troubles.held)
        assert "192.0.2.7" in gate.troubles.held[Fault.LAN_DOWN]
        assert requests.get(gate.screen.url, timeout=5).status_code == 200


def test_a_certificate_of_ones_own_that_cannot_be_read_is_a_trouble(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    (tmp_path / "none.key").write_text("not a key")
    with opened(tmp_path, "127.0.0.2", certificate=missing, key=missing) as gate:
        until(lambda: Fault.LAN_DOWN in gate.troubles.held)
        assert requests.get(gate.screen.url, timeout=5).status_code == 200


def test_a_stop_takes_two_seconds_at_most_with_a_tablet_that_listens(tmp_path: Path) -> None:
    with opened(tmp_path) as gate:
        stream = gate.ask("GET", "/staff/events", cookies=gate.paired(), stream=True)
        assert next(stream.iter_lines()) == b"retry: 500"
        assert gate.screen.stop() < 2.5
        gate.screen.start()


def test_a_half_open_handshake_holds_nobody_up(gate: Open) -> None:
    port = gate.lan.config.port
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    began_s = time.monotonic()
    assert gate.ask("GET", "/pair").status_code == 200
    assert time.monotonic() - began_s < 2.0
    for one in silent:
        one.close()


def test_who_connects_and_asks_nothing_is_cut_off(
    gate: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.screen.lan_serving.SILENT_S", 0.3)
    trusted = ssl.create_default_context(cafile=str(gate.keys / AUTHORITY))
    line = socket.create_connection(("127.0.0.1", gate.lan.config.port), 5)
    with trusted.wrap_socket(line, server_hostname="127.0.0.1") as silent:
        silent.settimeout(10)
        with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
            assert silent.recv(1) == b""  # over, by either way; a time-out is a failure
    stream = gate.ask("GET", "/staff/events", cookies=gate.paired("patient"), stream=True)
    lines = stream.iter_lines()
    began_s = time.monotonic()
    while time.monotonic() - began_s < 1.0:
        assert next(lines) is not None  # who listens is not silent
    stream.close()


def _sent(made: lan_certificate.Served) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.certificate.read_bytes())


def test_a_certificate_is_renewed_in_time_and_tablets_need_not_trust_anew(
    tmp_path: Path,
) -> None:
    first = _sent(ready(tmp_path, "192.168.1.20", ("gate.local",), NOW))
    authority = (tmp_path / AUTHORITY).read_bytes()
    assert _sent(ready(tmp_path, "192.168.1.20", ("gate.local",), NOW)) == first
    later = first.not_valid_after_utc - timedelta(days=30)
    second = _sent(ready(tmp_path, "192.168.1.20", ("gate.local",), later))
    assert second.not_valid_after_utc > later + timedelta(days=700)
    assert (tmp_path / AUTHORITY).read_bytes() == authority
    assert first.not_valid_before_utc == SINCE  # a gate that wakes in 1970 has no way back


@pytest.mark.parametrize("damage", [CERTIFICATE, "lan.key", AUTHORITY, AUTHORITY_KEY])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    ready(tmp_path, "192.168.1.20", (), NOW)
    (tmp_path / damage).write_bytes(b"\0" * 100)
    made = ready(tmp_path, "192.168.1.20", (), NOW)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    trusted = ssl.create_default_context(cafile=str(tmp_path / AUTHORITY))
    assert len(trusted.get_ca_certs()) == 1


def test_keys_are_readable_by_their_owner_alone(gate: Open) -> None:
    for name in ("lan.key", AUTHORITY_KEY, "tablets.json"):
        assert (gate.keys / name).stat().st_mode & 0o077 == 0


def test_a_stolen_authority_speaks_for_no_other_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made for another gate, with this gate's authority: a tablet that trusts it refuses."""
    ready(tmp_path, "192.168.1.20", (), NOW)
    stolen = (tmp_path / AUTHORITY).read_bytes()
    monkeypatch.setattr(lan_certificate, "_constraint", lambda _wanted: _permitted(stolen))
    made = ready(tmp_path, "127.0.0.1", (), NOW)
    assert (tmp_path / AUTHORITY).read_bytes() == stolen
    with _serving(made) as port, pytest.raises(requests.exceptions.SSLError) as refused:
        requests.get(f"https://127.0.0.1:{port}/", verify=str(tmp_path / AUTHORITY), timeout=5)
    assert "permitted subtree violation" in str(refused.value)


def _permitted(authority: bytes) -> list[x509.GeneralName] | None:
    found = x509.load_pem_x509_certificate(authority)
    return found.extensions.get_extension_for_class(
        x509.NameConstraints
    ).value.permitted_subtrees


@contextlib.contextmanager
def _serving(made: lan_certificate.Served) -> Iterator[int]:
    """Answer TLS handshakes with a certificate, and nothing more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=shake, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tablets": [1]}', '{"tablets": {}}'])
def test_a_damaged_list_of_tablets_lets_nobody_in_and_says_so(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "tablets.json").write_text(content)
    with opened(tmp_path) as gate:
        assert gate.lan.tablets.whose("0" * 64) is None
        assert gate.pair("0" * 32).status_code == 503


def _staff_post(gate: Open) -> Callable[[str, dict[str, Any]], requests.Response]:
    def post(what: str, body: dict[str, Any]) -> requests.Response:
        return requests.post(f"{gate.screen.url}/staff/{what}", json=body, timeout=5)

    return post


def test_only_who_is_on_duty_lets_a_tablet_in(gate: Open) -> None:
    post = _staff_post(gate)
    told = post("tablet-in", {"name": "door-2"}).json()
    assert told["url"].startswith(f"{gate.url}/pair#") and told["svg"].startswith("<svg")
    gate.screen.show(on_duty(staff=None))
    assert post("tablet-in", {"name": "door-3"}).status_code == 403
    gate.screen.show(on_duty(waiting()))


@pytest.mark.needs_browser
def test_a_tablet_scans_the_code_and_works(browser: Browser, tmp_path: Path) -> None:
    with opened(tmp_path) as gate:
        here = browser.new_page()
        here.clock.install()
        here.goto(f"{gate.screen.url}/staff")
        here.click("#open-today")
        here.click("#tablets")
        here.click("#ask button")
        expect(here.locator("#url")).to_contain_text("/pair#")
        url = here.locator("#url").inner_text()
        assert here.locator("#picture svg").bounding_box()["width"] > 200  # type: ignore[index]
        assert Axe().run(here).response["violations"] == []
        there = browser.new_context(ignore_https_errors=True)
        tablet = there.new_page()
        tablet.goto(url)
        tablet.wait_for_url(f"{gate.url}/staff")
        gate.screen.show(
            gate.screen.shown
        )  # a busy machine took longer than a gate may be silent
        expect(tablet.locator("#gate")).to_have_text("南门")
        tablet.click("#open-today")
        expect(tablet.locator("#tablets")).to_be_hidden()
        again = browser.new_context(ignore_https_errors=True).new_page()
        again.goto(url)
        expect(again.locator("[data-state=no]")).to_be_visible()
        assert Axe().run(again).response["violations"] == []
        assert "#" not in again.url
        here.reload()
        expect(here.locator("#paired li")).to_contain_text("tablet-1")
        expect(here.locator("input")).to_have_value("tablet-2")
        here.click("#paired button")
        expect(here.locator("#paired li")).to_have_count(0)
        tablet.reload()
        tablet.wait_for_url(f"{gate.url}/pair")
        here.clock.run_for(181_000)
        here.wait_for_url(f"{gate.screen.url}/staff")  # nobody leaves a gate without it
        here.close()


urllib3.disable_warnings()
