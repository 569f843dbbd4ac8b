"""A field of several lines; a module of its own, since Textual's takes a while to load and few questions want it."""

from __future__ import annotations

from textual import events
from textual.widgets import TextArea

from quizbook.tui.fields import OF_THE_SCREEN, take_or_hand_over


class TextField(TextArea):
    """Several lines; only Ctrl+S and its like belong to the screen."""

    behind = 0

    def __init__(self, *, placeholder: str, wrap: bool) -> None:
        super().__init__(
            soft_wrap=wrap, compact=True, classes="field", placeholder=placeholder, highlight_cursor_line=False
        )

    @property
    def value(self) -> str:
        """The text, under the name that a line has it."""
        return self.text

    def on_key(self, event: events.Key) -> None:
        """Take it or hand it over."""
        take_or_hand_over(self, event, OF_THE_SCREEN)

    def write(self, character: str) -> None:
        """Put a letter in where the cursor is."""
        self.insert(character)

    def put(self, text: str) -> None:
        """Replace everything; the cursor stands at the end."""
        self.text = text
        self.move_cursor(self.document.end)
