"""What the script expects by the shipped rules: as a clerk reads them, not as the gate does."""

import pytest

from kiosk.simulate.town import Expected, Person, Shows, Story, make_town
from kiosk.simulate.town_rules import Clerk, Preset, who_stays_in

TOWN = make_town(1)
FIRST = TOWN.residents[0]
FAMILY = next(r for r in TOWN.residents[1:] if r.sub == FIRST.sub)
OTHER = next(r for r in TOWN.residents if r.sub != FIRST.sub)
DAY, NIGHT = 12, 23


def person(number: int, story: Story = Story.GOOD, resident: object = FIRST) -> Person:
    same_as = number - 1 if story in (Story.SECOND_SCAN, Story.LENT) else None
    return Person(number, resident, story, Shows.CARD, 34.0, same_as)  # type: ignore[arg-type]


def said(clerk: Clerk, who: Person, hour: int = DAY) -> str | None:
    told = clerk.judge(who, hour, is_thermometer_broken=False)
    assert told.opens == (told.decision == "granted") or told.decision is None
    return told.reason or told.decision


def test_one_of_a_household_goes_out_and_showing_the_card_again_changes_nothing() -> None:
    clerk = Clerk(Preset.CLOSED, goes_out=True)
    assert said(clerk, person(0)) == "granted"
    again = clerk.judge(person(1, Story.SECOND_SCAN), DAY, is_thermometer_broken=False)
    assert again == Expected(None, None, opens=True)
    assert said(clerk, person(2, resident=FAMILY)) == "quota"
    again = clerk.judge(person(3, Story.SECOND_SCAN, FAMILY), DAY, is_thermometer_broken=False)
    assert again == Expected(None, None, opens=False)
    assert said(clerk, person(4, resident=OTHER)) == "granted"


def test_a_fever_uses_no_trip_up_and_is_looked_at_after_the_trip_only() -> None:
    clerk = Clerk(Preset.CLOSED, goes_out=True)
    assert said(clerk, person(0, Story.FEVERISH)) == "elevated"
    assert said(clerk, person(1)) == "granted"
    assert said(clerk, person(2, Story.FEVERISH, FAMILY)) == "quota"


@pytest.mark.parametrize("preset", Preset)
def test_an_order_bars_ways_out_and_no_way_home(preset: Preset) -> None:
    stays_in = frozenset({who_stays_in([person(0)])})
    assert said(Clerk(preset, goes_out=True, stays_in=stays_in), person(0)) == "isolation"
    assert said(Clerk(preset, goes_out=False, stays_in=stays_in), person(0)) == "granted"


@pytest.mark.parametrize(
    ("preset", "goes_out", "reason"),
    [
        (Preset.USUAL, True, "granted"),
        (Preset.OPEN, True, "granted"),
        (Preset.CONTROLLED, True, "hours"),
        (Preset.CONTROLLED, False, "hours"),
        (Preset.CLOSED, True, "hours"),
        (Preset.CLOSED, False, "granted"),
    ],
)
def test_what_the_night_means(preset: Preset, goes_out: bool, reason: str) -> None:
    assert said(Clerk(preset, goes_out), person(0), NIGHT) == reason


def test_open_measures_nobody_on_the_way_out() -> None:
    assert said(Clerk(Preset.OPEN, goes_out=True), person(0, Story.FEVERISH)) == "granted"
    assert said(Clerk(Preset.OPEN), person(0, Story.FEVERISH)) == "elevated"


def test_a_lent_card_is_seen_on_the_way_in_and_counts_as_the_household_s_on_the_way_out() -> (
    None
):
    for clerk, expected in (
        (Clerk(), "passback"),
        (Clerk(goes_out=True), "granted"),
        (Clerk(Preset.CLOSED, goes_out=True), "quota"),
    ):
        assert said(clerk, person(0)) == "granted"
        assert said(clerk, person(1, Story.LENT)) == expected
