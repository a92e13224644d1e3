"""What is installed: everything the program reads while it runs is in the package."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as setup.py builds it."""
    target = tmp_path_factory.mktemp("built")
    subprocess.run(
        [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return target


def files_below(folder: Path, start: Path) -> set[str]:
    return {
        p.relative_to(start).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and p.suffix not in (".pyc", ".md")
    }


def test_every_file_of_the_program_gets_into_the_package(built: Path) -> None:
    wanted = files_below(ROOT / "kiosk", ROOT)
    assert wanted
    assert wanted - files_below(built, built) == set()


def test_the_floors_named_in_the_contracts_exist() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    floors = {f.name for f in (ROOT / "kiosk").iterdir() if (f / "__init__.py").is_file()}
    named = " ".join(settings["tool"]["importlinter"]["contracts"][0]["layers"])
    assert {f"kiosk.{f}" for f in floors - {"simulate"}} <= set(named.split())
