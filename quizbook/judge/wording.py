"""A stranger's text on its way to a person's terminal, a report or JSON: no control characters, no end in sight."""

from __future__ import annotations

import unicodedata


def clean(text: str, *, limit: int | None = None, lines: bool = False) -> str:
    """`text` with control, format, surrogate and unassigned characters shown as ·, and cut at `limit` characters.

    lines: line feeds and tabs may stay; otherwise they become spaces. So no text can move the cursor, colour the
    screen, retitle the window, reverse the reading direction or break a line of a report.
    """
    if limit is not None and len(text) > limit:
        text = text[:limit] + " ..."
    return "".join(_harmless(c, lines) for c in text)


def _harmless(character: str, lines: bool) -> str:
    if character in "\n\t":
        return character if lines else " "
    if character == " " or character.isalnum():
        return character
    return "·" if unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") else character
