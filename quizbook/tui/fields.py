"""Fields to write in that keep the order of keys: what is typed after Enter never lands in the field before it.

The app sends a key to the field that has the cursor, and Enter moves the cursor only when the screen has dealt with
it. So a field hands Enter and its like over to the screen, and with it every key that comes until that is done; the
screen gives the cursor to a field when it has dealt with all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

if TYPE_CHECKING:
    from quizbook.tui.text_field import TextField

Result = TypeVar("Result")
OF_THE_SCREEN = frozenset(["escape", "ctrl+s", "ctrl+enter", "ctrl+j", *(f"f{number}" for number in range(1, 9))])
_OF_A_LINE = OF_THE_SCREEN | {"enter", "tab", "shift+tab", "up", "down"}


class Handed(Message):
    """A key that a field did not take; whoever deals with it calls `done` afterwards."""

    def __init__(self, field: LineField | TextField, key: str, character: str | None) -> None:
        super().__init__()
        self.key, self.character, self._field = key, character, field

    def done(self) -> None:
        """The field may take keys again, if no other is on its way."""
        self._field.behind -= 1


class LineField(Input):
    """One line; Enter, Tab and the arrows up and down belong to the screen."""

    behind = 0

    def __init__(self, *, placeholder: str = "", name: str = "", id: str | None = None) -> None:
        super().__init__(
            compact=True, placeholder=placeholder, name=name, id=id, classes="field", select_on_focus=False
        )

    def on_key(self, event: events.Key) -> None:
        """Take it or hand it over."""
        take_or_hand_over(self, event, _OF_A_LINE)

    def write(self, character: str) -> None:
        """Put a letter in where the cursor is."""
        self.insert_text_at_cursor(character)

    def put(self, text: str) -> None:
        """Replace everything; the cursor stands at the end."""
        self.value = text
        self.cursor_position = len(text)


class WritingScreen(Screen[Result]):
    """A screen that gives its fields the cursor when it has dealt with the keys that have come already."""

    _writer: LineField | TextField | None = None

    def give_cursor(self, field: LineField | TextField) -> None:
        """Put the cursor into a field soon; until then keys come to the screen."""
        self.take_cursor()
        self._writer = field
        self.call_later(self._give, field)

    def take_cursor(self) -> None:
        """No field has the cursor now, nor will have soon."""
        self._writer = None
        self.set_focus(None)

    def _give(self, field: LineField | TextField) -> None:
        if self._writer is field and field.is_attached:
            field.focus()


def give_cursor(field: LineField | TextField) -> None:
    """Put the cursor into a field of a writing screen."""
    if isinstance(field.screen, WritingScreen):
        field.screen.give_cursor(field)


def take_or_hand_over(field: LineField | TextField, event: events.Key, handed: frozenset[str]) -> None:
    """Leave a key to the field, or hand it over: one of `handed`, or one that came after such a key."""
    if event.key in handed or field.behind or field.screen.focused is not field:
        event.stop()
        event.prevent_default()
        field.behind += 1
        field.screen.post_message(Handed(field, event.key, event.character))
