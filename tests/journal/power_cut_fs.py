"""A file system in memory whose power can fail: what was not synced is lost, torn or kept.

Writes go to a volatile layer and become durable when their file is synced; a name becomes
durable when its file or its folder is. When `cut` appears among the commands on standard
input, some of the 512-byte sectors that were not synced reach the durable layer, in any
order, and every later call fails. `python -m tests.journal.power_cut_fs BACKING MOUNT MODE
SEED`: MODE drop keeps none of them, subset keeps a random part, prefix all but a tail.
"""

import errno
import os
import random
import stat
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mfusepy

SECTOR_BYTES = 512


@dataclass(eq=False)
class Node:
    """One file: what programs read, what a disk would hold, and what lies between."""

    volatile: bytearray
    durable: bytearray
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)


class PowerCutFs(mfusepy.Operations):
    """One folder of files."""

    use_ns = True

    def __init__(self, backing: Path, mode: str, seed: int) -> None:
        self._backing, self._mode, self._rng = backing, mode, random.Random(seed)
        self._lock = threading.Lock()
        self._is_dead = False
        self._files: dict[str, Node] = {}
        for file in backing.iterdir():
            content = file.read_bytes()
            self._files[f"/{file.name}"] = Node(bytearray(content), bytearray(content))
        self._names = dict(self._files)  # what a look into the folder would show after a cut

    def _node(self, path: str) -> Node:
        self._alive()
        if path not in self._files:
            raise mfusepy.FuseOSError(errno.ENOENT)
        return self._files[path]

    def _alive(self) -> None:
        if self._is_dead:
            raise mfusepy.FuseOSError(errno.EIO)

    def getattr(self, path: str, fh: Any = None) -> dict[str, int]:
        self._alive()
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o777, "st_nlink": 2}
        size = len(self._node(path).volatile)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": size}

    def readdir(self, path: str, fh: Any) -> list[str]:
        self._alive()
        return [".", "..", *(name[1:] for name in self._files)]

    def chmod(self, path: str, mode: int) -> int:
        return 0

    def utimens(self, path: str, times: Any = None) -> int:
        return 0

    def open(self, path: str, flags: int) -> int:
        self._node(path)
        return 0

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        self._alive()
        self._files[path] = Node(bytearray(), bytearray())
        return 0

    def read(self, path: str, size: int, offset: int, fh: Any) -> bytes:
        return bytes(self._node(path).volatile[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: Any) -> int:
        with self._lock:
            node = self._node(path)
            _put(node.volatile, offset, data)
            node.unsynced.append((offset, bytes(data)))
            return len(data)

    def truncate(self, path: str, length: int, fh: Any = None) -> int:
        with self._lock:
            node = self._node(path)
            _resize(node.volatile, length)
            node.unsynced.append((length, None))
            return 0

    def unlink(self, path: str) -> int:
        self._node(path)
        del self._files[path]
        return 0

    def rename(self, old: str, new: str) -> int:
        node = self._node(old)
        del self._files[old]
        self._files[new] = node
        return 0

    def fsync(self, path: str, datasync: int, fh: Any) -> int:
        with self._lock:
            node = self._node(path)
            node.durable, node.unsynced = bytearray(node.volatile), []
            self._names[path] = node
            return 0

    def fsyncdir(self, path: str, datasync: int, fh: Any) -> int:
        with self._lock:
            self._alive()
            self._names = dict(self._files)
            return 0

    def flush(self, path: str, fh: Any) -> int:
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 1 << 20, "f_bavail": 1 << 19}

    def cut(self) -> None:
        """Let the power fail, and leave in the backing folder what a disk would hold."""
        with self._lock:
            self._is_dead = True
            has_landed = self._mode != "drop" and self._rng.random() < 0.5
            names = self._files if has_landed else self._names
            for file in self._backing.iterdir():
                file.unlink()
            for path, node in names.items():
                (self._backing / path[1:]).write_bytes(self._survivor(node))

    def _survivor(self, node: Node) -> bytes:
        left = bytearray(node.durable)
        unsynced = [] if self._mode == "drop" else node.unsynced
        if self._mode == "prefix":
            unsynced = unsynced[: self._rng.randint(0, len(unsynced))]
        for offset, data in unsynced:
            if data is None:
                if self._rng.random() < 0.5:
                    _resize(left, offset)
                continue
            for start in range(0, len(data), SECTOR_BYTES):
                if self._mode != "subset" or self._rng.random() < 0.5:
                    _put(left, offset + start, data[start : start + SECTOR_BYTES])
        return bytes(left)


def _resize(content: bytearray, length: int) -> None:
    del content[length:]
    content.extend(b"\0" * (length - len(content)))


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if offset > len(content):
        _resize(content, offset)
    content[offset : offset + len(data)] = data


def main() -> None:
    backing, mount, mode, seed = sys.argv[1:]
    files = PowerCutFs(Path(backing), mode, int(seed))

    def wait_for_the_cut() -> None:
        sys.stdin.readline()
        files.cut()
        os.write(1, b"dark\n")

    threading.Thread(target=wait_for_the_cut, daemon=True).start()
    mfusepy.FUSE(files, mount, foreground=True, nothreads=True, fsname="powercut")


if __name__ == "__main__":
    main()
