"""Markdown and code as Content that a Static can show: a widget for each paragraph would take too long to put up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from textual.content import Content, Span
from textual.style import Style

from quizbook.bank.marks import marks_in
from quizbook.study.markdown import blocks

CODE = "$accent on $boost"
MARK = "bold $accent"
TAB = 4
_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)"
    r"|(?<![\w*])\*\*(?P<strong>\S|\S.*?\S)\*\*(?![\w*])"
    r"|(?<![\w*])\*(?P<em>[^\s*][^*]*?)\*(?![\w*])"
)


def prose(markdown: str) -> Content:
    """A Markdown text, its paragraphs unfilled: whoever shows it knows the width."""
    parts: list[Content] = []
    for block in blocks(markdown):
        if block.code:
            parts.append(Content.assemble("  ", (block.text.expandtabs(TAB), CODE)))
        elif block.lead and not block.lead[0].isdecimal():
            parts.append(inline(f"• {block.text[len(block.lead) :]}"))
        else:
            parts.append(inline(block.text))
    return Content("\n").join(parts)


def inline(text: str) -> Content:
    """One paragraph with its `code`, **strong** and *emphasized* pieces styled; anything else stands as it is."""
    parts: list[str | tuple[str, str]] = []
    at = 0
    for found in _INLINE.finditer(text):
        parts.append(text[at : found.start()])
        if code := found["code"]:
            parts.append((code.strip() or code, CODE))
        else:
            parts.append((found["strong"], "bold") if found["strong"] else (found["em"], "italic"))
        at = found.end()
    return Content.assemble(*parts, text[at:])


def listing(
    code: str, *, fills: Mapping[str, str] | None = None, on: str | None = None, python: bool = True
) -> Content:
    """Code or a figure, highlighted where it is Python, with its marks («1», ①) to see and to click.

    fills: key of a blank -> what stands in it so far. on: the blank or place that the next letter fills.
    A click on a mark finds `{"place": key}` in the meta of the style there.
    """
    source = code.strip("\n").expandtabs(TAB)
    text, masked, marks = "", "", list[tuple[int, int, str]]()
    at = 0
    for mark in marks_in(source):
        fill = (fills or {}).get(mark.key) if mark.is_blank else None
        said = f"«{mark.key} {fill}»" if fill else source[mark.start : mark.end]
        text += source[at : mark.start]
        masked += source[at : mark.start] + "x" * len(said)  # a name: no error where a term stands
        marks.append((len(text), len(text) + len(said), mark.key))
        text += said
        at = mark.end
    text, masked = text + source[at:], masked + source[at:]
    spans = [*_highlighted(masked)] if python else []
    for start, end, key in marks:
        spans.append(Span(start, end, f"{MARK} reverse" if key == on else MARK))
        spans.append(Span(start, end, Style.from_meta({"place": key})))
    return Content(text, spans)


_CALM = {
    "Comment": "$text-muted italic",
    "Keyword": "bold $text-primary",
    "Operator.Word": "bold $text-primary",
    "Literal.Number": "$text-warning",
    "Literal.String": "$text-success",
    "Name.Function": "bold",
    "Name.Class": "bold",
    "Name.Decorator": "$text-secondary",
}
"""Python in few colours, without underlines, and with no name in the colour of errors."""


@lru_cache(maxsize=64)
def _highlighted(code: str) -> tuple[Span, ...]:
    from textual.highlight import HighlightTheme, highlight  # loads pygments, with the first code only

    class Calm(HighlightTheme):
        STYLES = {at: _CALM[".".join(at)] for at in HighlightTheme.STYLES if ".".join(at) in _CALM}  # noqa: RUF012

    return tuple(highlight(code, language="python", theme=Calm, tab_size=TAB).spans)
