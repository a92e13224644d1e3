"""A command that wants more than is installed says what, in one sentence."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("arguments", "missing", "extra"),
    [
        ("bench screen --help", "playwright", "test"),
        ("central run --help", "fastapi", "central"),
        ("pass stock --help", "sqlalchemy", "central"),
    ],
)
def test_what_is_not_installed_is_named_with_its_cure(
    arguments: str, missing: str, extra: str
) -> None:
    script = f"import sys; sys.modules[{missing!r}] = None; from kiosk.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert missing in done.stderr and f"gate-kiosk[{extra}]" in done.stderr
    assert "Traceback" not in done.stderr
