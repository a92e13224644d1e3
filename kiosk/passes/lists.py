"""The signed lists in force, as one value that any thread may hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kiosk.passes.trust import TrustList


class Revoked(Protocol):
    """The passes that were taken back."""

    @property
    def next_s(self) -> int:
        """Return until when the list is fresh, UTC seconds."""

    def __contains__(self, cti: bytes) -> bool:
        """Return whether a pass is on it."""


class Allowed(Protocol):
    """The passes that a burnt key had signed before."""

    def holds(self, payload: bytes) -> bool:
        """Return whether this payload was issued."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What passes are held against; None: there is no such list here."""

    trust: TrustList | None = None
    revoked: Revoked | None = None
    allowed: Mapping[bytes, Allowed] = field(default_factory=dict)  # by key id
