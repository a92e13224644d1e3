"""Fevers and incidents in `POST /v1/sync`: key 20 of a request, and key 20 of its reply.

Request: [version, [seq, ...]]: which list of contacts the kiosk has, and which entries of this
journal opened what it waits for. Reply: [version, [[seq, state, by, utc_ms], ...], contacts]:
what central knows of those, and whom it calls, [name, phone, role, after_s] each, where the
kiosk's list is another. An entry of the question that is not in the reply is not at central.
Nothing in a request can answer a case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.core.matters import CaseState, CaseWord, Contact
from kiosk.wire.cbor import need

ASKED_MAX = 20
CONTACTS_MAX = 12
TEXT_CHARS_MAX = 40
_INTEGER_MAX = 2**53
_UTC_MS_MAX = 4_102_444_800_000  # 2100: a page writes it as a time of day
_STATES = {state.value: state for state in CaseState}


@dataclass(frozen=True, slots=True)
class CasesAsked:
    """What a kiosk waits for."""

    contacts_version: int
    seqs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CasesPart:
    """What central says of it. `contacts` None: the kiosk has the list."""

    contacts_version: int
    words: tuple[CaseWord, ...] = ()
    contacts: tuple[Contact, ...] | None = None


def asked_row(asked: CasesAsked) -> list[Any]:
    """Return the question as it crosses the network."""
    return [asked.contacts_version, list(asked.seqs)]


def asked_of(row: list[Any] | None) -> CasesAsked | None:
    """Return a question. Raises MessageError."""
    if row is None:
        return None
    need(len(row) == 2 and _is_number(row[0]) and isinstance(row[1], list), "asked")
    need(len(row[1]) <= ASKED_MAX and all(_is_number(seq) for seq in row[1]), "asked seqs")
    return CasesAsked(row[0], tuple(row[1]))


def cases_row(part: CasesPart | None) -> list[Any] | None:
    """Return the answer as it crosses the network."""
    if part is None:
        return None
    words = [[w.seq, w.state.value, w.by, w.utc_ms] for w in part.words]
    contacts = part.contacts
    rows = (
        None if contacts is None else [[c.name, c.phone, c.role, c.after_s] for c in contacts]
    )
    return [part.contacts_version, words, rows]


def cases_of(row: list[Any] | None) -> CasesPart | None:
    """Return an answer. Raises MessageError."""
    if row is None:
        return None
    need(len(row) == 3 and _is_number(row[0]), "cases")
    words, contacts = row[1], row[2]
    need(isinstance(words, list) and len(words) <= ASKED_MAX, "cases words")
    need(contacts is None or isinstance(contacts, list), "contacts")
    return CasesPart(
        row[0],
        tuple(_word(one) for one in words),
        None if contacts is None else _contacts(contacts),
    )


def _word(row: Any) -> CaseWord:
    need(isinstance(row, list) and len(row) == 4, "case")
    seq, state, by, utc_ms = row
    need(_is_number(seq) and type(state) is int and state in _STATES, "case state")
    need(_is_text(by) and _is_number(utc_ms) and utc_ms < _UTC_MS_MAX, "case by")
    return CaseWord(seq, _STATES[state], by, utc_ms)


def _contacts(rows: Sequence[Any]) -> tuple[Contact, ...]:
    need(len(rows) <= CONTACTS_MAX, "contacts")
    for row in rows:
        need(isinstance(row, list) and len(row) == 4, "contact")
        need(all(_is_text(text) for text in row[:3]) and _is_number(row[3]), "contact")
    return tuple(Contact(*row) for row in rows)


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < _INTEGER_MAX


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_CHARS_MAX
