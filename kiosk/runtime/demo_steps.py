"""Where a made-up person is on the way through the gate, for whoever watches the street."""

from enum import Enum

from kiosk.timing import boot_seconds


class Place(Enum):
    """Where somebody stands."""

    AWAY = "away"
    COMING = "coming"
    CAMERA = "camera"
    THERMOMETER = "thermometer"
    BACK = "back"  # a step back, before another try
    STAFF = "staff"
    THROUGH = "through"
    ASIDE = "aside"


class Steps:
    """The newest step, written by the person and read by those who watch."""

    def __init__(self) -> None:
        self.place = Place.AWAY
        self.since_s = boot_seconds()
        self.went_through_s = 0.0

    def go(self, place: Place) -> None:
        """Note a step."""
        self.place, self.since_s = place, boot_seconds()
        if place is Place.THROUGH:
            self.went_through_s = self.since_s
