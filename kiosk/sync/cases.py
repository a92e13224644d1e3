"""What central says of this gate's fevers and incidents, kept beside the counter.

The main thread says what is open; each request asks for those that central should have. One
that central does not know although it took it (it was restored from a copy) is sent again.
"""

from collections.abc import Callable, Iterable

from kiosk.core.matters import CaseState, CaseWord, Contact
from kiosk.ports import Asking
from kiosk.sync.store import SyncStore
from kiosk.wire import ASKED_MAX, CasesAsked, CasesPart

Ask = Callable[[], Asking]

FAST_S = 1.5  # chosen: an answer is on the staff page within three seconds
SLOW_S = 10.0  # chosen: after half an hour nobody stands there any more


def nothing_open() -> Asking:
    """No fever and no incident waits."""
    return Asking()


class CasesAtCentral:
    """One thread owns it. Raises SyncError where the file cannot be written."""

    def __init__(self, store: SyncStore, asking: Ask) -> None:
        self._store, self._asking = store, asking
        self._epoch = b""
        self.version, self.contacts = store.contacts()
        self.words: tuple[CaseWord, ...] = ()

    def open(self, epoch: bytes) -> None:
        """Look at another journal."""
        self._epoch = epoch
        self.words = self._store.cases(epoch)

    def every_s(self, now_s: float) -> float | None:
        """Return how often central is to be asked now; None: as seldom as ever."""
        asking = self._asking()
        if not asking.is_waiting:
            return None
        return FAST_S if now_s < asking.fast_until_s else SLOW_S

    def asked(self, is_there: Callable[[int], bool]) -> CasesAsked:
        """Return the question: of those that central has by its own word."""
        seqs = (seq for seq in self._asking().seqs if is_there(seq))
        return CasesAsked(self.version, tuple(seqs)[-ASKED_MAX:])

    def take(self, asked: CasesAsked | None, part: CasesPart | None) -> frozenset[int]:
        """Keep an answer. Returns which of those asked for central does not know."""
        if asked is None or part is None:
            return frozenset()
        self._keep_words(word for word in part.words if word.seq in asked.seqs)
        if part.contacts is not None:
            self._keep_contacts(part.contacts_version, part.contacts)
        return frozenset(asked.seqs) - {word.seq for word in part.words}

    def _keep_words(self, words: Iterable[CaseWord]) -> None:
        """Who answered stays known, also when a restored central says less."""
        known = {word.seq: word for word in self.words}
        new = [word for word in words if _says_more(word, known.get(word.seq))]
        if new:
            self._store.note_cases(self._epoch, new)
            self.words = self._store.cases(self._epoch)

    def _keep_contacts(self, version: int, contacts: tuple[Contact, ...]) -> None:
        if (version, contacts) != (self.version, self.contacts):
            self._store.note_contacts(version, contacts)
            self.version, self.contacts = version, contacts


def _says_more(word: CaseWord, known: CaseWord | None) -> bool:
    if known is None or known.state is CaseState.OPEN:
        return word != known
    return bool(word.state.value > known.state.value)
