"""What config.yaml promises: it says everything, and every mistake is named at once."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from kiosk.config import Config, parse_config, read_config
from kiosk.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "config.yaml"


def problems_of(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, environ or {})
    return caught.value.problems


def keys_of(model: type[BaseModel]) -> set[str]:
    return {
        f"{name}.{key}"
        for name, field in model.model_fields.items()
        for key in getattr(field.annotation, "model_fields", {})
    }


def test_three_mistakes_are_named_at_once_with_their_paths() -> None:
    text = "thermometer: {baud: 9601}\ngate: {pulse_ms: 1}\nlane: {direction: up}\n"
    named = problems_of(text)
    assert [p.split(":")[0] for p in named] == [
        "lane.direction",
        "thermometer.baud",
        "gate.pulse_ms",
    ]
    assert "9601" in named[1]


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    empty = tmp_path / "config.yaml"
    empty.write_text("", "utf-8")
    assert read_config(empty, {}) == Config()


def test_a_section_without_keys_is_all_defaults() -> None:
    assert parse_config("camera:\ngate:\n", {}) == Config()


def test_the_environment_overrides_one_key() -> None:
    environ = {"KIOSK_CENTRAL__URL": "https://central.example/", "KIOSK_GATE__PIN": "5"}
    config = parse_config("gate: {pin: 4}", environ)
    assert config.central.url == "https://central.example"
    assert config.gate.pin == 5


def test_a_mistake_in_the_environment_is_named_like_one_in_the_file() -> None:
    assert problems_of("", {"KIOSK_SCREEN__PORT": "0"})[0].startswith("screen.port: 0")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("gate: {pni: 4}", "gate.pni"),
        ("doors: {}", "doors"),
        ("central: {url: 'http://10.0.0.5'}", "central.url"),
        ("site: {timezone: Mars/Olympus}", "site.timezone"),
        ("gate: {pin: 4, lamp_pin: 4}", "gate"),
        ("gate: {pulse_ms: 2000}", "gate.pulse_ms"),
        ("screen: {host: 0.0.0.0}", "screen.host"),
        ("rules: {file: a}\ncentral: {url: 'https://a.example'}", "rules.file"),
    ],
)
def test_what_may_not_be_set_is_named_with_its_path(text: str, path: str) -> None:
    assert problems_of(text)[0].startswith(f"{path}: ")


@pytest.mark.parametrize("text", ["- a", "a: [", "just words", "\x00", "[" * 5000])
def test_a_file_that_is_not_sections_is_one_named_problem(text: str) -> None:
    assert problems_of(text)[0].startswith("config: ")


def test_a_file_that_is_missing_or_not_text_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"site: {gate: \xc4}")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_config(latin, {})
    with pytest.raises(ConfigError, match="No such file"):
        read_config(tmp_path / "none.yaml", {})


def test_the_shipped_file_is_exactly_the_defaults() -> None:
    assert read_config(SAMPLE, {}) == Config()


def test_the_shipped_file_has_every_key_and_no_other() -> None:
    tree = yaml.safe_load(SAMPLE.read_text("utf-8"))
    written = {f"{name}.{key}" for name, part in tree.items() for key in part}
    assert written == keys_of(Config)


def test_every_key_of_the_shipped_file_says_its_default() -> None:
    lines = [
        line for line in SAMPLE.read_text("utf-8").splitlines() if re.match(r"  [a-z_]+:", line)
    ]
    assert len(lines) == len(keys_of(Config))
    for line in lines:
        key, _, comment = line.partition(" # ")
        value = key.partition(":")[2].strip()
        assert comment.endswith(f"; default {value}"), line


UNITS = {"_s": "seconds", "_c": "Celsius", "_px": "pixels", "_ms": "milliseconds"}


def test_every_key_with_a_unit_says_it_in_a_word() -> None:
    for line in SAMPLE.read_text("utf-8").splitlines():
        found = re.match(r"  [a-z_]+?(_s|_c|_px|_ms)(?:_max)?:", line)
        if found:
            assert UNITS[found[1]] in line, line


@given(st.text(max_size=200))
def test_any_text_is_a_config_or_a_list_of_problems(text: str) -> None:
    try:
        config = parse_config(text, {})
    except ConfigError as exc:
        assert exc.problems
        assert all(exc.problems)
    else:
        assert isinstance(config, Config)


def test_a_mistake_is_found_by_its_line_and_a_slip_by_what_was_meant() -> None:
    text = "gate:\n  pin: 4\n  pulse_mss: 500\ncamra:\n  fps: 30\n"
    text += "thermometer:\n  distance_cm: [1, x]\n"
    said = problems_of(text)
    assert "gate.pulse_mss: no such key; did you mean pulse_ms? (line 3)" in said
    assert "camra: no such key; did you mean camera? (line 4)" in said
    assert any(p.startswith("thermometer.distance_cm.1: 'x'") and "(line 7)" in p for p in said)


def test_a_key_like_no_other_is_not_guessed_at() -> None:
    assert problems_of("gate: {colour: red}") == ["gate.colour: no such key (line 1)"]


def test_what_clashes_is_found_by_its_line() -> None:
    text = "gate:\n  pin: 4\n\n  pulse_ms: 2000\n"
    assert problems_of(text) == ["gate.pulse_ms: 2000 is above gate.pulse_ms_max (line 4)"]


def test_a_mistake_of_the_environment_names_its_variable() -> None:
    said = problems_of("gate:\n  pin: 4\n", {"KIOSK_GATE__PIN": "99", "KIOSK_GATE__PNI": "1"})
    assert [p.rpartition("(")[2] for p in said] == ["KIOSK_GATE__PIN)", "KIOSK_GATE__PNI)"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "site: {gate: a}\nlane: {}\nsite: {phone: '1'}\n",
            "site: stands twice, on lines 1 and 3",
        ),
        ("gate:\n  pin: 4\n  pin: 5\n", "gate.pin: stands twice, on lines 2 and 3"),
    ],
)
def test_a_key_that_stands_twice_is_no_matter_of_which_comes_last(text: str, says: str) -> None:
    assert problems_of(text) == [says]
