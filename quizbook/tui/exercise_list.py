"""All exercises with how far one is; Enter opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import ScreenResume
from textual.widgets.option_list import Option

from quizbook.practice.today import Today
from quizbook.study.exercises import Progress
from quizbook.tui.menu import Menu
from quizbook.tui.page import Page

if TYPE_CHECKING:
    from quizbook.tui.app import QuizbookApp

SIGNS = {"due": ("↻", "$warning"), "passed": ("✓", "$success"), "started": ("◐", "$primary"), "new": ("·", "")}
WORDS = {"due": "due", "passed": "passed", "started": "begun", "new": "new"}


class ExerciseList(Page[None]):
    """The list."""

    DEFAULT_CSS = "ExerciseList > Menu { margin: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "app.search", "search"),
    ]

    @property
    def quizbook(self) -> QuizbookApp:
        """The app, which knows where the learner stands."""
        return cast("QuizbookApp", self.app)

    def body(self) -> ComposeResult:
        """The list."""
        yield Menu()

    def on_mount(self) -> None:
        """Shows what is known, if anything is."""
        self.head("Exercises", "reading ...")
        if self.quizbook.today is not None:
            self.show_today(self.quizbook.today)

    @on(ScreenResume)
    def _read_again(self) -> None:
        self.quizbook.read_today()

    def show_today(self, today: Today) -> None:
        """Show where the learner stands."""
        exercises = today.material.exercises
        states = {one.item: state_of(one.item, today) for one in exercises}
        passed = sum(state in ("passed", "due") for state in states.values())
        self.head("Exercises", f"{passed} of {len(exercises)} passed")
        menu = self.query_one(Menu)
        at = menu.highlighted
        rows = [(f"exercise:{one.id}", _row(one.id, one.title, states[one.item])) for one in exercises]
        menu.set_options(Option(row, id=id) for id, row in rows)
        menu.highlighted = 0 if at is None else at

    @on(Menu.OptionSelected)
    def _chosen(self, event: Menu.OptionSelected) -> None:
        self.quizbook.begin(event.option_id or "")


def state_of(item: str, today: Today) -> str:
    """ "due", "passed", "started" or "new"."""
    return "due" if item in today.agenda.exercises else today.progress.get(item, Progress()).state


def _row(id: str, title: str, state: str) -> Content:
    sign, colour = SIGNS[state]
    return Content.assemble((f"{sign} ", colour), (f"{id:>4}  ", "bold"), (f"{WORDS[state]:<8}", colour), title)
