"""What a pass is held against: the signed lists in force at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from kiosk.timing import Stamp

if TYPE_CHECKING:  # verifying a pass imports no parser of lists
    from kiosk.passes.allowed import AllowList
    from kiosk.passes.revocation import Revocations
    from kiosk.passes.trust import TrustList


@dataclass(frozen=True, slots=True)
class Lists:
    """Who may sign, which passes ended early, and what a burnt key really signed.

    None means that there is no such list here. `allowed` is by key id, not to be changed.
    """

    trust: "TrustList | None" = None
    revoked: "Revocations | None" = None
    allowed: "Mapping[bytes, AllowList]" = field(default_factory=lambda: MappingProxyType({}))

    def revoked_age_s(self, at: Stamp) -> float | None:
        """Return how old the list of revocations is, None without one."""
        return None if self.revoked is None else at.utc.timestamp() - self.revoked.issued_s
