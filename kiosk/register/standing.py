"""What central says of persons, households and cards: rows of the directory, read one by one.

Nothing here is locked: a row holds references and dates, no name. A row that cannot be read
says nothing; central sends it again when it changes.
"""

import contextlib
from collections.abc import Callable
from typing import TypeVar

from kiosk.core.announcement import Announcement
from kiosk.core.words_home import Binding, Exemption, Isolation, Visit
from kiosk.errors import MessageError
from kiosk.register.directory import Directory
from kiosk.wire import standing as rows

T = TypeVar("T")
ANNOUNCEMENTS_MAX = 50  # rows that are looked at; central keeps fewer in force


class Standing:
    """Implements `register.Standing`. Any thread; never raises."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def isolations(self, cti: bytes, sub: str) -> list[Isolation]:
        """Return the orders for a person or the household, also ended and lifted ones."""
        return self._of_both(rows.ISOLATION_ROW, cti, sub, rows.decode_isolations)

    def exemptions(self, cti: bytes, sub: str) -> list[Exemption]:
        """Return the dated permissions of a person or the household."""
        return self._of_both(rows.EXEMPTION_ROW, cti, sub, rows.decode_exemptions)

    def binding(self, cti: bytes) -> Binding | None:
        """Return how a card of the stock stands."""
        return self._one(rows.CARD_ROW, rows.subject(cti=cti), rows.decode_binding)

    def visit(self, cti: bytes) -> Visit | None:
        """Return what a visitor's card was lent for at another gate."""
        return self._one(rows.VISIT_ROW, rows.subject(cti=cti), rows.decode_visit)

    def has_appointment(self, sub: str, utc_ms: int) -> bool:
        """Return whether a household announced a visitor for now."""
        found = self._one(rows.APPOINTMENT_ROW, rows.subject(sub=sub), rows.decode_appointments)
        return any(begins <= utc_ms < ends for begins, ends, _ in found or [])

    def announcements(self) -> list[Announcement]:
        """Return what everybody is told, also what is not yet or no more in force."""
        found = []
        for blob in self._directory.rows(rows.ANNOUNCEMENT_ROW, ANNOUNCEMENTS_MAX):
            with contextlib.suppress(MessageError):
                found.append(rows.decode_announcement(blob))
        return sorted(found, key=lambda one: (one.from_ms, one.id))

    def _of_both(
        self, what: int, cti: bytes, sub: str, decode: Callable[[bytes], list[T]]
    ) -> list[T]:
        mine = self._one(what, rows.subject(cti=cti), decode) or []
        ours = self._one(what, rows.subject(sub=sub), decode) if sub else None
        return [*mine, *(ours or [])]

    def _one(self, what: int, key: bytes, decode: Callable[[bytes], T]) -> T | None:
        if (blob := self._directory.row(what, key)) is None:
            return None
        with contextlib.suppress(MessageError):
            return decode(blob)
        return None
