"""Rules are published once and whole; kiosks are told what they lack, and no more."""

import pytest
from click.testing import CliRunner, Result

from kiosk.central import rules_out
from kiosk.central.deeds import newest_deeds
from kiosk.central.store import writing
from kiosk.cli import cli
from kiosk.core.rules import Rules
from kiosk.errors import ConfigError
from kiosk.rulebook.envelope import open_rules
from kiosk.rulebook.presets import preset_text
from tests.central.office import Office
from tests.central.test_lists_out import hand_out
from tests.central.test_revocations import NOW_MS


def publish(office: Office, text: str) -> Rules:
    with writing(office.engine) as db:
        status = office.authority.status
        return rules_out.publish(db, status, text, by="王主任", now_ms=NOW_MS)


def told(office: Office, have: int, *, lane: str = "bulk") -> list[int]:
    request = office.kiosk.request(None, have=(1, 0, 0, 0, 0, 0, have), lane=lane)
    found = []
    for document in office.ask(request).rules:
        rules = open_rules(document, office.kiosk.status_public, "lanyuan")
        assert isinstance(rules, Rules), rules
        found.append(rules.version)
    return found


def test_kiosk_is_told_what_counts_and_what_waits(office: Office) -> None:
    hand_out(office)
    publish(office, "version: 1")
    publish(office, preset_text("closed").replace("version: 1", "version: 2"))
    publish(office, "version: 3\nfrom: 2090-01-01")
    assert told(office, 0) == [2, 3], "version 1 counts no more"
    assert told(office, 2) == [3]
    assert told(office, 3) == []
    assert told(office, 0, lane="urgent") == []


def test_no_version_is_published_twice_or_backwards(office: Office) -> None:
    hand_out(office)
    publish(office, "version: 5")
    for version in (4, 5):
        with pytest.raises(ConfigError, match=f"{version} is not above 5"):
            publish(office, f"version: {version}")
    assert told(office, 0) == [5]


def test_wrong_rules_are_not_published_and_every_mistake_is_told(office: Office) -> None:
    hand_out(office)
    with pytest.raises(ConfigError) as caught:
        publish(office, "version: 1\nshops: 1\nisolation: {days: 0}")
    assert len(caught.value.problems) == 2
    assert told(office, 0) == []


def test_long_rules_come_in_several_answers(office: Office) -> None:
    hand_out(office)
    for n in range(1, 7):
        publish(office, f"version: {n}\nfrom: 2090-01-0{n}\n#{'x' * 60_000}")
    first = told(office, 0)
    assert first == [1, 2, 3, 4]
    assert told(office, first[-1]) == [5, 6]


def test_more_waiting_versions_than_a_kiosk_keeps_are_refused(office: Office) -> None:
    hand_out(office)
    for n in range(1, 8):
        publish(office, f"version: {n}\nfrom: 2090-01-0{n}")
    with pytest.raises(ConfigError, match="wait for their date"):
        publish(office, "version: 8\nfrom: 2090-01-08")
    assert publish(office, "version: 8").version == 8


def command(office: Office, *args: str) -> Result:
    return CliRunner().invoke(cli, ["central", "rules", *args, "--state", str(office.folder)])


def test_publishing_by_command_is_noted_with_its_name(office: Office) -> None:
    hand_out(office)
    assert command(office, "publish", "controlled", "--by", "王主任").exit_code == 0
    listed = command(office, "list").stdout
    assert listed.startswith("1\tcontrolled\tat once\t") and listed.rstrip().endswith("王主任")
    assert command(office, "show", "1").stdout == preset_text("controlled")
    assert command(office, "show", "2").exit_code == 1
    with writing(office.engine) as db:
        (deed,) = newest_deeds(db)
    assert (deed.operator, deed.deed, deed.subject) == ("王主任", "rules_publish", "version 1")
