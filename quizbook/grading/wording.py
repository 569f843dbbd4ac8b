"""How grades put things into words: quotations cut to a line, counts, lists that do not run on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

QUOTED = 72
"""Characters of a quoted option or step, at most."""


def quoted(text: str) -> str:
    """A text in quotation marks, on one line, without its full stop, cut at a word where it is long."""
    one_line = " ".join(text.split()).removesuffix(".")
    if len(one_line) > QUOTED:
        one_line = (
            textwrap.shorten(one_line, QUOTED, placeholder=" …")
            if " " in one_line[:QUOTED]
            else one_line[:QUOTED] + "…"
        )
    return f"“{one_line}”"


def coded(text: str) -> str:
    """A piece of code in backticks, on one line, cut where it is long."""
    one_line = " ".join(text.split())
    return f"`{one_line if len(one_line) <= QUOTED else one_line[:QUOTED] + '…'}`"


def several(items: Sequence[str], *, most: int = 4) -> str:
    """Items joined by semicolons; beyond `most` the rest is counted."""
    left = len(items) - most
    return "; ".join(items[:most]) + (f"; and {left} more" if left > 0 else "")


def counted(number: int, noun: str) -> str:
    """ "1 pair", "2 pairs"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def share(right: int, total: int, noun: str) -> str:
    """ "2 of 3 pairs are right", "all 3 pairs are right", "the pair is right"."""
    if total == 1:
        return f"The {noun} is {'right' if right else 'not right'}"
    if right == total:
        return f"All {counted(total, noun)} are right"
    return f"{right} of {counted(total, noun)} {'is' if right == 1 else 'are'} right"
