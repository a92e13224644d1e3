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
    text = "version: 7\ntemperature: {elevated_c: 37.2}\ncold: {acclimatisation: lobby}\n"
    file.write_text(text, "utf-8")
    rules = load_rules(str(file))
    assert rules == Rules(version=7, elevated_c=37.2, acclimatisation=Acclimatisation.LOBBY)


def test_a_preset_is_taken_by_its_name() -> None:
    assert load_rules("closed").name == "closed"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("temperature: {elevated_c: 45}", "elevated_c: 45 is above 38"),
        ("temperature: {elevated_c: 36.0}", "elevated_c: 36.0 is below 36.5"),
        ("temperature: {elevated_c: warm}", "elevated_c: 'warm' is not a number"),
        ("temperature: {rounds: 3.5}", "rounds: 3.5 is not a whole number"),
        ("temperature: {feverish: 38}", "feverish: no such key"),
        ("pass: {unsure_clock: pray}", "unsure_clock: 'pray' must be"),
        ("temperature: {elevated_c: .nan}", "elevated_c: '.nan' is not a number"),
        ("cold: {acclimatisation: hurry}", "acclimatisation: 'hurry' must be"),
        ("cold: {lobby_wait: 60s}", "lobby_wait: '60s' is shorter than 10min"),  # FDA's ten
        ("cold: {twice_agree_c: 1.0}", "twice_agree_c: 1.0 is above 0.2"),
        ("temperature: {typed_low_c: 34.0}", "typed_low_c: 34.0 is below 35"),
        ("cold: {outdoors_below_c: -20}", "outdoors_below_c: -20 is below 5"),
        ("- 1", "rules.file"),
        ("a: [", "rules.file"),
    ],
)
def test_rules_that_make_no_sense_are_refused(tmp_path: Path, text: str, about: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(f"version: 1\n{text}\n", "utf-8")
    with pytest.raises(ConfigError, match=about):
        load_rules(str(file))
