"""The cases that staff may still end with a typed temperature. The main thread's alone."""

from dataclasses import replace
from uuid import UUID

from kiosk.core.messages import OpenCase
from kiosk.core.words import Entry, EntryKind, Granted, Recorded
from kiosk.timing import Stamp

CASES_MAX = 8  # chosen: more people than wait at a gate
WRITTEN_MAX = 32  # chosen: more than anybody goes back to
HOLDS_S = 900.0  # chosen: after a quarter of an hour nobody stands there any more


class OpenCases:
    """Newest last, one of a pass. A case ends when its pass is granted or has a newer one,
    when it gets old, or when others crowd it out.
    """

    def __init__(self) -> None:
        self._cases: dict[UUID, tuple[Recorded, OpenCase]] = {}
        self._written: dict[UUID, Recorded] = {}

    def note(self, recorded: Recorded, case: OpenCase | None) -> None:
        """Take an entry that was written, with its case where it is still open."""
        entry, scan_id = recorded.entry, recorded.entry.scan_id
        is_beside = entry.kind is EntryKind.HOLD and scan_id in self._written
        if scan_id.int != 0 and not is_beside:
            self._written.pop(scan_id, None)
            self._written[scan_id] = recorded
            self._written = dict(list(self._written.items())[-WRITTEN_MAX:])
        self._cases.pop(scan_id, None)
        if case is not None or isinstance(entry.decision, Granted):
            self._cases = {s: c for s, c in self._cases.items() if c[0].entry.cti != entry.cti}
        if case is not None:
            self._cases[scan_id] = (recorded, case)
            self._cases = dict(list(self._cases.items())[-CASES_MAX:])

    def written(self, scan_id: UUID) -> Recorded | None:
        """Return the newest entry of a scan, of open cases and those written just before.

        What tells of a hold alone does not hide what tells of the case.
        """
        found = self._written.get(scan_id)
        return self._cases[scan_id][0] if found is None and scan_id in self._cases else found

    def find(self, scan_id: UUID) -> OpenCase | None:
        """Return a case by the scan that began it."""
        found = self._cases.get(scan_id)
        return found[1] if found is not None else None

    def referring(self, entry: Entry) -> Entry:
        """Return an entry that refers to the earlier one of its case, if there is one."""
        found = self.written(entry.scan_id)
        if found is None or entry.refers_to_seq is not None:
            return entry
        return replace(entry, refers_to_seq=found.seq)

    def entries(self, now: Stamp) -> tuple[Entry, ...]:
        """Return what was written of each, newest first; old ones are let go."""
        self._cases = {
            scan_id: pair
            for scan_id, pair in self._cases.items()
            if now.mono_s - pair[0].entry.at.mono_s <= HOLDS_S
        }
        return tuple(recorded.entry for recorded, _ in reversed(self._cases.values()))
