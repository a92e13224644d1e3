"""Which lists go out with an answer, which kiosk fell back, and the commands of the desk."""

from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from kiosk.central import page
from kiosk.central.allowed import allow
from kiosk.central.deeds import newest_deeds
from kiosk.central.revocations import count_revoked
from kiosk.central.schema import device
from kiosk.central.schema_office import issued
from kiosk.central.store import write_setting, writing
from kiosk.cli import cli
from kiosk.errors import ConfigError
from kiosk.passes.allowed import AllowList, read_allowed
from kiosk.passes.packed import pack
from kiosk.passes.revocation import RevocationPart, Revocations, apply, read_revocations
from kiosk.passes.trust import KeyStatus, make_key, make_trust
from kiosk.wire import URGENT, SyncReply
from tests.central.office import Office, release
from tests.central.test_revocations import IDS, KID, NOW_MS, NOW_S, add_issued, withdraw
from tests.passes.making import ISSUER_KEY, OTHER, ROOT, ROOT_PUBLIC

SECOND = make_key(
    OTHER.public_key().public_bytes_raw(), iss="lanyuan", from_s=0, to_s=2**32 - 1
)


def hand_out(office: Office, *, seq: int = 1, status: KeyStatus = KeyStatus.ACTIVE) -> None:
    key = replace(ISSUER_KEY, status=status)
    trust = make_trust([key], community="lanyuan", seq=seq, issued_s=NOW_S, root=ROOT)
    for name, value in {"root": ROOT_PUBLIC, "trust": trust, "trust_seq": b"%d" % seq}.items():
        write_setting(office.engine, name, value)


def heartbeat(office: Office, *have: int, lane: str = "bulk") -> SyncReply:
    return office.ask(office.kiosk.request(None, have=(*have, 0, 0, 0), lane=lane))


def revoke_at(office: Office, *ctis: bytes) -> int:
    with writing(office.engine) as db:
        return withdraw(db, *ctis)


def list_of(office: Office, reply: SyncReply, held: Revocations | None = None) -> Revocations:
    assert reply.revocations is not None
    part = read_revocations(reply.revocations, office.kiosk.status_public)
    assert isinstance(part, RevocationPart), part
    result = apply(held, part)
    assert isinstance(result, Revocations), result
    return result


def test_heartbeat_and_entries_bring_the_newer_list(office: Office) -> None:
    hand_out(office)
    revoke_at(office, IDS[0])
    held = list_of(office, heartbeat(office, 1, 0, 0, 0))
    assert held.ids == IDS[0] and held.community == "lanyuan"
    assert heartbeat(office, 1, held.seq, 0, 0).revocations is None
    revoke_at(office, IDS[1])
    office.kiosk.write(2)
    part = office.kiosk.part(1, 2)
    reply = office.ask(office.kiosk.request(part, have=(1, held.seq, 0, 0, 0, 0, 0)))
    assert list_of(office, reply, held).ids == pack(IDS[:2])
    assert reply.acked is not None and reply.acked[0] == 2


def test_urgent_answer_carries_no_long_list(office: Office) -> None:
    hand_out(office)
    revoke_at(office, IDS[0])
    reply = heartbeat(office, 0, 0, 0, 0, lane=URGENT)
    assert reply.revocations is None and reply.trust is not None


def test_central_without_a_trust_list_has_no_community_to_sign_for(office: Office) -> None:
    revoke_at(office, IDS[0])
    assert heartbeat(office, 0, 0, 0, 0).revocations is None


def test_kiosk_whose_log_is_frozen_still_hears_of_revocations(office: Office) -> None:
    hand_out(office)
    office.kiosk.write(2)
    office.send(1, 2)
    office.kiosk.begin_journal(office.kiosk.epoch)
    office.kiosk.write(2, gate="北门")
    assert office.send(1, 2).error == "E_LOG_FORK"
    revoke_at(office, IDS[0])
    reply = office.send(1, 2)
    assert reply.error == "E_LOG_FORK" and reply.acked is None
    assert list_of(office, reply).ids == IDS[0]


