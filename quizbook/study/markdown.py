"""The Markdown of prompts and explanations as blocks: paragraphs, list items, code between fences, and the gaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ITEM = re.compile(r"(\s*(?:[-*]|\d+[.)])\s+)\S")
_FENCE = re.compile(r"\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (joined to one line), a list item, one line of code, or an empty line.

    lead: the mark of a list item with the space after it, which `text` begins with too. code: stays as it is.
    """

    text: str
    lead: str = ""
    code: bool = False


def blocks(markdown: str) -> Iterator[Block]:
    """The blocks of a text in order; inline marks stay in it."""
    paragraph: list[str] = []
    fenced = False

    def joined() -> Iterator[Block]:
        if paragraph:
            item = _ITEM.match(paragraph[0])
            yield Block(" ".join(line.strip() for line in paragraph), item[1].lstrip() if item else "")
            paragraph.clear()

    for line in markdown.strip("\n").split("\n"):
        if _FENCE.match(line):
            yield from joined()
            fenced = not fenced
        elif fenced:
            yield Block(line.rstrip(), code=True)
        elif not line.strip():
            yield from joined()
            yield Block("")
        else:
            if _ITEM.match(line):
                yield from joined()
            paragraph.append(line)
    yield from joined()
