"""Whoever carries the gate off, or copies its card, learns no name, number, phone or pass.

Visitors and pass holders come to a real kiosk with a real central; then the raw bytes of
all that both wrote are searched for what they told and showed.
"""

import mmap
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kiosk.central.directory import lock_display
from kiosk.central.store import open_store, writing
from kiosk.core.words import DisplayRecord, PassKind
from kiosk.passes import base45
from kiosk.passes.claims import Claims
from kiosk.passes.display import LOOKUP, key_from, unseal
from kiosk.passes.display import RECORD as RECORD_KEY
from kiosk.passes.issue import issue, read_private
from kiosk.passes.text import Pass, read_pass
from kiosk.register.directory import KEY_ROW, Directory
from kiosk.runtime.demo_children import run_command
from kiosk.runtime.demo_faults import DemoOptions, FaultPlan
from kiosk.runtime.demo_people import visit
from kiosk.runtime.demo_site import COMMUNITY, DAY_S
from kiosk.runtime.demo_stage import Stage, open_stage
from kiosk.simulate.camera import Scene
from kiosk.simulate.town import Person, Shows, Story
from tests.lane.rig import NORMAL_SKIN_C, StaffWatcher, until
from tests.lane.searching import found_in, search_files, search_program

pytestmark = pytest.mark.timeout(180)

VISITORS = (
    {"name": "欧阳震华", "phone": "13912345678", "id_number": "110101199003070011"},
    {"name": "Zhāng Wěi-Ming", "plate": "京A·D12345"},
    {"phone": "+86 138 0013 8000", "plate": "粤B88K66"},
    {"name": "诸葛孔明", "id_number": "11010519491231002X", "phone": "15987654321"},
)
OTHER_FORMS = 3
LISTED = {"司马相如": "5-2-301", "上官婉儿": "5-2-302"}
RECORD = DisplayRecord("慕容*复", b"\xff\xd8\xff" + b"the face of a holder " * 90)


@dataclass
class Day:
    """What was told and shown at the gate, and where it may stand."""

    stage: Stage
    secrets: dict[str, str | bytes] = field(default_factory=dict)

    @property
    def written(self) -> list[Path]:
        """What the kiosk and central wrote: state folders, logs, temporary files."""
        site = self.stage.site
        logs = [child.log_path for child in (self.stage.kiosk, self.stage.central)]
        return [site.state, site.central, *logs, site.folder / "tmp"]

    def show(self, text: str) -> str:
        """Remember a pass that the camera sees."""
        number = len(self.secrets)
        shown = read_pass(text)
        assert isinstance(shown, Pass)
        body = text.partition(":")[2]
        self.secrets |= {
            f"pass {number}": body,  # with or without the letters before it
            f"message {number}": base45.decode(body) or b"",
            f"signature {number}": shown.signature,
        }
        return text

    def serve(self, person: Person) -> str:
        """Let somebody come with a pass. Returns the page they saw."""
        street = replace(self.stage.street, pass_of=lambda who: self.show(self._pass_of(who)))
        return visit(street, person).page

    def _pass_of(self, person: Person) -> str:
        return self.stage.desk.pass_of(person)


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    folder = tmp_path / "demo"
    options = DemoOptions(seed=5, reader="auto", folder=folder, faults=FaultPlan())
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    with ExitStack() as opened:
        stage = open_stage(options, opened)
        (tmp_path / "tmp").rename(folder / "tmp")
        (tmp_path / "tmp").symlink_to(folder / "tmp")
        day = Day(stage)
        for name, key in _private_keys(stage).items():
            day.secrets[name] = key.private_bytes_raw()
        yield day


def _private_keys(stage: Stage) -> dict[str, Ed25519PrivateKey]:
    """All but the device's own key and the status key, which lie where they are used."""
    issuing = stage.site.folder / "issuing"
    return {name: read_private(issuing / f"{name}.key") for name in ("root", "issuer")}


def person(day: Day, number: int, story: Story, shows: Shows) -> Person:
    return Person(number, day.stage.town.residents[number], story, shows, NORMAL_SKIN_C)


def bring_the_office_s_key(day: Day) -> None:
    """What the office and ops do: the bundle that a running kiosk finds is a new one."""
    site, office = day.stage.site, day.stage.site.folder / "office"
    run_command("central", "office-key", str(office))
    central = ("--state", str(site.central))
    run_command("central", "office", str(office / "office.pub"), "--by", "li", *central)
    device, bundle = str(site.state / "keys/device.pub"), str(site.state / "keys/bundle")
    run_command("central", "device", "add", device, "--out", bundle, *central)