def test_card_that_was_put_back_is_noticed_shown_and_brought_up_to_date(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    hand_out(office)
    yesterday = list_of(office, heartbeat(office, 1, 0, 0, 0))
    revoke_at(office, IDS[0])
    today = list_of(office, heartbeat(office, 1, yesterday.seq, 0, 0), yesterday)
    heartbeat(office, 1, today.seq, 0, 0)
    assert "fell_back" not in caplog.text and "旧状态" not in shown(office)
    reply = heartbeat(office, 1, yesterday.seq, 0, 0)
    assert list_of(office, reply, yesterday) == today
    heartbeat(office, 1, yesterday.seq, 0, 0)
    assert caplog.text.count("device.fell_back") == 1, "said once"
    assert "旧状态" in shown(office)
    heartbeat(office, 1, today.seq, 0, 0)
    assert "旧状态" in shown(office), "until a person has looked"
    assert release(office.engine, office.kiosk.device) == 1
    assert "旧状态" not in shown(office)


def test_kiosk_that_asks_for_a_full_list_did_not_fall_back(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    hand_out(office)
    held = list_of(office, heartbeat(office, 1, 0, 0, 0))
    heartbeat(office, 1, held.seq, 0, 0)
    heartbeat(office, 1, 0, 0, 0)
    assert "fell_back" not in caplog.text
    with writing(office.engine) as db:
        assert db.scalar(select(device.c.have_most)) == held.seq


def shown(office: Office) -> str:
    return page.render(office.engine, now_ms=NOW_MS)


def allow_at(office: Office) -> AllowList:
    with writing(office.engine) as db:
        return allow(db, office.authority.status, KID, now_ms=NOW_MS)


def test_allow_list_holds_what_was_issued_and_has_not_ended(office: Office) -> None:
    hand_out(office, seq=2, status=KeyStatus.COMPROMISED)
    with writing(office.engine) as db:
        add_issued(db, IDS[0], exp_s=NOW_S + 1, payload=b"pass 0")
        add_issued(db, IDS[1], exp_s=NOW_S, payload=b"ended")
    made = allow_at(office)
    assert made.holds(b"pass 0") and not made.holds(b"ended") and len(made) == 1
    reply = heartbeat(office, 2, 0, 0, 0)
    assert reply.allowed is not None and reply.revocations is not None
    assert read_allowed(reply.allowed, office.kiosk.status_public) == made
    assert heartbeat(office, 2, 0, 0, made.seq).allowed is None
    assert allow_at(office).seq > made.seq


def test_key_that_is_not_burnt_gets_no_allow_list(office: Office) -> None:
    hand_out(office)
    with pytest.raises(ConfigError, match="burnt"):
        allow_at(office)
    assert heartbeat(office, 1, 0, 0, 0).allowed is None


def test_two_long_lists_come_one_after_the_other(office: Office) -> None:
    hand_out(office, seq=2, status=KeyStatus.COMPROMISED)
    many = [number.to_bytes(8) for number in range(100_000)]
    with writing(office.engine) as db:
        withdraw(db, *many)
        some = {"kid": KID, "sub": "AB12CD34", "kind": 1, "grid": 7, "label": "", "nbf_s": 0}
        some |= {"exp_s": NOW_S + 1, "issued_ms": 0, "issued_by": "李"}
        db.execute(insert(issued), [{"cti": m, "payload_sha8": m, **some} for m in many])
    made = allow_at(office)
    first = heartbeat(office, 2, 0, 0, 0)
    held = list_of(office, first)
    assert len(held) == 100_000 and first.allowed is None
    second = heartbeat(office, 2, held.seq, 0, 0)
    assert second.revocations is None and second.allowed is not None
    assert len(made) == 100_000


def test_kiosk_that_lost_its_allow_lists_gets_all_in_turn(office: Office) -> None:
    burnt = [replace(key, status=KeyStatus.COMPROMISED) for key in (ISSUER_KEY, SECOND)]
    trust = make_trust(burnt, community="lanyuan", seq=2, issued_s=NOW_S, root=ROOT)
    for name, value in {"root": ROOT_PUBLIC, "trust": trust, "trust_seq": b"2"}.items():
        write_setting(office.engine, name, value)
    done = command(office, "allow", "--by", "李")
    assert done.output.count("0 passes count on") == 2, done.output
    have, kids = 0, []
    while (message := heartbeat(office, 2, 0, 0, have).allowed) is not None:
        listed = read_allowed(message, office.kiosk.status_public)
        assert isinstance(listed, AllowList) and listed.seq > have
        have, kids = listed.seq, [*kids, listed.kid]
    assert kids == [KID, SECOND.kid]


def command(office: Office, *words: str) -> Result:
    return CliRunner().invoke(cli, ["central", *words, "--state", str(office.folder)])


def test_passes_are_withdrawn_and_restored_by_command(office: Office) -> None:
    hand_out(office)
    ctis = [cti.hex() for cti in IDS[:2]]
    done = command(office, "revoke", *ctis, "--reason", "lost", "--by", "李")
    assert done.exit_code == 0 and "2 passes revoked" in done.output, done.output
    done = command(office, "restore", ctis[0].upper(), "--by", "王")
    assert done.exit_code == 0 and "1 passes revoked" in done.output
    assert list_of(office, heartbeat(office, 1, 0, 0, 0)).ids == IDS[1]
    with writing(office.engine) as db:
        deeds = [(deed.operator, deed.deed, deed.subject) for deed in newest_deeds(db)]
    assert deeds[::-1] == [
        ("李", "revoke", ctis[0]),
        ("李", "revoke", ctis[1]),
        ("王", "restore", ctis[0]),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("revoke", "xyz", "--reason", "lost", "--by", "李"), "hexadecimal"),
        (("revoke", "00" * 8, "--by", "李"), "--reason"),
        (("revoke", "00" * 8, "--reason", "lost"), "--by"),
        (("allow", "--by", "李"), "compromised"),
        (("allow",), "--by"),
    ],
)
def test_command_that_cannot_be_right_changes_nothing(
    office: Office, words: tuple[str, ...], why: str
) -> None:
    done = command(office, *words)
    assert done.exit_code != 0 and why in done.output
    with writing(office.engine) as db:
        assert count_revoked(db) == 0


def test_burnt_key_is_answered_by_one_command(office: Office) -> None:
    hand_out(office, seq=2, status=KeyStatus.COMPROMISED)
    with writing(office.engine) as db:
        add_issued(db, IDS[0], exp_s=2**32 - 1)
    done = command(office, "allow", "--by", "李")
    assert done.exit_code == 0 and "1 passes count on" in done.output, done.output
    assert heartbeat(office, 2, 0, 0, 0).allowed is not None
