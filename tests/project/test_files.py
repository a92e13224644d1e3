"""A file is put in place whole, and a disk that is full is not littered by who tries again."""

import resource
from pathlib import Path

import pytest

from kiosk.files import write_whole


def test_what_a_full_disk_cut_short_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "lan.key"
    write_whole(path, b"old", mode=0o600)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for _ in range(3):
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        try:
            with pytest.raises(OSError):
                write_whole(path, bytes(1000), mode=0o600)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [file.name for file in tmp_path.iterdir()] == ["lan.key"]
    assert path.read_bytes() == b"old"


def test_a_folder_in_its_place_leaves_no_file_behind(tmp_path: Path) -> None:
    path = tmp_path / "lan.key"
    path.mkdir()
    with pytest.raises(OSError):
        write_whole(path, b"new", mode=0o600)
    assert [file.name for file in tmp_path.iterdir()] == ["lan.key"]
