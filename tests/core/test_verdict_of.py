"""The quick answer is the same as the one with its trace."""

import pytest

from kiosk.core.rules import Rules, decide, verdict_of
from kiosk.rulebook.emergency import worst_cases
from kiosk.rulebook.presets import PRESETS, preset_text
from kiosk.rulebook.reading import read_rules


@pytest.mark.parametrize("rules", [Rules(), *(read_rules(preset_text(n)) for n in PRESETS)])
def test_the_quick_answer_is_that_of_the_whole_trace(rules: Rules) -> None:
    cases = [case for _, case in worst_cases()]
    assert [verdict_of(c, rules) for c in cases] == [decide(c, rules).verdict for c in cases]
