"""What a pass in view opens, while it is in view."""

from kiosk.core.words import Credential, DisplayRecord, PassKind
from kiosk.passes.verify import Checked
from kiosk.register.directory import Directory


def open_display(directory: Directory, checked: Checked) -> DisplayRecord | None:
    """Return its holder's record; a duty card opens the look-up too."""
    outcome = checked.outcome
    if not isinstance(outcome, Credential):
        return None
    if outcome.kind is PassKind.STAFF:
        directory.unlock(outcome.cti, checked.signature)
    return directory.display(outcome.cti, checked.signature)
