"""A gate without a relay: people go by what the screen and the staff say."""

from kiosk import log


class NullGate:
    """Implements `ports.Gate` where `gate.pins` is none."""

    def __init__(self) -> None:
        """Say it once: a kiosk that moves nothing may also be one that was set up wrong."""
        log.warning(log.Event.GATE_NOT_FITTED)

    def pulse(self) -> None:
        """Move nothing; that it was granted is logged by whoever asked."""

    def take_passage(self) -> bool:
        """Return False: nobody is seen."""
        return False

    def lamp(self, *, is_on: bool) -> None:
        """Light nothing."""

    def close(self) -> None:
        """Give nothing back."""
