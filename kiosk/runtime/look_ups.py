"""What the staff page's look-up asks: the unlocked directory, and the passes taken back."""

from kiosk.register.directory import Directory
from kiosk.screen.desk_parts import LookUps
from kiosk.sync.list_store import ListStore


def make_look_ups(directory: Directory, lists: ListStore) -> LookUps:
    """Return the questions, each for any thread."""

    def is_revoked(cti: bytes) -> bool:
        return cti in (lists.current().revoked or ())

    return LookUps(directory.find, directory.at_door, is_revoked, directory.name_of)
