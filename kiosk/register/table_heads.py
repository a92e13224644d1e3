"""Where the columns of a table stand: the line of headings under titles and notes."""

import re
from collections.abc import Iterator, Mapping, Sequence

from kiosk.register.table_archive import NoTable
from kiosk.register.table_rows import Row

HEADING_LINES = 10  # titles and notes stand above the headings
_SIGNS = re.compile(r"[\s()（）*：:/_.-]+")


def find_heads(
    rows: Iterator[Row], headings: Mapping[str, Sequence[str]], needed: Mapping[str, str]
) -> tuple[list[str], dict[str, int]]:
    """Return the headings, and where each column stands. Raises NoTable.

    `headings` are the names by which each column goes; `needed` are the columns that a table
    must have, with the name by which a missing one is asked for.
    """
    by_heading = {name: column for column, names in headings.items() for name in names}
    best: set[str] = set()
    for number, (_, cells) in enumerate(rows):
        names = [by_heading.get(_SIGNS.sub("", cell.lower())) for cell in cells]
        found = {name for name in names if name is not None}
        if set(needed) <= found:
            doubled = sorted(name for name in found if names.count(name) > 1)
            if doubled:
                raise NoTable(f"two columns are headed {', '.join(doubled)}")
            return cells, {name: names.index(name) for name in found}
        best = max(best, found, key=len)
        if number + 1 >= HEADING_LINES:
            break
    missing = ", ".join(
        f"{name} ({asked})" for name, asked in needed.items() if name not in best
    )
    raise NoTable(f"no line names the columns; missing: {missing or 'all of them'}")
