"""The desk over HTTP: who comes in, what is made, and that nothing is done unnoted."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import select

from kiosk.central import authority, operators
from kiosk.central.issuing import find_passes
from kiosk.central.operators import block_operator
from kiosk.central.orders import ALONE_MAX
from kiosk.central.schema import entry
from kiosk.central.schema_office import issued, pass_order, revoked, session
from kiosk.central.store import reading, writing
from kiosk.cli.central import command
from kiosk.core.words import Credential
from kiosk.passes.issue import read_public
from kiosk.passes.lists import Lists
from kiosk.passes.trust import TrustList, read_trust
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState, Stamp, SystemClock
from tests.central.far_kiosk import FarKiosk
from tests.central.people import (
    Person,
    Place,
    csrf_in,
    deeds,
    desk_at,
    issued_to,
    make_central,
)
from tests.passes.test_sheet import codes_in

SUB = "K7Q2M9XD"
END = (date.today() + timedelta(days=30)).isoformat()
ONE = {"kind": "resident", "size": "sheet", "end": END, "sub": SUB, "grid": "12"}
GETS = [
    "/desk",
    "/desk/issue",
    "/desk/passes",
    "/desk/odd",
    "/desk/kiosks",
    "/desk/log",
    "/desk/log.csv",
    "/",
]
POSTS = [
    "/desk/issue",
    "/desk/order/agree",
    "/desk/order/refuse",
    "/desk/order/make",
    "/desk/pass/revoke",
    "/desk/pass/restore",
    "/desk/pass/reissue",
    "/desk/stock/revoke",
    "/desk/kiosk/release",
    "/desk/sign-out",
]


# who comes in


def test_nothing_of_the_desk_is_shown_before_the_sign_in(place: Place) -> None:
    with Person(place.url) as stranger:
        for path in GETS:
            answer = stranger.see(path, allow_redirects=False)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/sign-in")


def test_the_right_password_leads_in_and_the_cookie_is_kept_from_scripts(
    place: Place,
) -> None:
    with Person(place.url) as lin:
        assert lin.come_in().status_code == 200
        sent = lin.see("/desk/sign-in").headers["Set-Cookie"]
        assert "HttpOnly" in sent
        assert "SameSite=strict" in sent
        assert "总览" in lin.see("/desk").text
        assert "最新记录" in lin.see("/").text


def test_a_wrong_password_leads_nowhere(place: Place) -> None:
    with Person(place.url) as lin:
        assert lin.come_in("not the password").status_code == 403
        assert "desk" not in lin.cookies
        assert place.count(session) == 0


def test_too_many_wrong_passwords_are_slowed_down(place: Place) -> None:
    with Person(place.url) as lin:
        seen = [lin.come_in(f"wrong {n}").status_code for n in range(6)]
    assert seen == [403] * operators.TRIES_MAX + [429]


def test_a_session_is_over_after_the_sign_out_for_whoever_kept_its_cookie(
    place: Place, lin: Person
) -> None:
    kept = lin.cookies["desk"]
    lin.fill("/desk", "/desk/sign-out")
    with Person(place.url) as thief:
        thief.cookies.set("desk", kept, domain="127.0.0.1")
        assert "/desk/sign-in" in thief.see("/desk").url


@pytest.mark.parametrize("token", ["", "0" * 64, "lin", "' OR 1=1 --", "é" * 10])
def test_a_forged_cookie_is_nobodys(place: Place, token: str) -> None:
    with Person(place.url) as forger:
        headers = {"Cookie": f"desk={token}".encode()}
        answer = forger.see("/desk", headers=headers, allow_redirects=False)
    assert answer.status_code == 303


def test_whoever_is_blocked_is_out_with_the_next_click(place: Place, lin: Person) -> None:
    assert lin.see("/desk").url.endswith("/desk")
    with writing(place.engine) as db:
        block_operator(db, "lin", now_ms=0)
    assert lin.see("/desk").url.endswith("/desk/sign-in")


@pytest.mark.parametrize("path", POSTS)
def test_a_form_of_another_site_changes_nothing(place: Place, lin: Person, path: str) -> None:
    cti = issued_to(place.engine, place.folder, SUB)
    token = csrf_in(lin.see("/desk").text)
    fields = {"csrf": token, "id": cti.hex(), "reason": "x", "first": "1", "last": "2", **ONE}
    before = deeds(place.engine)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert lin.hand_in(path, fields, **headers).status_code == 403
    without = {key: value for key, value in fields.items() if key != "csrf"}
    assert lin.hand_in(path, without).status_code == 403
    assert lin.hand_in(path, {**fields, "csrf": "0" * 64}).status_code == 403
    assert lin.hand_in(path, fields, **{"Content-Type": "text/plain"}).status_code == 415
    assert deeds(place.engine) == before


def test_one_persons_form_is_worth_nothing_to_another(lin: Person, zhou: Person) -> None:
    stolen = csrf_in(lin.see("/desk").text)
    assert zhou.hand_in("/desk/issue", {"csrf": stolen, **ONE}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]:80"])
def test_another_name_for_this_server_is_refused(lin: Person, host: str) -> None:
    for path in ("/desk", "/desk/sign-in", "/"):
        assert lin.see(path, headers={"Host": host}).status_code == 421


def test_behind_https_the_cookie_is_for_https_alone(tmp_path: Path) -> None:
    engine = make_central(tmp_path / "central")
    with desk_at(tmp_path / "central", engine, origin="https://central.example") as url:
        headers = {"Host": "central.example"}
        answer = requests.get(url + "/desk/sign-in", headers=headers, timeout=10)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        plain = {**headers, **kind, "Origin": "http://central.example"}
        sent = requests.post(url + "/desk/sign-in", headers=plain, timeout=10)
    engine.dispose()
    assert answer.status_code == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    assert sent.status_code == 403
    assert "another site" in sent.text


@pytest.mark.parametrize("typed", ["http://central.example", "central.example", "https://x/y"])
def test_no_password_travels_in_the_open(tmp_path: Path, typed: str) -> None:
    arguments = ["run", "--state", str(tmp_path), "--origin", typed]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 2
    assert "say https://NAME" in done.output


def test_no_page_runs_scripts_or_sends_forms_elsewhere(lin: Person) -> None:
    for path in GETS[:6]:
        answer = lin.see(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "script-src" not in policy
        assert "<script" not in answer.text
        assert " style=" not in answer.text


@pytest.mark.parametrize("path", GETS)
def test_looking_changes_nothing(place: Place, lin: Person, path: str) -> None:
    with place.engine.connect() as db:
        before = db.exec_driver_sql("PRAGMA data_version").scalar()
        assert lin.see(path).status_code == 200
        assert db.exec_driver_sql("PRAGMA data_version").scalar() == before


# passes


def _order(person: Person, **fields: str) -> str:
    answer = person.fill("/desk/issue", "/desk/issue", **{**ONE, **fields})
    assert answer.status_code == 200, answer.text
    return answer.url.rpartition("=")[2]


def _make(person: Person, order_id: str) -> requests.Response:
    return person.fill(f"/desk/order?id={order_id}", "/desk/order/make", id=order_id)


def test_a_pass_is_looked_over_then_made_and_its_print_opens_the_gate(
    place: Place, lin: Person
) -> None:
    order_id = _order(lin, label="张*明")
    shown = lin.see(f"/desk/order?id={order_id}").text
    assert SUB in shown
    assert "张*明" in shown
    assert place.count(issued) == 0
    answer = _make(lin, order_id)
    assert answer.headers["Content-Type"] == "application/pdf"
    texts = [code.text for page in codes_in(answer.content) for code in page]
    now = SystemClock().now()
    stamp = Stamp(now.mono_s, now.utc, now.boot_id, ClockState.TRUSTED)
    opened = verify_text(texts[0], _lists(place), stamp)
    assert isinstance(opened, Credential)
    with reading(place.engine) as db:
        row = find_passes(db, sub=SUB)[0]
    assert (row.issued_by, row.label, row.grid) == ("lin", "张*明", 12)
    assert [one.deed for one in deeds(place.engine)][:2] == ["issue", "ask"]


def _lists(place: Place) -> Lists:
    """What a gate has of this central."""
    keys = place.folder.with_name("keys")
    trust = read_trust((keys / "trust").read_bytes(), read_public(keys / "root.pub"))
    assert isinstance(trust, TrustList)
    return Lists(trust)


def test_a_second_click_makes_no_second_pass(place: Place, lin: Person) -> None:
    order_id = _order(lin)
    token = csrf_in(lin.see(f"/desk/order?id={order_id}").text)
    fields = {"csrf": token, "id": order_id}
    assert lin.hand_in("/desk/order/make", fields).status_code == 200
    assert lin.hand_in("/desk/order/make", fields).status_code == 409
    assert place.count(issued) == 1


def _list_of(count: int) -> str:
    return "\n".join(f"new {n} 李*" for n in range(1, count + 1))


def test_many_passes_need_a_second_person_and_then_the_first_makes_them(
    place: Place, lin: Person, zhou: Person
) -> None:
    order_id = _order(lin, list=_list_of(ALONE_MAX + 1))
    assert _make(lin, order_id).status_code == 409
    agree = {"page": f"/desk/order?id={order_id}", "path": "/desk/order/agree"}
    assert lin.fill(**agree, id=order_id).status_code == 409
    assert place.count(issued) == 0
    assert order_id in zhou.see("/desk").text
    assert zhou.fill(**agree, id=order_id).status_code == 200
    assert _make(zhou, order_id).status_code == 409
    assert _make(lin, order_id).headers["Content-Type"] == "application/pdf"
    assert place.count(issued) == ALONE_MAX + 1
    assert {one.operator for one in deeds(place.engine) if one.deed == "agree"} == {"zhou"}


def test_many_small_lists_count_as_one_large_one(place: Place, lin: Person) -> None:
    first = _order(lin, list=_list_of(ALONE_MAX))
    second = _order(lin, list=_list_of(2))
    with reading(place.engine) as db:
        states = dict(db.execute(select(pass_order.c.id, pass_order.c.state)).all())  # type: ignore[arg-type]
    assert states == {first: "ready", second: "waiting"}


def test_an_order_that_was_let_go_is_never_made(place: Place, lin: Person) -> None:
    order_id = _order(lin)
    lin.fill(f"/desk/order?id={order_id}", "/desk/order/refuse", id=order_id)
    assert _make(lin, order_id).status_code in (200, 409)
    assert place.count(issued) == 0


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"sub": "short"}, "household"),
        ({"sub": "0000AB12"}, "household"),
        ({"grid": "65536"}, "grid"),
        ({"grid": "-1"}, "grid"),
        ({"grid": ""}, "grid"),
        ({"label": "Zhang Jian"}, "masked"),
        ({"label": "=A1"}, "masked"),
        ({"kind": "phone"}, "kind"),
        ({"size": "huge"}, "size"),
        ({"end": "2020-01-01"}, "last day"),
        ({"end": "tomorrow"}, "last day"),
        ({"list": "new 1\nnew x"}, "2: "),
        ({"list": "new"}, "1: "),
        ({"list": _list_of(201)}, "200"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(
    place: Place, lin: Person, fields: dict[str, str], says: str
) -> None:
    answer = lin.fill("/desk/issue", "/desk/issue", **{**ONE, **fields})
    assert answer.status_code == 400
    assert says in answer.text
    assert place.count(pass_order) == 0


def test_a_lost_card_ends_and_its_like_is_printed_in_one_step(
    place: Place, lin: Person
) -> None:
    cti = issued_to(place.engine, place.folder, SUB).hex()
    fields = {"id": cti, "reason": "丢了", "size": "large"}
    page = f"/desk/pass?id={cti}"
    token = csrf_in(lin.see(page).text)
    answer = lin.hand_in("/desk/pass/reissue", {"csrf": token, **fields})
    assert answer.headers["Content-Type"] == "application/pdf"
    again = lin.hand_in("/desk/pass/reissue", {"csrf": token, **fields})
    assert again.status_code == 409
    with reading(place.engine) as db:
        rows = find_passes(db, sub=SUB)
    assert sorted((row.is_revoked, row.replaces) for row in rows) == [
        (False, bytes.fromhex(cti)),
        (True, None),
    ]
    back = lin.hand_in("/desk/pass/restore", {"csrf": token, "id": cti})
    assert back.status_code == 409  # two passes in place of one


def test_a_pass_is_revoked_with_a_reason_and_restored(place: Place, lin: Person) -> None:
    cti = issued_to(place.engine, place.folder, SUB)
    page = f"/desk/pass?id={cti.hex()}"
    assert lin.fill(page, "/desk/pass/revoke", id=cti.hex(), reason=" ").status_code == 400
    shown = lin.fill(page, "/desk/pass/revoke", id=cti.hex(), reason="搬走了 <b>").text
    assert "搬走了 &lt;b&gt;" in shown
    assert "已作废" in shown
    assert "有效" in lin.fill(page, "/desk/pass/restore", id=cti.hex()).text
    done = [(one.operator, one.deed, one.subject) for one in deeds(place.engine)][:2]
    assert done == [("lin", "restore", cti.hex()), ("lin", "revoke", cti.hex())]


def test_a_pass_is_found_by_household_card_number_and_id(place: Place, lin: Person) -> None:
    cti = issued_to(place.engine, place.folder, SUB, card_no=17).hex()
    for typed in (SUB, SUB.lower(), "17", cti, cti.upper()):
        assert cti in lin.see("/desk/passes", params={"q": typed}).text
    assert cti not in lin.see("/desk/passes", params={"q": "18"}).text
    assert lin.see("/desk/passes", params={"q": "x' OR '1'='1"}).status_code == 400
    assert lin.see(f"/desk/pass?id={'0' * 16}").status_code == 404


def test_blank_cards_end_by_their_numbers(place: Place, lin: Person) -> None:
    for number in (10, 11, 12):
        issued_to(place.engine, place.folder, "0000000A", card_no=number)
    fields = {"first": "11", "last": "50", "reason": "一盒丢了"}
    answer = lin.fill("/desk/passes", "/desk/stock/revoke", **fields)
    assert "2 blank cards revoked" in answer.text
    assert place.count(revoked) == 2
    fields = {"first": "3", "last": "2", "reason": "x"}
    assert lin.fill("/desk/passes", "/desk/stock/revoke", **fields).status_code == 400


def test_without_the_issuers_key_it_says_where_passes_are_made(
    place: Place, lin: Person
) -> None:
    cti = issued_to(place.engine, place.folder, SUB).hex()
    token = csrf_in(lin.see("/desk").text)
    key = place.folder / "issuer.key"
    aside = key.rename(key.with_name("aside"))
    try:
        assert "passes are made elsewhere" in lin.see("/desk/issue").text
        assert lin.hand_in("/desk/issue", {"csrf": token, **ONE}).status_code == 409
        fields = {"csrf": token, "id": cti, "reason": "x"}
        refused = lin.hand_in("/desk/pass/reissue", {**fields, "size": "sheet"})
        assert refused.status_code == 409
        assert lin.hand_in("/desk/pass/revoke", fields).status_code == 200
    finally:
        aside.rename(key)
    assert place.count(revoked) == 1


# the log


def test_the_log_is_filtered_and_its_table_never_calculates(
    place: Place, lin: Person, zhou: Person
) -> None:
    with writing(place.engine) as db:
        for n, subject in enumerate(["=1+1", "+1", "-1", "@x", "\t=1", "＝1", 'plain, "x"']):
            db.exec_driver_sql(
                "INSERT INTO deed (at_ms, operator, deed, subject) VALUES (?, 'eve', 'x', ?)",
                (1_700_000_000_000 + n, subject),
            )
    only = lin.see("/desk/log", params={"who": "eve", "day": "2023-11-15"}).text
    assert only.count("<tr>") == 8
    assert "<td>zhou</td>" not in only
    assert lin.see("/desk/log", params={"day": "2023-11-14"}).text.count("<tr>") == 0
    table = lin.see("/desk/log.csv", params={"who": "eve"}).content.decode("utf-8-sig")
    subjects = [line.split(",", 3)[3] for line in table.splitlines()[1:]]
    assert '"plain, ""x"""' in subjects
    assert all(subject.startswith(("'", '"')) for subject in subjects)
    assert lin.see("/desk/log", params={"day": "99999-01-01"}).status_code == 400


