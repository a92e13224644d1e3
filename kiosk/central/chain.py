"""What a run of entries means beside what is already kept: next, again, a gap or a fork.

Pure. An entry is taken where the kiosk's chain goes on from ours; what was sent before must
be the same bytes. Central acknowledges the newest entry below which it lacks nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kiosk.wire import LogPart, next_head

NOT_IN_CHAIN = "E_LOG_CHAIN"


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that is here. `head` None: an urgent copy, not yet in the chain."""

    body: bytes
    head: bytes | None
    code: str | None = None  # why it is not believed


@dataclass(frozen=True, slots=True)
class Held:
    """What central has of one journal, as far as a run of entries touches it."""

    seq: int  # nothing is missing up to here
    head: bytes  # the chain's head there
    first_head: bytes
    kept: Mapping[int, Kept]


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries before these are missing."""

    expected_seq: int


@dataclass(frozen=True, slots=True)
class Fork:
    """Two histories: at `seq` there was another entry. `body` None: the heads say so."""

    seq: int
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """Somewhere in these entries is one that is not what its own head was made of."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """An entry to be put behind the others. `code` says why it is not believed."""

    seq: int
    body: bytes
    head: bytes
    has_copy: bool  # its urgent copy came before
    code: str | None = None


Verdict = Gap | Fork | Broken | tuple[Fresh, ...]


def check_part(part: LogPart, held: Held) -> Verdict:
    """Return what is new in `part`, in order, or what is wrong with it."""
    if not part.entries:
        return _check_heartbeat(part, held)
    if part.from_seq > held.seq + 1:
        return Gap(held.seq + 1)
    if part.prev_head != _head_at(part.from_seq - 1, held):
        return Fork(part.from_seq - 1)
    return _check_entries(part, held)


def _check_entries(part: LogPart, held: Held) -> Verdict:
    head, fresh = part.prev_head, []
    for seq, body in enumerate(part.entries, part.from_seq):
        kept = held.kept.get(seq)
        if kept is not None and kept.body != body:
            return Fork(seq, body)
        if kept is not None and kept.head is not None:
            head = kept.head
            continue
        head = next_head(head, body)
        fresh.append(Fresh(seq, body, head, has_copy=kept is not None))
    if head == part.head:
        return tuple(fresh)
    return _name_broken(part, fresh) if fresh else Fork(part.to_seq)


def _name_broken(part: LogPart, fresh: list[Fresh]) -> Verdict:
    """One entry alone is named, and the chain goes on from the head that the kiosk kept."""
    if len(part.entries) > 1:
        return Broken()
    return (replace(fresh[0], head=part.head, code=NOT_IN_CHAIN),)


def _check_heartbeat(part: LogPart, held: Held) -> Verdict:
    """Its head says where the journal ends; here it can only contradict us."""
    known = _head_at(part.to_seq, held)
    return Fork(part.to_seq) if known is not None and known != part.head else ()


def _head_at(seq: int, held: Held) -> bytes | None:
    if seq == 0:
        return held.first_head
    if seq == held.seq:
        return held.head
    kept = held.kept.get(seq)
    return kept.head if kept is not None else None
