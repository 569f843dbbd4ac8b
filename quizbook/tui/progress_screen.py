"""Progress: the figures of the whole log as charts, to scroll through."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from quizbook.tui.background import in_background
from quizbook.tui.page import Page

Drawn = Callable[[int], list[str]]


class ProgressScreen(Page[None]):
    """Charts as wide as the screen; they are computed while one waits."""

    DEFAULT_CSS = "ProgressScreen > VerticalScroll { padding: 0 1; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,p", "back", "back"),
    ]

    def __init__(self, compute: Callable[[], Drawn]) -> None:
        """compute: reads the log, in the background, and returns what draws the charts in so many columns."""
        super().__init__()
        self._compute = compute
        self._draw: Drawn | None = None

    def body(self) -> ComposeResult:
        """The charts."""
        with VerticalScroll():
            yield Static("reading the log ...")

    def on_mount(self) -> None:
        """Begins to compute."""
        self.head("Progress")
        in_background(self, self._compute, self._take)

    def _take(self, draw: Drawn) -> None:
        self._draw = draw
        self._fit()

    @on(Resize)
    def _fit(self) -> None:
        if self._draw is not None:
            lines = self._draw(self.size.width - 3)
            self.query_one("VerticalScroll > Static", Static).update(Content("\n".join(lines)))