# kiosks


@pytest.fixture
def kiosk(place: Place) -> Iterator[FarKiosk]:
    office = authority.load(place.folder)
    kiosk = FarKiosk(office.server, office.status.public_key().public_bytes_raw())
    authority.add_device(place.engine, kiosk.public, name="南门 <b>", now_ms=0)
    yield kiosk
    with writing(place.engine) as db:
        for name in ("entry", "log", "device"):
            db.exec_driver_sql(f"DELETE FROM {name}")


def test_a_frozen_kiosk_is_taken_again_by_somebody_with_a_name(
    place: Place, lin: Person, kiosk: FarKiosk
) -> None:
    kiosk.write(3)
    kiosk.open(kiosk.post(place.url, kiosk.request(kiosk.part(1, 3))).content)
    assert "Looked into" not in lin.see("/desk/kiosks").text
    fields = {"id": kiosk.device}
    assert lin.fill("/desk/kiosks", "/desk/kiosk/release", **fields).status_code == 409
    with writing(place.engine) as db:
        db.exec_driver_sql("UPDATE log SET forked_seq = 2")
    shown = lin.see("/desk/kiosks").text
    assert "Looked into" in shown
    assert "南门 &lt;b&gt;" in shown
    assert lin.fill("/desk/kiosks", "/desk/kiosk/release", **fields).status_code == 200
    assert "Looked into" not in lin.see("/desk/kiosks").text
    newest = deeds(place.engine)[0]
    assert (newest.operator, newest.deed, newest.subject) == ("lin", "release", kiosk.device)


def test_a_pass_at_two_gates_at_once_is_shown_to_the_desk(
    place: Place, lin: Person, kiosk: FarKiosk
) -> None:
    now_ms = int(time.time() * 1000)
    cti = issued_to(place.engine, place.folder, SUB)
    kiosk.write(2, gate="北门")
    kiosk.open(kiosk.post(place.url, kiosk.request(kiosk.part(1, 2))).content)
    with writing(place.engine) as db:
        change = entry.update().values(cti=cti, direction="in", decision="granted", reason=None)
        db.execute(change.where(entry.c.seq == 1).values(utc_ms=now_ms - 61_000))
        db.execute(change.where(entry.c.seq == 2).values(utc_ms=now_ms - 31_000, gate="南门"))
    shown = lin.see("/desk/odd").text
    assert cti.hex() in shown
    assert "两个门" in shown
    assert "北门、南门" in shown
