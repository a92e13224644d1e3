"""A broken file never stops a gate that ran before; a first one is refused."""

from pathlib import Path

import pytest

from kiosk.config import StateDir
from kiosk.core.rules import Acclimatisation, Rules
from kiosk.errors import ConfigError, JournalError
from kiosk.runtime.startup import SoleRight, load_config, load_rules

GOOD = "site: {gate: 北门}\n"
BROKEN = "site: {gate: ''}\ncamera: {fps: 900, colour: red}\n"


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    folder = StateDir(tmp_path / "state")
    folder.make()
    return folder


def test_the_last_good_config_serves_for_a_broken_one(tmp_path: Path, state: StateDir) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD, "utf-8")
    config, problems = load_config(file, state)
    assert (config.site.gate, problems) == ("北门", ())
    file.write_text(BROKEN, "utf-8")
    config, problems = load_config(file, state)
    assert config.site.gate == "北门"
    assert [p.partition(":")[0] for p in problems] == [
        "site.gate",
        "camera.fps",
        "camera.colour",
    ]


def test_a_broken_first_config_names_all_its_mistakes(tmp_path: Path, state: StateDir) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(BROKEN, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file, state)
    assert len(caught.value.problems) == 3


def test_one_state_has_one_gate(state: StateDir) -> None:
    first = SoleRight(state)
    with pytest.raises(JournalError, match="another kiosk"):
        SoleRight(state)
    first.close()
    SoleRight(state).close()


def test_rules_of_ones_own_change_what_they_name(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("elevated_c: 37.2\nacclimatisation: lobby\nversion: 7\n", "utf-8")
    rules = load_rules(str(file))
    assert rules == Rules(version=7, elevated_c=37.2, acclimatisation=Acclimatisation.LOBBY)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("elevated_c: 45\n", "sane"),
        ("elevated_c: 36.0\n", "sane"),
        ("elevated_c: warm\n", "elevated_c"),
        ("rounds_max: 2.5\n", "rounds_max"),
        ("feverish: 38\n", "no such rule"),
        ("unsure_clock: pray\n", "unsure_clock"),
        ("elevated_c: .nan\n", "sane"),
        ("acclimatisation: hurry\n", "acclimatisation"),
        ("lobby_wait_s: 60\n", "sane"),  # less than FDA's ten minutes
        ("twice_agree_c: 1.0\n", "sane"),
        ("typed_low_c: 34.0\n", "sane"),
        ("cold_outdoors_c: -20\n", "sane"),
        ("- 1\n", "keys"),
        ("a: [\n", "rules.file"),
    ],
)
def test_rules_that_make_no_sense_are_refused(tmp_path: Path, text: str, about: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=about):
        load_rules(str(file))
