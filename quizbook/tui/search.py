"""Search over all questions and exercises; Enter asks the question or opens the exercise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input
from textual.widgets.option_list import Option

from quizbook.practice.today import Material
from quizbook.tui.background import in_background
from quizbook.tui.finding import MOST, Entry, entries_of, find
from quizbook.tui.menu import Menu
from quizbook.tui.page import Page


class SearchScreen(Page[Entry | None]):
    """A line to type in and what it finds; dismissed with what was chosen."""

    DEFAULT_CSS = """
    SearchScreen > Input { height: 1; border: none; margin: 0 1; padding: 0; background: $background; }
    SearchScreen > Input:focus { border: none; }
    SearchScreen > Menu { margin: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("enter", "choose", "open"),
        Binding("down", "move('cursor_down')", "down", show=False),
        Binding("up", "move('cursor_up')", "up", show=False),
        Binding("pagedown", "move('page_down')", "page down", show=False),
        Binding("pageup", "move('page_up')", "page up", show=False),
    ]

    def __init__(self, material: Callable[[], Material]) -> None:
        """material: reads what there is; called in the background."""
        super().__init__()
        self._material = material
        self._entries: Sequence[Entry] | None = None
        self._found: dict[str, Entry] = {}

    def body(self) -> ComposeResult:
        """The line and the list."""
        yield Input(placeholder="words, a section such as 3.5, an id", compact=True)
        yield Menu()

    def on_mount(self) -> None:
        """Reads what there is to find."""
        self.head("Search", "reading ...")
        self.query_one(Menu).can_focus = False
        self.query_one(Input).focus()
        self._read()

    def _read(self) -> None:
        in_background(self, lambda: entries_of(self._material()), self._ready)

    def _ready(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.head("Search", f"{len(entries)} questions and exercises")
        self._search(self.query_one(Input).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._search(event.value)

    def _search(self, typed: str) -> None:
        entries = self._entries or ()
        in_background(self, lambda: (typed, find(entries, typed)), self._show)

    def _show(self, outcome: tuple[str, Sequence[Entry]]) -> None:
        typed, found = outcome
        if typed != self.query_one(Input).value:
            return  # somebody typed on meanwhile
        menu = self.query_one(Menu)
        room = 2 * (self.size.width - 8)
        menu.set_options(Option(_said(entry, room), id=f"{entry.of}:{entry.id}") for entry in found)
        menu.highlighted = 0 if found else None
        self._found = {f"{entry.of}:{entry.id}": entry for entry in found}
        if typed.strip() and self._entries is not None:
            count = f"the first {MOST}" if len(found) == MOST else f"{len(found)} found" if found else "nothing found"
            self.head("Search", count)

    def action_choose(self) -> None:
        """Opens what is chosen."""
        self.query_one(Menu).action_select()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_choose()

    @on(Menu.OptionSelected)
    def _chosen(self, event: Menu.OptionSelected) -> None:
        if event.option_id is not None:
            self.dismiss(self._found[event.option_id])

    def action_move(self, how: str) -> None:
        """Moves in the list while the line keeps the keys."""
        getattr(self.query_one(Menu), f"action_{how}")()


def _said(entry: Entry, room: int) -> Content:
    """What it is, and below it its words, at most so many columns of them."""
    words = entry.words if len(entry.words) <= room else f"{entry.words[: room - 1]}…"
    return Content.assemble((entry.label, "$foreground 70%"), f"\n{words}")
