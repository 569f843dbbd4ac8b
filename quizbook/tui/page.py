"""What most screens share: a line that says where one is, the keys at the bottom, and Escape back."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from quizbook.tui.binding_bar import BindingBar

Result = TypeVar("Result")


class Page(Screen[Result]):
    """A screen with a head line, a body that `body` composes, and the keys."""

    DEFAULT_CSS = """
    Page { background: $background; }
    Page > #head { height: 1; padding: 0 1; color: $foreground 70%; text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "back", "back")]

    def compose(self) -> ComposeResult:
        """Head, body, keys."""
        yield Static(id="head")
        yield from self.body()
        yield BindingBar()

    def body(self) -> ComposeResult:
        """The widgets between the head and the keys."""
        yield from ()

    def head(self, name: str, more: str = "") -> None:
        """Say where one is: a name, and what is to be known besides."""
        parts = [Content.styled(name, "bold $foreground"), Content(f"  {more}" if more else "")]
        self.query_one("#head", Static).update(Content.assemble(*parts))

    def action_back(self) -> None:
        """Return to the screen below."""
        self.dismiss()
