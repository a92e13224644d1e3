"""What the preview of the screen's bench shows: somebody holds a card up, without a camera."""

from kiosk.ports import Frame
from kiosk.simulate.scene import CYCLE, Painter, Scene
from kiosk.timing import boot_seconds

FPS = 15.0


class Film:
    """A person who holds up a card, fifteen frames a second, without a camera."""

    def __init__(self) -> None:
        painter, scene = Painter(1280, 720), Scene.card("HC1:" + "6BFOXN%TSMAHN" * 12)
        self._frames = [painter.frame(scene, number) for number in range(CYCLE)]

    def newest(self) -> Frame:
        """Return the frame of this instant."""
        number = int(boot_seconds() * FPS)
        return Frame(self._frames[number % CYCLE], boot_seconds(), number)
