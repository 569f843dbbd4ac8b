"""All keys that work at this question, over the screen until any key is pressed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from quizbook.tui.hint_bar import KeyHint
from quizbook.tui.questions.rows import Row
from quizbook.tui.questions.view import labelled
from quizbook.tui.session_keys import COMMANDS, SCROLLING

_PAGING = {"up", "down", "pageup", "pagedown", "home", "end"}

WIDE = 10  # columns of the keys


class SessionHelp(ModalScreen[None]):
    """The kind's own keys first, then the commands with both their keys, then scrolling."""

    AUTO_FOCUS = "#keys"

    def __init__(self, own: Sequence[KeyHint]) -> None:
        super().__init__()
        self._own = own

    def compose(self) -> ComposeResult:
        """A row for each key."""
        with VerticalScroll(id="keys"):
            yield Static("Keys", classes="heading", markup=False)
            for hint in self._own:
                yield Row(labelled("", hint.label.ljust(WIDE)), hint.words)
            for command in COMMANDS:
                key = {"question_mark": "?", "escape": "Esc"}.get(command.key, command.key)
                both = key if command.key == command.always else f"{key}  {command.always.upper()}"
                yield Row(labelled("", both.ljust(WIDE)), command.explanation)
            for keys, words in SCROLLING:
                yield Row(labelled("", keys.ljust(WIDE)), words)
            yield Static(
                "A letter that is an option, or a text that you write, comes before a command; its function "
                "key works even then.",
                classes="note part",
                markup=False,
            )

    def on_key(self, event: events.Key) -> None:
        """Any key but those that scroll goes back."""
        if event.key not in _PAGING:
            event.stop()
            self.dismiss()

    def on_click(self, event: events.Click) -> None:
        """A click goes back too."""
        event.stop()
        self.dismiss()
