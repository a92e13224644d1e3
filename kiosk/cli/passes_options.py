"""Options that the commands of `kiosk pass` share."""

from datetime import UTC, datetime
from pathlib import Path

import click

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"])
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def utc(naive: datetime) -> datetime:
    """Return a time that was typed, as the UTC that it is."""
    return naive.replace(tzinfo=UTC)
