"""A list to choose from, with a sign at the line that is chosen."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import OptionList

SIGN = "▸ "


class Menu(OptionList):
    """An option list without a frame; up and down move, Enter and a click choose."""

    DEFAULT_CSS = """
    Menu {
        height: 1fr;
        max-height: 100%;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        &:focus { border: none; background-tint: transparent; }
        & > .option-list--option-disabled { color: $foreground; }
        &:nocolor > .option-list--option-highlighted { text-style: bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "open")]

    def _get_left_gutter_width(self) -> int:
        return len(SIGN)

    def render_line(self, y: int) -> Strip:
        """One line, with the sign before the first line of the option that is chosen."""
        strip = super().render_line(y)
        style = next(iter(strip)).style if strip else None
        at = self.scroll_offset.y + y
        lines = self._lines
        chosen = at < len(lines) and lines[at] == (self.highlighted, 0)
        return Strip([Segment(SIGN if chosen else " " * len(SIGN), style), *strip], strip.cell_length + len(SIGN))
