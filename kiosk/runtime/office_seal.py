"""What visitors tell is sealed to the office's key, which came with this kiosk's bundle."""

from collections.abc import Mapping
from pathlib import Path

from kiosk.core.words import Sealed
from kiosk.errors import ConfigError, MessageError
from kiosk.passes.sealing import seal_form
from kiosk.sync.identity import read_bundle


class OfficeSeal:
    """Seals forms. Any thread; the bundle is read each time, visitors are rare."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys

    def __call__(self, told: Mapping[str, str]) -> tuple[Sealed, ...] | None:
        """Return the sealed fields; None where there is no key that an office could open."""
        try:
            bundle = read_bundle(self._keys)
        except ConfigError:
            return None
        if bundle is None or bundle.office_public is None:
            return None
        try:
            return seal_form(told, office_public=bundle.office_public, device=bundle.device)
        except MessageError:
            return None
