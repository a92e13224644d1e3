"""Passes withdrawn at the real central, as a real kiosk hears of it over HTTP."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from kiosk.central import authority, page
from kiosk.central.allowed import allow
from kiosk.central.intake import utc_now_ms
from kiosk.central.issuing import Issuer, Wanted, issue_passes
from kiosk.central.revocations import revoke
from kiosk.central.store import writing
from kiosk.core.words import PassKind, Refused
from kiosk.passes.issue import read_public
from kiosk.passes.trust import KeyStatus
from kiosk.passes.verify import verify_text
from tests.central.office import Office
from tests.central.test_lists_out import hand_out
from tests.central.test_real_kiosk import Central, Server
from tests.central.test_revocations import IDS, KID
from tests.passes.making import CTI, EXP_S, ISSUER, NBF_S, NOW, payload_of, signed
from tests.sync.far_central import FarCentral
from tests.sync.rig import COMMUNITY, Rig


@pytest.fixture
def rig(office: Office, tmp_path: Path) -> Iterator[Rig]:
    hand_out(office)
    server = Server(office)
    rig = Rig(tmp_path / "kiosk", cast(FarCentral, Central(server.url, office.folder)))
    public = read_public(rig.state.keys / "device.pub")
    named = authority.add_device(office.engine, public, name="南门", now_ms=0)
    bundle = authority.bundle_of(office.engine, office.authority, named)
    (rig.state.keys / "bundle").write_bytes(bundle)
    rig.restart()
    yield rig
    rig.close()
    server.shut()


def report(rig: Rig) -> None:
    """Write an entry and wait until central has it: the answer brings the lists."""
    rig.write(1)
    rig.drain()


def withdraw(office: Office, *ctis: bytes) -> None:
    with writing(office.engine) as db:
        revoke(db, ctis, by="李", reason="lost", now_ms=utc_now_ms())


def outcome(rig: Rig, text: str) -> str:
    result = verify_text(text, rig.lists.current(), NOW)
    return result.reason.value if isinstance(result, Refused) else "OK"


def test_pass_is_refused_after_the_next_report(office: Office, rig: Rig) -> None:
    text = signed(payload_of())
    report(rig)
    assert outcome(rig, text) == "OK" and rig.lists.have[1] > 0
    withdraw(office, CTI)
    report(rig)
    assert outcome(rig, text) == "E_REVOKED"
    rig.restart()
    assert outcome(rig, text) == "E_REVOKED"
    assert rig.faults.ever == set()


def test_list_that_was_lost_comes_back_in_full(office: Office, rig: Rig) -> None:
    withdraw(office, *IDS, CTI)
    report(rig)
    (rig.state.lists / "revoked").write_bytes(b"\0" * 50)
    rig.restart()
    assert rig.lists.have[1] == 0
    report(rig)
    assert outcome(rig, signed(payload_of())) == "E_REVOKED" and rig.faults.ever == set()


def test_card_of_yesterday_is_noticed_and_gets_todays_list(office: Office, rig: Rig) -> None:
    report(rig)
    shutil.copytree(rig.state.lists, rig.state.root / "yesterday")
    withdraw(office, CTI)
    for _ in range(2):
        report(rig)
    shutil.copytree(rig.state.root / "yesterday", rig.state.lists, dirs_exist_ok=True)
    rig.restart()
    assert outcome(rig, signed(payload_of())) == "OK"
    report(rig)
    assert outcome(rig, signed(payload_of())) == "E_REVOKED"
    assert "旧状态" in page.render(office.engine, now_ms=utc_now_ms())


def test_burnt_key_lets_through_what_was_issued_and_nothing_else(
    office: Office, rig: Rig
) -> None:
    report(rig)
    wanted = Wanted("KX3M2P7Q", PassKind.RESIDENT, 7, "张*明", NBF_S, EXP_S)
    with writing(office.engine) as db:
        (made,) = issue_passes(
            db, Issuer(ISSUER, COMMUNITY), [wanted], by="李", now_ms=utc_now_ms()
        )
    assert outcome(rig, made.text) == "OK"
    hand_out(office, seq=2, status=KeyStatus.COMPROMISED)
    with writing(office.engine) as db:
        allow(db, office.authority.status, KID, now_ms=utc_now_ms())
    report(rig)
    assert outcome(rig, made.text) == "OK"
    assert outcome(rig, signed(payload_of(cti=made.claims.cti, gate=[3, 7, ""]))) != "OK"
    assert outcome(rig, signed(payload_of(cti=b"newpass!"))) == "E_KEY_RETIRED"
    report(rig)
    assert rig.lists.have[3] > 0 and rig.faults.ever == set()
