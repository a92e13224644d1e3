"""Another version of the rules begins by itself, and the log says so once."""

import logging
from pathlib import Path

import pytest

from kiosk.runtime.rules_now import RulesNow
from kiosk.timing import ManualClock
from tests.rulebook.test_envelope import signed, store


def test_the_log_names_each_version_when_it_begins(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = ManualClock()
    kept = store(tmp_path, clock)
    rules_now = RulesNow(kept.current)
    kept.take((signed(3), signed(4, "from: 2027-01-06")))
    seen = []
    for _ in range(18):
        seen.append(rules_now(clock.now()).version)
        clock.advance(3600)
    assert seen == [3] * 16 + [4] * 2
    assert caplog.text.count("rules.applied") == 2
