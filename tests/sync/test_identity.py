"""A kiosk has one key for ever, and speaks only to the central it was bound to."""

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.errors import ConfigError
from kiosk.passes.cose import device_id_of
from kiosk.passes.issue import read_public
from kiosk.sync.identity import device_id, make_identity, read_bundle, read_identity
from kiosk.wire import Bundle, encode_bundle

KEYS = ("device.key", "device.pub")


def bundle_for(device: str) -> bytes:
    return encode_bundle(Bundle(device, "central", b"s" * 32, "south", b"trust", b"r" * 32))


def test_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    keys = tmp_path / "state" / "keys"
    make_identity(keys)
    first = [(keys / name).read_bytes() for name in KEYS]
    make_identity(keys)
    assert [(keys / name).read_bytes() for name in KEYS] == first
    assert stat.S_IMODE((keys / "device.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert sorted(p.name for p in keys.iterdir()) == sorted(KEYS)


def test_device_id_stands_for_the_public_key(tmp_path: Path) -> None:
    make_identity(tmp_path)
    name = device_id(tmp_path)
    assert name == device_id_of(read_public(tmp_path / "device.pub"))
    assert len(name) == 16 and int(name, 16) >= 0


def test_two_programs_that_start_together_get_one_key(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        make_identity(tmp_path)
        seen.append(device_id(tmp_path))

    seen: list[str] = []
    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8 and len(set(seen)) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(KEYS)


def test_public_half_is_written_again_when_it_is_lost_or_wrong(tmp_path: Path) -> None:
    make_identity(tmp_path)
    line = (tmp_path / "device.pub").read_bytes()
    for spoil in (b"", b"0" * 64):
        (tmp_path / "device.pub").write_bytes(spoil)
        make_identity(tmp_path)
        assert (tmp_path / "device.pub").read_bytes() == line


def test_damaged_key_is_told_and_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "device.key").write_bytes(b"\0" * 100)
    for ask in (make_identity, device_id):
        with pytest.raises(ConfigError, match="not an Ed25519 key"):
            ask(tmp_path)
    assert (tmp_path / "device.key").read_bytes() == b"\0" * 100


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="keys"):
        make_identity(tmp_path / "file" / "keys")


def test_kiosk_without_a_bundle_is_not_bound(tmp_path: Path) -> None:
    make_identity(tmp_path)
    assert read_identity(tmp_path) is None and read_bundle(tmp_path) is None


def test_bundle_binds_the_kiosk_it_was_made_for(tmp_path: Path) -> None:
    make_identity(tmp_path)
    (tmp_path / "bundle").write_bytes(bundle_for(device_id(tmp_path)))
    identity = read_identity(tmp_path)
    assert identity is not None
    assert (identity.device, identity.server) == (device_id(tmp_path), "central")
    assert (identity.site, identity.trust) == ("south", b"trust")
    assert "PRIVATE" not in repr(identity)


def test_bundle_of_another_kiosk_is_refused(tmp_path: Path) -> None:
    make_identity(tmp_path)
    (tmp_path / "bundle").write_bytes(bundle_for("0" * 16))
    with pytest.raises(ConfigError, match="made for another kiosk"):
        read_identity(tmp_path)


@settings(max_examples=60, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.just(b"\x81" * 20_000)))
def test_any_bytes_for_a_bundle_give_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    keys = tmp_path_factory.getbasetemp() / "any"
    make_identity(keys)
    (keys / "bundle").write_bytes(content)
    with pytest.raises(ConfigError, match="kiosk central device add"):
        read_identity(keys)


def test_bundle_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    make_identity(tmp_path)
    (tmp_path / "bundle").mkdir()
    with pytest.raises(ConfigError, match=os.strerror(21)):
        read_identity(tmp_path)
