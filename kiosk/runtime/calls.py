"""Whether somebody at the gate waits for a person. A call that nobody answered ends itself."""

from kiosk import log
from kiosk.core.messages import Command
from kiosk.core.messages_screen import CallHelp, EndHelp
from kiosk.timing import Stamp

CALL_S = 180.0  # chosen: whoever asked has found somebody by then, or has gone


class Calls:
    """One call at most: a second press changes nothing. The main thread's alone."""

    def __init__(self) -> None:
        self._newest: Command | None = None
        self._since: Stamp | None = None

    def look(self, newest: Command | None, now: Stamp) -> Stamp | None:
        """Return since when somebody waits, None: nobody. `newest` is the last command."""
        if self._since is not None and now.mono_s - self._since.mono_s >= CALL_S:
            self._end(now, is_answered=False)
        if newest is not self._newest:
            self._newest = newest
            self._follow(newest)
        return self._since

    def _follow(self, newest: Command | None) -> None:
        match newest:
            case CallHelp(at) if self._since is None:
                self._since = at
                log.event(log.Event.HELP_ASKED)
            case EndHelp(at):
                self._end(at, is_answered=True)

    def _end(self, at: Stamp, *, is_answered: bool) -> None:
        if self._since is None:
            return
        seconds = round(at.mono_s - self._since.mono_s, 1)
        self._since = None
        log.event(log.Event.HELP_ENDED, is_answered=is_answered, seconds=seconds)
