"""`Rules` -> a rule file that says everything, with a word on each key."""

import json
from collections.abc import Iterator, Sequence

from kiosk.core.rules_community import BOTH_WAYS, Hours, Quota
from kiosk.core.rules_words import Rules
from kiosk.core.words import Direction
from kiosk.rulebook.reading import UTC_OFFSET_S
from kiosk.rulebook.sections import PLAIN
from kiosk.rulebook.times import date_text, span_text, window_text

_SAID = {
    "elevated_c": "Celsius; from here a temperature is elevated",
    "retest_from_c": "Celsius; from here it is taken again, the middle of three counts",
    "inconsistent_c": "Celsius; readings of one person further apart: a person decides",
    "wrist_doubt_c": "Celsius; from here a typed wrist asks for a better instrument",
    "typed_low_c": "Celsius; below it a typed wrist or forehead is no measurement",
    "contact_low_c": "Celsius; below it a typed contact or ear reading is none",
    "rounds_max": "readings and misses of one person, then a person decides",
    "misses_max": "of these, rounds without a reading",
    "reading_wait_s": "the thermometer answers within it, or is out of order",
    "staff_wait_s": "for a typed temperature",
    "cold_outdoors_c": "Celsius; below it foreheads come in too cold to be believed",
    "lobby_wait_s": "inside before a forehead counts",
    "lobby_holds_s": "later, the person may have been outside again",
    "twice_apart_s": "between two readings that must agree",
    "twice_holds_s": "an older reading says nothing about this visit",
    "twice_agree_c": "Celsius; closer than this, they agree",
    "repeat_window_s": "the same pass again adds no entry",
    "passback_s": "in again sooner without having left: a person looks",
    "list_age_max_s": "revocations older than this: a person looks at paper",
    "page_min_s": "the next pass ends a page after this long",
    "passage_wait_s": "nobody seen passing for so long: the entry is withdrawn",
    "isolation_days": "days of an order that names none",
    "register_age_max_s": "an older register: a person looks; left out: however old",
}


def to_yaml(rules: Rules, *, utc_offset_s: int = UTC_OFFSET_S) -> str:
    """Return a rule file with every key, from which `read_rules` makes the same rules."""
    parts = [*_head(rules, utc_offset_s), *_numbers(rules), *_community(rules)]
    if rules.order:
        parts += ["", "order:  # in which the rules are asked; the first that speaks decides"]
        parts += [f"  - {name}" for name in rules.order]
    return "\n".join(parts) + "\n"


def _head(rules: Rules, utc_offset_s: int) -> Iterator[str]:
    yield "# Times: 30s, 15min, 4h, 7d. Windows and dates are local: 06:00-22:00."
    yield f"version: {rules.version}"
    yield f"name: {json.dumps(rules.name, ensure_ascii=False)}"
    if rules.from_ms:
        yield f"from: {date_text(rules.from_ms, utc_offset_s)}"


def _numbers(rules: Rules) -> Iterator[str]:
    """The sections of plain numbers, with the few choices that stand among them."""
    among = {
        "temperature": [f"measured: {_ways(rules.measured)}  # which way people are measured"],
        "cold": [f"acclimatisation: {rules.acclimatisation.value}  # person, lobby or twice"],
        "pass": [f"unsure_clock: {rules.unsure_clock.value}  # admit_marked or ask_guard"],
        "register": [
            f"unknown_household: {_stance(is_referred=rules.refers_unknown)}  # admit or refer",
            f"already_out: {_stance(is_referred=rules.refers_already_out)}  # admit or refer",
        ],
    }
    for section in dict.fromkeys(row.section for row in PLAIN):
        yield f"{section}:"
        yield from (f"  {line}" for line in among.get(section, ()))
        for row in PLAIN:
            value = getattr(rules, row.field)
            if row.section == section and value is not None:
                text = span_text(value) if row.field.endswith("_s") else repr(value)
                yield f"  {row.key}: {text}  # {_SAID[row.field]}"


def _community(rules: Rules) -> Iterator[str]:
    yield from _rows("hours", "when residents may pass", [_hours(one) for one in rules.hours])
    yield from _rows("quotas", "ways out in local days", [_quota(one) for one in rules.quotas])
    visitors, vehicles, returnees = rules.visitors, rules.vehicles, rules.returnees
    yield "visitors:"
    yield f"  admit: {visitors.admit.value}  # all, appointment or none"
    yield f"  stay: {span_text(visitors.stay_s)}  # the longest visit"
    yield f"  needs_host: {_truth(visitors.needs_host)}  # a household must be named"
    yield f"  regular_reading: {span_text(visitors.regular_reading_s)}  # for couriers"
    yield "vehicles:"
    yield f"  outside: {vehicles.outside.value}  # all, host or none"
    yield f"  occupants_max: {vehicles.occupants_max}"
    yield "returnees:  # days at home, by where somebody comes from"
    yield f"  low_days: {returnees.low_days}"
    yield f"  medium_days: {returnees.medium_days}"
    yield f"  high_days: {returnees.high_days}"
    yield f"  unknown: {returnees.unknown.value}  # the class of a place that no code fits"
    none = "" if returnees.regions else " {}"
    yield f"  regions:{none}  # by administrative code; the longest that fits decides"
    yield from (f'    "{code}": {risk.value}' for code, risk in returnees.regions)


def _rows(section: str, says: str, rows: Sequence[str]) -> Iterator[str]:
    yield f"{section}:  # {says}" if rows else f"{section}: []  # {says}; none: no limit"
    yield from (f"  - {row}" for row in rows)


def _hours(one: Hours) -> str:
    windows = ", ".join(f'"{window_text(window)}"' for window in one.windows)
    return f"{{windows: [{windows}], ways: {_ways(one.ways)}, outside: {one.outside.value}}}"


def _quota(one: Quota) -> str:
    return (
        f"{{per: {one.per.value}, trips: {one.trips}, days: {one.days}, "
        f"beyond: {one.beyond.value}}}"
    )


def _ways(ways: frozenset[Direction]) -> str:
    assert ways <= BOTH_WAYS
    return f"[{', '.join(sorted(way.value for way in ways))}]"


def _stance(*, is_referred: bool) -> str:
    return "refer" if is_referred else "admit"


def _truth(is_so: bool) -> str:
    return "true" if is_so else "false"
