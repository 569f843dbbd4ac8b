"""A line with a label that hangs before its text: an option, a place, a step, a point, a reason."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

OPEN = "▁▁▁▁"
"""What stands at a place that wants an answer."""


class Row(Widget):
    """A lead (mark and label) and a text that is filled beside it, never below it.

    name: what the owner calls this row, for the message that a click sends.
    """

    DEFAULT_CSS = "Row { height: auto; width: 1fr; }"

    class Clicked(Message):
        """A row was clicked."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

        @property
        def control(self) -> Row:
            """The row, for `on` with a selector."""
            return self.row

    def __init__(self, lead: Content | str, text: Content | str, *, name: str = "", classes: str = "") -> None:
        super().__init__(name=name, classes=classes)
        self._lead, self._text = Content(lead) if isinstance(lead, str) else lead, _content(text)
        self._filled: tuple[int, Content] = (-1, Content())

    def show(self, lead: Content | str, text: Content | str) -> None:
        """Show another lead and text; nothing happens where they are the same."""
        lead, text = _content(lead), _content(text)
        if not (lead.is_same(self._lead) and text.is_same(self._text)):
            self._lead, self._text, self._filled = lead, text, (-1, Content())
            self.refresh(layout=True)

    def render(self) -> Content:
        """The text filled to the width that there is."""
        return self._at(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that the text takes at this width."""
        return self._at(width).plain.count("\n") + 1

    def _at(self, width: int) -> Content:
        if self._filled[0] != width:
            room = max(width - self._lead.cell_length, 8)
            lines = self._text.wrap(room) or [Content()]
            indent = f"\n{' ' * self._lead.cell_length}"
            self._filled = width, self._lead + Content(indent).join(line.rstrip() for line in lines)
        return self._filled[1]

    def on_click(self, event: events.Click) -> None:
        """Tell the owner."""
        event.stop()
        self.post_message(self.Clicked(self))


def _content(text: Content | str) -> Content:
    return Content(text) if isinstance(text, str) else text
