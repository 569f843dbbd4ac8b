"""A source file to read: lines with numbers, the definition that was asked for marked, words to search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

HERE, WITHIN, ELSEWHERE = "▶", "┃", " "  # signs behind the number: the line, its definition, the rest
FURTHER_IN = 2  # columns
ABOVE = 2  # lines that stay in sight above a line that one jumps to


class Listing(ScrollView, can_focus=True):
    """Shows a file; a line that is too long goes on below, so that nothing is beyond the edge."""

    DEFAULT_CSS = """
    Listing { height: 1fr; overflow-x: hidden; scrollbar-gutter: stable; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Line up", show=False),
        Binding("down,j", "scroll_down", "Line down", show=False),
        Binding("pageup,b", "page_up", "Page up", show=False),
        Binding("pagedown,space", "page_down", "Page down", show=False),
        Binding("home,g", "scroll_home", "First line", show=False),
        Binding("end,G", "scroll_end", "Last line", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Content] = ()
        self.line, self.first, self.last = 1, 1, 0
        self.hits: list[int] = []
        self._wanted: re.Pattern[str] | None = None
        self._rows: list[tuple[int, Content]] = []  # number of the line (0: it goes on), and what stands there
        self._row_of: list[int] = []

    def show(self, lines: Sequence[Content], line: int, first: int, last: int) -> None:
        """Take over a file and go to one of its lines; first to last belong to it. All count from 1."""
        self.lines, self.line, self.first, self.last = lines, line, first, last
        self.search("")
        self._lay_out()
        self.go_to(line)

    def search(self, words: str) -> int:
        """Mark the lines that hold these words, in any case; how many there are."""
        self._wanted = re.compile(re.escape(words), re.IGNORECASE) if words else None
        wanted = self._wanted
        self.hits = [n for n, line in enumerate(self.lines, 1) if wanted and wanted.search(line.plain)]
        self.refresh()
        return len(self.hits)

    def go_to(self, line: int) -> None:
        """Scroll so that the line stands near the top."""
        if 0 < line <= len(self._row_of):
            self.scroll_to(y=max(0, self._row_of[line - 1] - ABOVE), animate=False, force=True)

    def next_hit(self, step: int) -> int:
        """Go to the hit after (step 1) or before (-1) what is at the top; its place among the hits, from 1; 0: none."""
        if not self.hits or not self._rows:
            return 0
        at = min(round(self.scroll_y) + ABOVE, len(self._rows) - 1)
        top = next(number for number, _ in reversed(self._rows[: at + 1]) if number)
        if step > 0:
            found = next((hit for hit in self.hits if hit > top), self.hits[0])
        else:
            found = next((hit for hit in reversed(self.hits) if hit < top), self.hits[-1])
        self.go_to(found)
        return self.hits.index(found) + 1

    def _on_resize(self, event: Resize) -> None:
        """Breaks the lines anew and keeps the line in sight."""
        top = next((number for number, _ in reversed(self._rows[: round(self.scroll_y) + 1]) if number), 1)
        self._lay_out()
        if top > 1:
            self.scroll_to(y=self._row_of[top - 1], animate=False, force=True)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width - self._gutter - 3
        self._rows, self._row_of = [], []
        for number, line in enumerate(self.lines, 1):
            self._row_of.append(len(self._rows))
            parts = _broken(line, width) if 0 < width < line.cell_length else [line]
            self._rows += [(0 if at else number, part) for at, part in enumerate(parts)]
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))
        self.refresh()

    @property
    def _gutter(self) -> int:
        return len(str(len(self.lines)))

    def render_line(self, y: int) -> Strip:
        """Number, sign and text of one row."""
        width = self.scrollable_content_region.width
        at = y + round(self.scroll_y)
        if at >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        number, text = self._rows[at]
        line = number or next(n for n, _ in reversed(self._rows[:at]) if n)
        sign = HERE if number == self.line else WITHIN if self.first <= line <= self.last else ELSEWHERE
        if self._wanted:
            text = text.highlight_regex(self._wanted, style="reverse")
        gutter = f"{number or '':>{self._gutter}} "
        row = Content.assemble((gutter, "$foreground 40%"), (sign, "$accent"), " ", text)
        [strip] = Visual.to_strips(self, row, width, 1, self.visual_style) or [Strip.blank(width)]
        return strip


def _broken(line: Content, width: int) -> list[Content]:
    """A long line as several, those that follow a little further in than the first."""
    indent = len(line.plain) - len(line.plain.lstrip())
    inner = max(width - indent - FURTHER_IN, width // 2)
    margin = " " * min(indent, width - inner - FURTHER_IN)
    return [
        Content.assemble(margin + (" " * FURTHER_IN if at else ""), part)
        for at, part in enumerate(line[indent:].wrap(inner))
    ]
