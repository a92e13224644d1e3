"""What root made in the folder of a service is given to the service's user.

A gate and central run as users of their own. A PIN given, a calibration made or a key put
there by root would else be root's alone, and the service could not read it.
"""

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import click

ROOT = 0


def state_folder(ctx: click.Context, _param: click.Parameter, typed: Path) -> Path:
    """Return the folder; what is root's in it is given back when the command ends."""
    if os.geteuid() == ROOT:
        ctx.call_on_close(lambda: give_back(typed))
    return typed


def give_back(folder: Path) -> None:
    """Give everything of root's in `folder` to whom the folder belongs, unless that is root.

    Follows no link and leaves files with a second name alone: whoever owns the folder could
    have put another's file there.
    """
    with contextlib.suppress(OSError):
        owner = folder.stat()
        if owner.st_uid != ROOT:
            for _, folders, files, number in os.fwalk(folder.resolve()):
                _give((*folders, *files), number, owner)


def _give(names: Iterable[str], number: int, owner: os.stat_result) -> None:
    """Give what is root's of `names`, in the opened folder `number`."""
    for name in names:
        with contextlib.suppress(OSError):  # gone meanwhile
            now = os.stat(name, dir_fd=number, follow_symlinks=False)
            is_alone = now.st_nlink == 1 or stat.S_ISDIR(now.st_mode)
            if now.st_uid == ROOT and is_alone:
                os.chown(name, owner.st_uid, owner.st_gid, dir_fd=number, follow_symlinks=False)