def bring_the_directory(day: Day, duty_card: str, holder: Person) -> None:
    """Lock names and a holder's record, and hand them to central."""
    folder, central = day.stage.site.folder / "office", day.stage.site.central
    table, cards, locked = folder / "residents.csv", folder / "cards", folder / "locked"
    rows = "".join(f"{name},{door},\n" for name, door in LISTED.items())
    table.write_text("name,door,cti\n" + rows, "utf-8")
    cards.write_text(duty_card, "utf-8")
    run_command(
        "central", "directory", "make", str(table), "--cards", str(cards), "--out", str(locked)
    )
    state = ("--by", "li", "--state", str(central))
    run_command("central", "directory", "load", str(locked), *state)
    text = day.stage.desk.pass_of(holder)
    engine = open_store(central)
    with writing(engine) as db:
        lock_display(db, day.stage.desk.ctis[holder.number], text, RECORD)
    engine.dispose()
    day.secrets |= {f"listed {name}": name for name in LISTED}
    day.secrets |= {"record": RECORD.name, "face": RECORD.photo[3:60]}


def duty_card_of(day: Day) -> str:
    site = day.stage.site
    times = {"nbf_s": site.now_s - DAY_S, "exp_s": site.now_s + DAY_S}
    claims = Claims(
        iss=COMMUNITY, sub="DT34AB12", cti=b"dutycard", kind=PassKind.STAFF, grid=11, **times
    )
    return issue(claims, site.issuer)


def write_down(day: Day, told: dict[str, str]) -> None:
    """Hand a visitor's form in, as the staff page does."""
    url = f"{day.stage.site.screen_url}/staff/visitor"
    answer = requests.post(url, json=told, timeout=5)
    assert answer.status_code == 200, answer.text
    day.secrets |= {f"{name} {len(day.secrets)}": text for name, text in told.items()}


