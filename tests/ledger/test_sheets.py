"""The files' promise: they open, hold what was counted, and compute nothing."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.words import Decision, Denied, EntryKind, Reason, Referred, Refusal, Source
from kiosk.ledger.catalogue import load_words
from kiosk.ledger.cells import harmless
from kiosk.ledger.counting import DayLedger, Tally
from kiosk.ledger.plain import to_text
from kiosk.ledger.printed import About, to_html
from kiosk.ledger.sheets import CELL_CHARS_MAX, to_csv, to_xlsx
from kiosk.ledger.tables import notes_of, tables_of
from tests.ledger.making import DAY, GRIDS, backwards, wire

WORDS = load_words()
COMPUTED = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
HOSTILE = (
    "=1+1", "  =cmd|' /C calc'!A0", "＝1+1", "\t=1", "\r\n@SUM(A1)", "　+1", "-2+3",
    "\u200b=1+1", "\ufffe", "<script>x</script>", "a\x00b", "_x0041_", "#N/A", "001", "\ud83d",
    "x" * 40_000,
)  # fmt: skip


def ledger_with(*texts: str) -> DayLedger:
    """Return a day in which each text stands wherever an entry has a text."""
    tally, entries = Tally(DAY, GRIDS), []
    for said in texts:
        entry = wire(len(entries) + 1, gate=said, staff=said, kind=said)
        entry = replace(entry, direction=said, reason=said, decision="denied")
        entries += [entry, wire(len(entries) + 2, decision=said)]
    tally.add_journal(backwards(entries))
    return tally.ledger()


def read_csv(ledger: DayLedger) -> list[list[str]]:
    text = to_csv(tables_of(ledger, WORDS), "2027-01-05", WORDS)
    text = text.encode("utf-8", "replace").decode("utf-8-sig")
    csv.field_size_limit(1_000_000)
    return list(csv.reader(io.StringIO(text, newline="")))


def naughty(shared: Path) -> list[str]:
    found: list[str] = json.loads((shared / "data/vectors/naughty-strings.json").read_text())
    return found


def look_for_computed(*texts: str) -> int:
    """Return how many cells were looked at, none of which a sheet computes."""
    ledger = ledger_with(*texts)
    rows = read_csv(ledger)
    assert len({len(row) for row in rows}) == 1
    for row in rows:
        for text in row[:4]:
            assert not text.lstrip().startswith(COMPUTED) and not text.startswith(COMPUTED)
        assert all(number == "" or number.lstrip("-").isdigit() for number in row[4:]) or (
            row == rows[0]
        )
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(tables_of(ledger, WORDS), "2027-01-05")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    page = (
        to_html(ledger, About("\n".join(texts), "now"), WORDS, lambda _: "")
        .encode("utf-8", "replace")
        .decode()
    )
    assert "<script" not in page.lower() and "<img" not in page.lower()
    return len(cells)


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_of_an_entry_is_computed(said: str) -> None:
    assert look_for_computed(said) > 0


@pytest.mark.needs_shared
def test_no_naughty_string_is_computed(shared: Path) -> None:
    found = naughty(shared)
    assert len(found) > 100
    for first in range(0, len(found), 50):
        texts = found[first : first + 50]
        assert look_for_computed(*texts) > len(texts)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=8) | st.sampled_from(COMPUTED).map(lambda sign: f" {sign}1"))
def test_a_text_is_harmless_and_nothing_of_it_is_lost(text: str) -> None:
    cell = harmless(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.lstrip().startswith(COMPUTED)


def test_a_workbook_holds_numbers_as_numbers_and_long_texts_cut() -> None:
    tables = tables_of(ledger_with("x" * 40_000), WORDS)
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(tables, "2027-01-05")))
    sheet = book["按门岗"]
    assert {type(cell.value) for cell in sheet[2][1:]} == {int}
    longest = max(len(str(row[0].value)) for row in sheet.iter_rows())
    assert longest == CELL_CHARS_MAX


def test_a_terminal_is_sent_no_control_sign() -> None:
    ledger = ledger_with("\x1b[2J\r南门\u202e")
    text = to_text(tables_of(ledger, WORDS), notes_of(ledger, WORDS))
    assert all(sign.isprintable() or sign == "\n" for sign in text)


def test_columns_on_a_terminal_stand_in_line() -> None:
    ledger = ledger_with("南门 south")
    table = next(t for t in tables_of(ledger, WORDS) if t.name == "gate")
    lines = to_text([table], []).splitlines()[1:3]
    wide = [sum(2 if ord(sign) > 0x2E80 else 1 for sign in line) for line in lines]
    assert wide[0] == wide[1]


def all_values() -> dict[str, list[str]]:
    decisions: list[Decision] = [Referred(Reason.ELEVATED), Denied(Refusal.SIG)]
    return {
        "kind": [kind.value for kind in EntryKind],
        "reason": [reason.value for reason in (*Reason, *Refusal)],
        "instrument": [*(s.value for s in Source), "no_value", "not_measured"],
        "outcome": ["granted", "none", *(type(d).__name__.lower() for d in decisions)],
    }


@pytest.mark.parametrize("group", all_values())
def test_nothing_that_an_entry_can_say_lacks_a_word(group: str) -> None:
    missing = [v for v in all_values()[group] if f"{group}.{v}" not in WORDS.zh]
    assert not missing


def test_both_catalogues_have_the_same_keys_and_slots() -> None:
    def slots(words: Any, key: str) -> list[str]:
        return sorted(words[key].split("%")[1::2])

    assert list(WORDS.zh) == list(WORDS.en)
    assert all(WORDS.zh.values()) and all(WORDS.en.values())
    assert all(slots(WORDS.zh, key) == slots(WORDS.en, key) for key in WORDS.zh)


def test_a_word_of_a_later_version_is_said_as_it_stands() -> None:
    tally = Tally(DAY, GRIDS)
    tally.add_journal(backwards([wire(1, kind="teleported", reason="because")]))
    rows = read_csv(tally.ledger())
    assert [row[2:5] for row in rows if row[1].startswith("按登记种类")] == [
        ["teleported", "", "1"]
    ]
