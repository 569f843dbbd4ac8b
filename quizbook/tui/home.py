"""Home: what there is to do today, and how far one is with each chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize, ScreenResume
from textual.screen import Screen
from textual.widgets import Static
from textual.widgets.option_list import Option

from quizbook.tui.binding_bar import BindingBar
from quizbook.tui.home_rows import Row, first_choice, head_words, rows
from quizbook.tui.menu import Menu

if TYPE_CHECKING:
    from quizbook.practice.today import Today
    from quizbook.tui.app import QuizbookApp


class HomeScreen(Screen[None]):
    """A list of what can be done, the most useful first; a letter or Enter does it."""

    DEFAULT_CSS = """
    HomeScreen { background: $background; }
    HomeScreen > #head { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    HomeScreen > Menu { margin: 1 1 0 1; }
    HomeScreen.-low > Menu { margin: 0 1; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]  # noqa: RUF012  # as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "begin('review')", "review", show=False),
        Binding("n", "begin('new')", "new questions", show=False),
        Binding("w", "begin('weak')", "weak sections", show=False),
        Binding("s", "begin('slipping')", "what keeps slipping", show=False),
        Binding("e", "begin('exercises')", "exercises", show=False),
        Binding("p", "begin('progress')", "progress", show=False),
        Binding("slash", "app.search", "search"),
        Binding("ctrl+p", "app.command_palette", "commands"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._touched = False  # whether somebody moved in the list since it was shown

    @property
    def quizbook(self) -> QuizbookApp:
        """The app, which knows what home shows."""
        return cast("QuizbookApp", self.app)

    def compose(self) -> ComposeResult:
        """Head, list, keys."""
        yield Static(id="head")
        yield Menu()
        yield BindingBar()

    def on_mount(self) -> None:
        """Shows the frame at once; the figures come when they are computed."""
        self._lay_out(None)

    @on(ScreenResume)
    def _read_again(self) -> None:
        """Whatever was done on another screen, or in another window, counts now."""
        self._touched = False
        self.call_after_refresh(self.quizbook.read_today)

    @on(Resize)
    def _fit(self) -> None:
        self._lay_out(self.quizbook.today)

    def show_today(self, today: Today) -> None:
        """Show where the learner stands."""
        self._lay_out(today)
        menu = self.query_one(Menu)
        if not self._touched:
            menu.highlighted = menu.get_option_index(first_choice(today))

    def _lay_out(self, today: Today | None) -> None:
        head = Content.assemble(
            ("quizbook", "bold $primary"), "  ", (head_words(today, self.size.width), "$foreground 70%")
        )
        self.query_one("#head", Static).update(head)
        menu = self.query_one(Menu)
        at = menu.highlighted
        self._rows = rows(today, self.size.width - 5)
        menu.set_options(Option(row.text, id=row.id, disabled=row.id is None) for row in self._rows)
        menu.highlighted = 0 if at is None else at

    @on(Menu.OptionSelected)
    def _chosen(self, event: Menu.OptionSelected) -> None:
        if event.option_id is not None:
            self.action_begin(event.option_id)

    def on_key(self) -> None:
        """Leaves the choice where a person has put it."""
        self._touched = True

    def action_begin(self, what: str) -> None:
        """Opens what a row stands for."""
        self.quizbook.begin(what)
