"""What the dates of a pass mean under each state of the clock."""

import pytest

from kiosk.core.words import Credential, PassWarning, Refusal, Refused
from kiosk.passes.lists import Lists
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState
from tests.passes.making import EXP_S, NBF_S, TRUST, VECTOR, stamp


@pytest.mark.parametrize("state", [ClockState.TRUSTED, ClockState.HOLDOVER])
@pytest.mark.parametrize(
    ("second", "reason"), [(NBF_S - 1, Refusal.NOT_YET), (EXP_S, Refusal.EXPIRED)]
)
def test_clock_that_is_believed_decides(
    state: ClockState, second: int, reason: Refusal
) -> None:
    shown = verify_text(VECTOR, Lists(TRUST), stamp(second, state))
    assert isinstance(shown, Refused)
    assert shown.reason is reason


@pytest.mark.parametrize("state", [ClockState.TRUSTED, ClockState.HOLDOVER])
def test_clock_that_is_believed_warns_of_nothing(state: ClockState) -> None:
    shown = verify_text(VECTOR, Lists(TRUST), stamp(NBF_S, state))
    assert isinstance(shown, Credential)
    assert shown.warnings == ()


@pytest.mark.parametrize("second", [0, NBF_S - 1, NBF_S, EXP_S - 1])
def test_unsure_clock_admits_with_a_warning_what_its_floor_does_not_rule_out(
    second: int,
) -> None:
    shown = verify_text(VECTOR, Lists(TRUST), stamp(second, ClockState.UNSURE))
    assert isinstance(shown, Credential)
    assert shown.warnings == (PassWarning.TIME_UNSURE,)


@pytest.mark.parametrize("second", [EXP_S, 2**32 + 1])
def test_unsure_clock_whose_floor_is_past_the_end_refuses_for_certain(second: int) -> None:
    shown = verify_text(VECTOR, Lists(TRUST), stamp(second, ClockState.UNSURE))
    assert isinstance(shown, Refused)
    assert shown.reason is Refusal.EXPIRED
