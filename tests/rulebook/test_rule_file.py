"""A rule file: what is written is what counts, and every mistake has its path."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_values import any_rules

from kiosk.core.rules import USUAL_ORDER, Rules
from kiosk.core.rules_community import Beyond, Hours, Per, Quota
from kiosk.core.words import Direction
from kiosk.errors import ConfigError
from kiosk.rulebook.emergency import may_refuse_emergency
from kiosk.rulebook.presets import PRESETS, preset_text
from kiosk.rulebook.reading import read_rules
from kiosk.rulebook.sections import PLAIN
from kiosk.rulebook.tree import BYTES_MAX
from kiosk.rulebook.writing import to_yaml

OUT_OF_PLAIN = {
    "version", "name", "from_ms", "order", "acclimatisation", "unsure_clock", "hours",
    "quotas", "refers_unknown", "refers_already_out", "measured", "visitors", "vehicles",
    "returnees",
}  # fmt: skip


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_rules(text)
    return caught.value.problems


@settings(max_examples=150, deadline=None)
@given(any_rules(), st.sampled_from((28_800, 0, -18_000)))
def test_rules_that_are_written_are_read_again_as_they_were(
    rules: Rules, offset_s: int
) -> None:
    text = to_yaml(rules, utc_offset_s=offset_s)
    assert read_rules(text, utc_offset_s=offset_s) == rules


def test_every_number_of_the_rules_can_be_written_in_a_file() -> None:
    plain = {row.field for row in PLAIN}
    assert plain | OUT_OF_PLAIN == {field.name for field in fields(Rules)}


def test_a_version_alone_gives_the_usual_rules() -> None:
    assert read_rules("version: 1") == Rules()


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_without_mistakes(name: str) -> None:
    rules = read_rules(preset_text(name))
    assert rules.name == name
    assert read_rules(to_yaml(rules)) == rules


def test_closed_lets_one_of_a_household_out_every_two_days() -> None:
    rules = read_rules(preset_text("closed"))
    assert rules.quotas == (Quota(Per.HOUSEHOLD, trips=1, days=2, beyond=Beyond.DENY),)
    assert rules.hours == (Hours(((360, 1320),), frozenset({Direction.OUT}), Beyond.DENY),)


def test_times_are_written_with_a_unit_or_the_unit_in_the_key() -> None:
    rules = read_rules(
        "version: 2\nvisitors: {stay_h: 3, regular_reading: 90min}\npass: {list_age_max: 2d}"
    )
    assert rules.visitors.stay_s == 10_800
    assert rules.visitors.regular_reading_s == 5400
    assert rules.list_age_max_s == 172_800


def test_a_window_past_midnight_is_two() -> None:
    rules = read_rules("version: 1\nhours: [{windows: ['22:00-06:00']}]")
    assert rules.hours[0].windows == ((0, 360), (1320, 1440))


@pytest.mark.parametrize(
    ("written", "offset_s", "from_ms"),
    [
        ("2026-02-10", 28_800, 1_770_652_800_000),
        ("2026-02-10 06:00", 28_800, 1_770_674_400_000),
        ("2026-02-10", 0, 1_770_681_600_000),
    ],
)
def test_a_date_is_local(written: str, offset_s: int, from_ms: int) -> None:
    text = f"version: 1\nfrom: {written}"
    assert read_rules(text, utc_offset_s=offset_s).from_ms == from_ms


WRONG = [
    ("name: a", "rules.version: is missing"),
    ("version: 0", "rules.version: 0 is below 1"),
    ("version: true", "rules.version: True is not a whole number"),
    ("version: 010", "rules.version: '010' is not a whole number"),
    ("version: 1\nversion: 2", "rules.version: stands twice"),
    ("version: 1\nquota: []", "rules.quota: no such key"),
    (
        "version: 1\nquotas: [{per: person, trips: -1, days: 2}]",
        "rules.quotas[0].trips: -1 is below 0",
    ),
    (
        "version: 1\nquotas: [{per: person, trips: 1, days: 0}]",
        "rules.quotas[0].days: 0 is below 1",
    ),
    (
        "version: 1\nquotas: [{per: grid, trips: 1, days: 1}]",
        "rules.quotas[0].per: 'grid' must be household or person",
    ),
    (
        "version: 1\nquotas: [{per: person, trips: 1, days: 2}, "
        "{per: person, trips: 3, days: 2}]",
        "rules.quotas[1]: per person in 2 days stands at [0] too",
    ),
    (
        "version: 1\nhours: [{windows: ['06:00-12:00', '11:00-13:00']}]",
        "rules.hours[0].windows[1]: 11:00-13:00 overlaps hours[0].windows[0], 06:00-12:00",
    ),
    (
        "version: 1\nhours: [{windows: ['22:00-06:00']}, {windows: ['05:00-07:00']}]",
        "rules.hours[1].windows[0]: 05:00-07:00 overlaps hours[0].windows[0], 00:00-06:00",
    ),
    (
        "version: 1\ncold: {lobby_wait: 60min, lobby_holds: 60min}",
        "rules.cold.lobby_wait: must be shorter than lobby_holds",
    ),
    (
        "version: 1\nhours: [{windows: ['06:00-06:00']}]",
        "rules.hours[0].windows[0]: '06:00-06:00' is empty; the whole day is 00:00-24:00",
    ),
    (
        "version: 1\nhours: [{windows: ['06:00-25:00']}]",
        "rules.hours[0].windows[0]: '06:00-25:00' has no 25:00; a day goes from 00:00 to 24:00",
    ),
    ("version: 1\nhours: [{windows: []}]", "rules.hours[0].windows: [] is empty"),
    (
        "version: 1\nhours: [{windows: ['06:00-09:00']}, "
        "{windows: ['10:00-11:00'], outside: deny}]",
        "rules.hours[1].outside: deny, but hours[0] says refer for the same way (in)",
    ),
    (
        "version: 1\ntemperature: {elevated_c: 36.9}",
        "rules.temperature.retest_from_c: 37.0 is above elevated_c, 36.9",
    ),
    (
        "version: 1\ntemperature: {elevated_c: 41}",
        "rules.temperature.elevated_c: 41 is above 38",
    ),
    (
        "version: 1\nvisitors: {stay: 4}",
        "rules.visitors.stay: 4 needs its unit: 30s, 15min, 4h or 7d",
    ),
    ("version: 1\nvisitors: {stay: 0s}", "rules.visitors.stay: '0s' is shorter than 5min"),
    (
        "version: 1\nreturnees: {regions: {Wuhan: high}}",
        "rules.returnees.regions.Wuhan: 'Wuhan' is not a region code of two to six digits, "
        "such as 4201",
    ),
    (
        "version: 1\nreturnees: {low_days: 15}",
        "rules.returnees.low_days: 15 is above medium_days, 14",
    ),
    (
        "version: 1\nfrom: 2026-02-30",
        "rules.from: '2026-02-30' is no day of the calendar, or no time of a day",
    ),
    ("version: !!python/name:os.system 1", "rules.version: "),
    ("version: 1\nisolation: {days: 0}", "rules.isolation.days: 0 is below 1"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_each_mistake_is_named_with_its_path(text: str, problem: str) -> None:
    assert any(told.startswith(problem) for told in problems_of(text))


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    text = (
        "version: 1\nquotas: [{per: person, trips: -1, days: 1}]\nvisitors: {stay: soon}\n"
        "temperature: {elevated_c: 36.9}\norder: [emergency]\nshops: 1\nname: a\nname: b"
    )
    paths = {problem.split(":")[0] for problem in problems_of(text)}
    assert paths >= {
        "rules.quotas[0].trips", "rules.visitors.stay", "rules.temperature.retest_from_c",
        "rules.order", "rules.shops", "rules.name",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [1]\nb: [*a, *a]",
        "[" * 30_000,
        "{a: " * 20_000,
        "version: 1\n#" + "x" * BYTES_MAX,
        "\x00",
        "",
        "- 1",
        "version: [1",
        "? [a]\n: 1",
        "\ud800",
    ],
)
def test_a_hostile_file_is_refused_in_words(text: str) -> None:
    assert problems_of(text)[0].startswith("rules")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        assert isinstance(read_rules(text), Rules)
    except ConfigError as exc:
        assert exc.problems


def moved(name: str, before: str) -> tuple[str, ...]:
    order = [one for one in USUAL_ORDER if one != name]
    order.insert(order.index(before), name)
    return tuple(order)


def without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in USUAL_ORDER if name not in names)


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (moved("validity", "emergency"), "validity stands before emergency"),
        (moved("isolation", "emergency"), "isolation stands before emergency"),
        (moved("quota", "validity"), "quota stands before validity"),
        (moved("admission", "elevated"), "the rules about temperatures must stand as"),
        (moved("unmeasured", "isolation"), "isolation stands behind unmeasured"),
        (moved("typed", "blank"), "blank stands behind typed, which may admit"),
        (without("emergency"), "emergency is missing"),
        (without("isolation"), "isolation is missing"),
        ((*USUAL_ORDER, "quota"), "quota stands twice"),
        ((*USUAL_ORDER, "luck"), "'luck': there is no such rule"),
    ],
)
def test_an_order_that_admits_before_it_looks_is_refused(
    order: tuple[str, ...], problem: str
) -> None:
    text = to_yaml(replace(Rules(), order=order))
    assert any(problem in told for told in problems_of(text))


def test_rules_that_nobody_needs_may_be_left_out() -> None:
    order = without("direction", "regular", "passback")
    assert read_rules(to_yaml(replace(Rules(), order=order))).order == order


def test_a_section_whose_rule_is_left_out_is_a_mistake() -> None:
    rules = replace(Rules(), order=without("quota"), quotas=(Quota(Per.PERSON, 1, 1),))
    assert problems_of(to_yaml(rules)) == [
        "rules.order: quota is missing, yet its section is written"
    ]


@pytest.mark.parametrize("before", USUAL_ORDER[1:])
def test_a_sabotaged_order_that_keeps_somebody_in_is_found_by_trying(before: str) -> None:
    order = [name for name in USUAL_ORDER if name != "emergency"]
    order.insert(order.index(before) + 1, "emergency")
    rules = replace(
        read_rules(preset_text("closed")),
        order=tuple(order),
        refers_unknown=True,
        hours=(Hours(((720, 721),)),),
    )
    silent = {"visit_out", "direction", "passback", "regular", "unmeasured"}
    assert may_refuse_emergency(rules) or before in silent


def test_an_order_without_emergency_is_found_by_trying() -> None:
    assert may_refuse_emergency(replace(Rules(), order=without("emergency")))
    assert may_refuse_emergency(replace(Rules(), order=())) == ""
