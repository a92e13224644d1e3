"""Pinyin typed on the touch keyboard -> the signs it may mean, the likeliest first.

The table is made by `make_pinyin` and read when it is first asked for. Names are written
syllable by syllable: what is typed is cut at its first syllable, or what may still become one.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

TABLE = Path(__file__).parent / "pinyin.txt"
TYPED_MAX = 24
SYLLABLE_MAX = 6  # zhuang
_TYPED = re.compile(rf"[a-z]{{1,{TYPED_MAX}}}")


@dataclass(frozen=True, slots=True)
class Row:
    """The signs of a syllable: those that begin names, and all."""

    surnames: str
    signs: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the first `used` letters may be."""

    used: int
    signs: str


def candidates(typed: str, *, is_first: bool) -> Candidates:
    """Return the signs for the first syllable of what is typed; none where it is none.

    `is_first`: the sign begins a name, so surnames come first.
    """
    rows, used = table(), first_syllable(typed)
    if not used:
        return Candidates(0, "")
    row = rows[typed[:used]]
    ordered = row.surnames + row.signs if is_first else row.signs
    return Candidates(used, "".join(dict.fromkeys(ordered)))


def first_syllable(typed: str) -> int:
    """Return how many letters the first syllable has: the longest that leaves others whole."""
    lengths = [n for n in range(min(SYLLABLE_MAX, len(typed)), 0, -1) if typed[:n] in table()]
    whole = [n for n in lengths if _is_whole(typed[n:])]
    return (whole or lengths or [0])[0]


@lru_cache(maxsize=1)
def table() -> MappingProxyType[str, Row]:
    """Return the rows by what is typed; read once."""
    rows = {}
    for line in TABLE.read_text("utf-8").splitlines():
        what, *parts = line.split(" ")
        rows[what] = Row(parts[0] if len(parts) > 1 else "", parts[-1])
    return MappingProxyType(rows)


async def answer(request: Request) -> JSONResponse:
    """Answer the keyboard. What somebody types stays in no browser's store."""
    typed, headers = request.query_params.get("py", ""), {"Cache-Control": "no-store"}
    if not _TYPED.fullmatch(typed):
        return JSONResponse({"error": "not_pinyin"}, 400, headers)
    found = candidates(typed, is_first="first" in request.query_params)
    return JSONResponse({"used": found.used, "signs": found.signs}, headers=headers)


ROUTE = Route("/staff/ime", answer)


@lru_cache(maxsize=64)
def _is_whole(rest: str) -> bool:
    """Whether letters are syllables, the last one perhaps not finished."""
    if not rest:
        return True
    ends = range(1, min(SYLLABLE_MAX, len(rest)) + 1)
    return any(rest[:n] in table() and _is_whole(rest[n:]) for n in ends)
