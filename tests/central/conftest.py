"""What the tests of central share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    yield office
    office.close()
