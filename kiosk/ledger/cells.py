"""Texts in CSV that no spreadsheet computes, whoever wrote them."""

import re

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠﹢﹣−\t\r]")


def harmless(text: str) -> str:
    """Return what a spreadsheet computes with an apostrophe in front, and all else as it is.

    The signs count also behind blanks and in their wide forms, which Excel takes as well.
    """
    return f"'{text}" if _FORMULA.match(text) else text
