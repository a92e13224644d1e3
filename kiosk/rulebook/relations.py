"""What the keys of a rule file must be to one another, beyond what each may be alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kiosk.core.rules import USUAL_ORDER
from kiosk.core.rules_community import Window
from kiosk.rulebook.ordering import order_problems
from kiosk.rulebook.sections import Book, HoursRow
from kiosk.rulebook.times import read_date, read_window, window_text


@dataclass(frozen=True, slots=True)
class Clash:
    """A mistake that lies between keys. `keys` are those whose values it speaks of."""

    keys: tuple[str, ...]
    text: str


def clashes(book: Book, utc_offset_s: int) -> Iterator[Clash]:
    """Yield everything in which the sections contradict themselves or one another."""
    yield from _name_and_date(book, utc_offset_s)
    yield from _temperature(book)
    yield from _cold(book)
    yield from _hours(book)
    yield from _quotas(book)
    yield from _returnees(book)
    if book.order is not None:
        for problem in order_problems(book.order):
            yield Clash(("order",), problem)
        yield from _unasked(book)


def _name_and_date(book: Book, utc_offset_s: int) -> Iterator[Clash]:
    if not book.name.isprintable():
        yield Clash(("name",), f"name: {book.name!r}: has signs that cannot be printed")
    if book.from_ is not None:
        try:
            read_date(book.from_, utc_offset_s)
        except ValueError as exc:
            yield Clash(("from",), f"from: {book.from_!r} {exc}")


def _temperature(book: Book) -> Iterator[Clash]:
    part = book.temperature
    in_order = (
        ("retest_from_c", part.retest_from_c, "elevated_c", part.elevated_c),
        ("wrist_doubt_c", part.wrist_doubt_c, "elevated_c", part.elevated_c),
        ("contact_low_c", part.contact_low_c, "typed_low_c", part.typed_low_c),
        ("misses", part.misses, "rounds", part.rounds),
    )
    for key, value, other, limit in in_order:
        if value > limit:
            keys = (f"temperature.{key}", f"temperature.{other}")
            yield Clash(keys, f"{keys[0]}: {value} is above {other}, {limit}")


def _cold(book: Book) -> Iterator[Clash]:
    part = book.cold
    in_order = (
        ("lobby_wait", part.lobby_wait, "lobby_holds", part.lobby_holds),
        ("twice_apart", part.twice_apart, "twice_holds", part.twice_holds),
    )
    for key, value, other, limit in in_order:
        if value >= limit:
            keys = (f"cold.{key}", f"cold.{other}")
            yield Clash(keys, f"{keys[0]}: must be shorter than {other}")


def _hours(book: Book) -> Iterator[Clash]:
    taken: list[tuple[HoursRow, Window, str]] = []
    for row_no, row in enumerate(book.hours):
        for no, word in enumerate(row.windows):
            path = f"hours[{row_no}].windows[{no}]"
            try:
                windows = read_window(word)
            except ValueError as exc:
                yield Clash(("hours",), f"{path}: {word!r} {exc}")
                continue
            for window in windows:
                for other in _overlapping(row, window, taken):
                    yield Clash(("hours",), f"{path}: {word} overlaps {other}")
            taken.extend((row, window, f"{path}, {window_text(window)}") for window in windows)
    yield from _two_night_rules(book)


def _overlapping(
    row: HoursRow, window: Window, taken: list[tuple[HoursRow, Window, str]]
) -> Iterator[str]:
    for other, (start, end), name in taken:
        shares_way = bool(set(row.ways) & set(other.ways))
        if shares_way and start < window[1] and window[0] < end:
            yield name


def _two_night_rules(book: Book) -> Iterator[Clash]:
    for no, row in enumerate(book.hours):
        for before_no, before in enumerate(book.hours[:no]):
            shared = sorted(set(row.ways) & set(before.ways))
            if shared and row.outside != before.outside:
                text = (
                    f"hours[{no}].outside: {row.outside}, but hours[{before_no}] says "
                    f"{before.outside} for the same way ({shared[0]})"
                )
                yield Clash(("hours",), text)


def _quotas(book: Book) -> Iterator[Clash]:
    seen: dict[tuple[str, int], int] = {}
    for no, row in enumerate(book.quotas):
        earlier = seen.setdefault((row.per, row.days), no)
        if earlier != no:
            text = f"quotas[{no}]: per {row.per} in {row.days} days stands at [{earlier}] too"
            yield Clash(("quotas",), text)


def _returnees(book: Book) -> Iterator[Clash]:
    part = book.returnees
    days = (("low", part.low_days), ("medium", part.medium_days), ("high", part.high_days))
    for (low, low_days), (high, high_days) in pairwise(days):
        if low_days > high_days:
            keys = (f"returnees.{low}_days", f"returnees.{high}_days")
            yield Clash(keys, f"{keys[0]}: {low_days} is above {high}_days, {high_days}")


def _unasked(book: Book) -> Iterator[Clash]:
    """A section whose rule is never asked says something that does not hold."""
    said = {
        "hours": bool(book.hours),
        "quota": bool(book.quotas),
        "register_age": book.register_.age_max is not None,
        "household": book.register_.unknown_household == "refer",
        "direction": book.register_.already_out == "refer",
        "unmeasured": set(book.temperature.measured) != {"in", "out"},
    }
    for name in USUAL_ORDER:
        if said.get(name) and name not in (book.order or ()):
            yield Clash(("order",), f"order: {name} is missing, yet its section is written")
