"""`kiosk bench journal`: an entry costs the card about one flush, and it is measured."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.bench.journal import command, file_system
from tests.conftest import IS_STRICT

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None and not IS_STRICT, reason="strace is not installed"
)


@needs_strace
def test_an_entry_costs_about_one_flush_and_less_than_a_plain_insert(tmp_path: Path) -> None:
    if file_system(tmp_path) == "tmpfs":
        pytest.skip("the temporary folder is no disk")
    options = ["--json", "--entries", "200", "--folder", str(tmp_path)]
    done = CliRunner().invoke(command, options)
    report = json.loads(done.output)
    assert done.exit_code == 0
    assert report["journal"]["flushes_per_entry"] <= 1.2 < report["plain"]["flushes_per_entry"]
    assert report["journal"]["bytes_per_entry"] <= 10_000
    assert report["journal"]["commit_ms"]["p95"] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_bench_in_memory_is_refused() -> None:
    folder = next((p for p in ("/dev/shm", "/run") if _is_memory(Path(p))), None)
    if folder is None:
        pytest.skip("no folder in memory here")
    done = CliRunner().invoke(command, ["--folder", folder])
    assert done.exit_code == 2 and "--folder" in done.output


def _is_memory(folder: Path) -> bool:
    return folder.is_dir() and file_system(folder) == "tmpfs"


def test_without_strace_it_says_what_to_install(tmp_path: Path) -> None:
    if file_system(tmp_path) == "tmpfs":
        pytest.skip("the temporary folder is no disk")
    runner = CliRunner(env={"PATH": str(tmp_path)})
    done = runner.invoke(command, ["--folder", str(tmp_path)])
    assert done.exit_code == 2 and "apt install strace" in done.output
