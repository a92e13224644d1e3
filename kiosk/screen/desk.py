"""What staff hand in at their page: a PIN, a typed temperature, a choice. Forms -> events.

Whatever comes is hostile until checked: small JSON of known keys, sent by our own page. The
gate itself decides; here it is only taken in, or refused by name. A gate that has no room
for it answers 503, and the page keeps what was typed.
"""

from starlette.routing import Route

from kiosk.ports import Snapshot, StaffDesk
from kiosk.screen.desk_acts import GateActs
from kiosk.screen.desk_find import GateFinder
from kiosk.screen.desk_gate import GateForms
from kiosk.screen.desk_intake import Intake, MoreForms
from kiosk.screen.desk_lock import Lock, LockState
from kiosk.screen.desk_names import NameForms
from kiosk.screen.desk_parts import (
    NO_LOOK_UPS,
    FindDoor,
    LookUps,
    Pins,
    Seal,
    no_doors,
    no_office,
    routes,
)
from kiosk.screen.desk_sign import SignForms
from kiosk.screen.desk_typed import TypedForms
from kiosk.screen.help_desk import HelpDesk
from kiosk.screen.hub import Hub
from kiosk.screen.view import Scenery


class Desk:
    """The routes under /staff that take something. Lives in the screen's event loop."""

    def __init__(
        self,
        hub: Hub,
        scenery: Scenery,
        desk: StaffDesk,
        pins: Pins,
        *,
        seal: Seal = no_office,
        look_ups: LookUps = NO_LOOK_UPS,
        find_door: FindDoor = no_doors,
        more: MoreForms | None = None,
        lock: Lock | None = None,
    ) -> None:
        """`seal` locks what is told; it answers None where no office could open it.

        `more` makes the forms that not every gate has.
        """
        self._intake = Intake(hub, scenery, desk, seal=seal, find_door=find_door, lock=lock)
        self._pins, self._look_ups = pins, look_ups
        self._more = {} if more is None else more(self._intake)
        self._help = HelpDesk(self._intake)

    def locking(self, snapshot: Snapshot) -> LockState:
        """Return how the lock of the page stands."""
        return self._intake.lock.look(snapshot)

    def routes(self) -> list[Route]:
        """Return the routes: each a POST, but for what a key of the touch keyboard offers."""
        takes = {
            **SignForms(self._intake, self._pins).takes(),
            **TypedForms(self._intake).takes(),
            **GateForms(self._intake).takes(),
            **GateActs(self._intake).takes(),
            **GateFinder(self._intake, self._look_ups, self._help.tell_look_up).takes(),
            **self._more,
            **self._help.takes(),
            **NameForms(self._intake, self._look_ups).takes(),
        }
        return [self._help.public_route(), *routes(self._intake.answer, takes)]
