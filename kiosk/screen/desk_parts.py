"""What the desk asks of the gate beside its inbox: whose PIN, a seal, a look-up."""

from collections.abc import Callable, Mapping, Sequence

from kiosk.core.words import Sealed
from kiosk.ports import Found

Pins = Callable[[str], str | None]
Find = Callable[[str], Sequence[Found]]
Seal = Callable[[Mapping[str, str]], tuple[Sealed, ...] | None]


def nobody(_text: str) -> Sequence[Found]:
    """This gate has no directory."""
    return ()


def no_office(_told: Mapping[str, str]) -> None:
    """This gate has no key of an office."""
