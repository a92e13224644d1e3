"""When the power fails, every entry whose commit had returned is there, in one chain.

A kill says nothing about this: a journal that never syncs survives every kill. So the same
test is run on a journal that does not sync, and must fail there.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.journal.chain import check_chain, find_damage

ROOT = Path(__file__).parents[2]
WITHIN_S = 10.0


@contextmanager
def mounted(folder: Path, mode: str, seed: int) -> Iterator[subprocess.Popen[str]]:
    """Mount the failing disk; unmounted and ended whatever happens."""
    backing, mount = folder / "disk", folder / "mount"
    for path in (backing, mount):
        path.mkdir(exist_ok=True)
    line = [sys.executable, "-m", "tests.journal.power_cut_fs"]
    line += [str(backing), str(mount), mode, str(seed)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, cwd=ROOT, **pipes) as disk:
        try:
            deadline_s = time.monotonic() + WITHIN_S
            while not mount.is_mount() and time.monotonic() < deadline_s:
                time.sleep(0.01)
            assert mount.is_mount()
            yield disk
        finally:
            subprocess.run(["fusermount3", "-u", "-z", str(mount)], check=False)
            disk.kill()


def cut_power(disk: subprocess.Popen[str]) -> None:
    assert disk.stdin is not None and disk.stdout is not None
    disk.stdin.write("cut\n")
    disk.stdin.flush()
    assert disk.stdout.readline() == "dark\n"


def write_until_the_cut(folder: Path, mode: str, seed: int, *options: str) -> int:
    """Record entries, cut the power, and return the newest that was recorded before it."""
    rng = random.Random(seed)
    journal = folder / "mount" / "journal.db"
    line = [sys.executable, "-m", "tests.journal.writer", str(journal), *options]
    with (
        mounted(folder, mode, seed) as disk,
        subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer,
    ):
        assert writer.stdout is not None and writer.stdout.readline().startswith("ready")
        time.sleep(rng.uniform(0.05, 0.25))
        cut_ns = time.monotonic_ns()  # what is said later cannot have left a dark machine
        cut_power(disk)
        writer.kill()
        said = [line.split() for line in writer.stdout.read().splitlines()]
    return max((int(seq) for seq, at in said if seq.isdigit() and int(at) < cut_ns), default=0)


@pytest.mark.needs_fuse
@pytest.mark.parametrize("mode", ["drop", "subset", "prefix"])
def test_no_recorded_entry_is_lost_when_the_power_fails(tmp_path: Path, mode: str) -> None:
    recorded = 0
    for seed in range(6):
        recorded = max(recorded, write_until_the_cut(tmp_path, mode, seed, "20"))
        path = tmp_path / "disk" / "journal.db"
        assert find_damage(path) == ""
        checked = check_chain(path)
        assert checked.broken_seq is None, checked.why
        assert checked.newest_seq >= recorded
        recorded = checked.newest_seq
        assert list(path.parent.glob("*corrupt*")) == []
    assert recorded > 6


@pytest.mark.needs_fuse
def test_the_test_above_can_fail(tmp_path: Path) -> None:
    recorded = write_until_the_cut(tmp_path, "drop", 1, "0", "careless")
    assert recorded > check_chain(tmp_path / "disk" / "journal.db").newest_seq