def fill_the_other_forms(day: Day) -> None:
    """Hand in each other form that names somebody: a resident, a returnee, a vehicle."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    for what, told, more in (
        ("resident", {"name": "东方不败", "id_number": "11010519491231002x"}, {}),
        (
            "returnee",
            {"name": "独孤求败", "phone": "13700001234"},
            {"region": "4201", "arrived": today, "transport": "G1702", "door": "77-7-7777"},
        ),
        ("vehicle", {"plate": "沪BF12345"}, {"occupants": 2, "is_outside": True}),
    ):
        url = f"{day.stage.site.screen_url}/staff/{what}"
        answer = requests.post(url, json={**told, **more, "is_sure": True}, timeout=5)
        assert answer.status_code == 200, answer.text
        day.secrets |= {f"{what} {name}": text for name, text in told.items()}


def unsealed(day: Day) -> str:
    key = str(day.stage.site.folder / "office/office.key")
    return run_command(
        "central", "unseal", "--key", key, "--json", "--state", str(day.stage.site.central)
    )


def keys_that_were_used(day: Day, duty_card: str, holder: Person) -> dict[str, bytes]:
    """The keys of the office, of the look-up, and of the record that a card opened."""
    card, held = read_pass(duty_card), read_pass(day.stage.desk.pass_of(holder))
    assert isinstance(card, Pass) and isinstance(held, Pass)
    with closing(Directory(day.stage.site.state / "directory.db")) as directory:
        locked = directory.row(KEY_ROW, b"dutycard")
    opens = key_from(card.signature, b"dutycard", LOOKUP)
    look_up_key = unseal(locked or b"", opens, b"dutycard")
    assert look_up_key is not None
    office = day.stage.site.folder / "office/office.key"
    private = load_pem_private_key(office.read_bytes(), None)
    assert isinstance(private, X25519PrivateKey)
    cti = day.stage.desk.ctis[holder.number]
    return {
        "key of the office": private.private_bytes_raw(),
        "key of the look-up": look_up_key,
        "what opens the look-up": opens,
        "what opens a record": key_from(held.signature, cti, RECORD_KEY),
    }


def look_up(day: Day, name: str) -> list[dict[str, Any]]:
    url = f"{day.stage.site.screen_url}/staff/find"
    answer = requests.post(url, json={"text": name}, timeout=5)
    return list(answer.json().get("found", []))


def live_through(day: Day) -> None:
    """A day at the gate: passes on paper and phone, a forged one, duty, visitors, a look-up."""
    holder = person(day, 0, Story.GOOD, Shows.CARD)
    bring_the_office_s_key(day)
    duty_card = day.show(duty_card_of(day))
    bring_the_directory(day, duty_card, holder)
    staff = StaffWatcher(day.stage.site.screen_url)
    try:
        assert day.serve(person(day, 1, Story.GOOD, Shows.LIVE_PHONE)) == "pass_in"
        assert day.serve(person(day, 2, Story.FORGED, Shows.CARD)) == "hold"
        time.sleep(2.5)  # the forged pass has left the camera, its page may be replaced
        day.stage.street.camera.show(Scene.card(duty_card))
        assert until(lambda: bool(staff.view.get("staff"))), staff.view
        day.stage.street.camera.show(Scene.nobody())
        for told in VISITORS:
            write_down(day, told)
        fill_the_other_forms(day)
        assert until(lambda: bool(staff.view.get("has_look_up"))), staff.view
        assert [one["name"] for one in look_up(day, "司马")] == ["司马*如"]
        assert day.serve(holder) == "pass_in"
        assert until(lambda: bool(staff.view.get("display"))), "the card opened its record"
        day.secrets |= keys_that_were_used(day, duty_card, holder)
    finally:
        staff.close()


def test_a_gate_that_is_carried_off_tells_nobody_anything(day: Day) -> None:
    live_through(day)
    kiosk, central = day.stage.kiosk, day.stage.central
    assert until(lambda: unsealed(day).count("\n") == len(VISITORS) + OTHER_FORMS, 60.0), (
        "central has them"
    )
    assert all(told.get("name", "") in unsealed(day) for told in VISITORS)
    assert len(day.secrets) > 30
    for child in (kiosk, central):
        found, looked_at = search_program(child.pid, day.secrets)
        assert found == {}
        assert any(".db-shm" in name for name in looked_at), "mapped files were looked at"
    files = {path.name for folder in day.written for path in folder.rglob("*")}
    assert {"journal.db", "journal.db-wal", "directory.db", "central.db"} <= files
    assert search_files(day.written, day.secrets) == {}
    for child in (kiosk, central):
        child.kill()
    assert search_files(day.written, day.secrets) == {}
    device_key = read_private(day.stage.site.state / "keys/device.key").private_bytes_raw()
    everywhere = search_files(day.written, {"device": device_key})
    assert everywhere == {}, "its own key lies in its file alone, as PEM"


SECRETS: dict[str, str | bytes] = {"name": "欧阳震华", "signature": bytes(range(64))}


@pytest.mark.parametrize("coding", ["utf-8", "gb18030", "utf-16-le"])
def test_the_search_finds_a_name_in_any_coding(tmp_path: Path, coding: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/file").write_bytes(b"x" * 99 + "见欧阳震华。".encode(coding))
    assert search_files([tmp_path], SECRETS) == {str(tmp_path / "deep/file"): {"name"}}


def test_the_search_finds_escapes_and_hexadecimal_digits() -> None:
    assert found_in(b'{"name": "\\u6b27\\u9633\\u9707\\u534e"}', SECRETS) == {"name"}
    assert found_in(bytes(range(64)).hex().encode(), SECRETS) == {"signature"}
    assert found_in(b"nothing", SECRETS) == set()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+86 138 0013 8000", "13800138000"),
        ("京A·D12345", "京AD12345"),
        ("11010519491231002x", "11010519491231002X"),
        ("Zhāng Wěi-Ming", "ZHĀNG WĚI-MING"),
    ],
)
def test_the_search_finds_what_was_typed_as_the_gate_would_write_it(
    typed: str, kept: str
) -> None:
    assert found_in(f"x{kept}x".encode(), {"it": typed}) == {"it"}
    assert found_in(f"x{typed}x".encode(), {"it": typed}) == {"it"}


def test_the_search_finds_what_lies_in_mapped_and_deleted_files(tmp_path: Path) -> None:
    path = tmp_path / "mapped"
    path.write_bytes(bytes(8192))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 8192) as mapped:
        path.unlink()
        mapped[5000:5012] = "欧阳震华".encode()
        found, _ = search_program(os.getpid(), SECRETS)
    assert [names for name, names in found.items() if str(path) in name] == [{"name"}] * 2
