"""The full-screen app: opens at home or in a session, and goes from there to its other screens.

What the first frame does not need is imported where it is used: the bank, the judge and the screens take as long as
Textual itself.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import WorkerFailed

from quizbook.study.settings import changed, settings_of
from quizbook.tui.background import in_background
from quizbook.tui.look import DARK, LIGHT, theme_for
from quizbook.tui.palette import Places

if TYPE_CHECKING:
    from quizbook.bank.questions import AnyQuestion
    from quizbook.judge.exercise import Exercise
    from quizbook.practice.today import Material, Today
    from quizbook.study.events import Mode
    from quizbook.study.session import Session, Summary
    from quizbook.study.store import Log
    from quizbook.tui.finding import Entry
    from quizbook.tui.session_screen import OpenReference

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def run_app(log: Log, session: Session | None = None, *, title: str = "", exercises: Sequence[Exercise] = ()) -> int:
    """Open the app at home or, if there is one, in a session, with whose end it ends.

    exercises: to be reviewed after the session, if it came to its end.
    Returns the exit code. An error inside is raised again once the terminal is as it was.
    """
    app = QuizbookApp(log, session, title=title, exercises=exercises)
    app.run()
    if app.error is not None:
        raise app.error
    return app.return_code or 0


def collect_garbage_again() -> None:
    """What is there by now stays for good, and need never be looked at; from here on, Python tidies up as usual."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class QuizbookApp(App[None]):
    """Knows the log, the settings, what there is to learn, and where the learner stands; the screens show it."""

    TITLE = "quizbook"
    COMMANDS: ClassVar = {Places}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", "quit", show=False),
        Binding("ctrl+f", "search", "search", show=False),
        Binding("question_mark,f1", "keys", "keys"),
    ]
    CSS = """
    CommandPalette > Vertical { margin-top: 1; background: $panel; }
    Toast { padding: 0 1; margin: 0 0 1 0; max-width: 100%; }
    """

    def __init__(
        self, log: Log, session: Session | None = None, *, title: str = "", exercises: Sequence[Exercise] = ()
    ) -> None:
        super().__init__()
        self.log_of_learner = log
        self.settings = settings_of(log.events("setting"))
        self.material: Material | None = None
        self.today: Today | None = None
        self.error: BaseException | None = None
        self.is_asking = session is not None
        self._first = session
        self._first_title = title
        self._exercises = list(exercises)
        self._reading = False
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = theme_for(self.settings.theme)

    def get_default_screen(self) -> Screen[Any]:
        """Home, unless the app opens in a session, which then is the screen below all others."""
        if self._first is None:
            from quizbook.tui.home import HomeScreen

            return HomeScreen()
        from quizbook.tui.session_screen import SessionScreen

        return SessionScreen(self._first, self.settings, title=self._first_title)

    def on_mount(self) -> None:
        """Prepares to leave in good order."""
        self._leave_on_signals()
        if self._first is not None:
            self.call_after_refresh(collect_garbage_again)

    def _leave_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in SIGNALS:
            if number := getattr(signal, name, None):
                try:
                    loop.add_signal_handler(number, self.exit, None, 1)
                except (NotImplementedError, RuntimeError, ValueError):  # no such thing here, or not the main thread
                    return

    # what is known

    def get_material(self) -> Material:
        """The bank and the exercises, read when they are first wanted; call it in the background."""
        if self.material is None:
            from quizbook.practice.today import load_material

            self.material = load_material()
        return self.material

    def read_today(self) -> None:
        """Compute anew, in the background, where the learner stands, and show it on the screens that do."""
        if not self._reading:
            self._reading = True
            in_background(self, self._compute_today, self._take_today)

    def _compute_today(self) -> Today:
        from quizbook.practice.today import read_today

        return read_today(self.get_material())

    def _take_today(self, today: Today) -> None:
        self._reading = False
        collect_garbage_again()
        self.today = today
        self._read_settings()  # not today's: a setting may have changed while it was computed
        for screen in self.screen_stack:
            if show := getattr(screen, "show_today", None):
                show(today)

    # what can be done

    def begin(self, what: str) -> None:
        """Open what a row, an entry or a command stands for, such as "review", "chapter:3" or "exercise:3.1"."""
        kind, _, name = what.partition(":")
        if kind == "exercises":
            from quizbook.tui.exercise_list import ExerciseList

            self.push_screen(ExerciseList())
        elif kind == "progress":
            self._open_progress()
        elif kind == "exercise":
            self._open_exercise(name)
        elif self.today is None:
            self.notify("One moment: the log is still being read.")
        else:
            self._begin_to_ask(kind, name, self.today)

    def _begin_to_ask(self, kind: str, name: str, today: Today) -> None:
        agenda = today.agenda
        match kind:
            case "review":
                self.ask(today.questions(agenda.reviews), "review", "Review", "Nothing is due today.")
            case "new":
                self.ask(today.questions(agenda.new), "quiz", "New questions", "No new questions for today.")
            case "weak":
                self.ask(today.of_weak_sections(), "drill", "Weak sections", "No section goes badly.")
            case "slipping":
                self.ask(today.of_leeches(), "drill", "What keeps slipping", "Nothing keeps slipping.")
            case "section":
                self.ask(today.of_section(name), "drill", f"Section {name}")
            case "chapter":
                self.ask(today.of_chapter(name), "quiz", f"Chapter {name}")
            case "question":
                self.ask(today.questions([name]), "quiz", name)

    def ask(self, questions: Sequence[AnyQuestion], mode: Mode, title: str, otherwise: str = "") -> None:
        """Ask some questions. otherwise: what is said where there are none."""
        if not questions:
            self.notify(otherwise)
            return
        from quizbook.study.draw import fresh_seed
        from quizbook.study.session import Session

        log = self.log_of_learner
        self._ask(Session(questions, fresh_seed(), record=log.append, device=log.device, mode=mode), title)

    def _ask(self, session: Session, title: str) -> None:
        from quizbook.tui.session_screen import SessionScreen

        self.is_asking = True
        self.push_screen(SessionScreen(session, self.settings, title=title), self._asked)

    def _asked(self, summary: Summary | None) -> None:
        self.is_asking = False

    def pop_screen(self) -> AwaitComplete:
        """Go back by a screen. Where the app opened in a session, there is nothing below it: the app ends."""
        if self._first is None or len(self.screen_stack) > 1:
            return super().pop_screen()
        self.is_asking = False
        if not self._first.summary().finished:
            self._exercises.clear()
        self._review_next()
        return AwaitComplete()

    def _review_next(self, _: None = None) -> None:
        """The exercises that are due after the questions, one after another; then the app ends."""
        if not self._exercises:
            self.exit()
            return
        from quizbook.tui.exercise_screen import ExerciseScreen

        exercise = self._exercises.pop(0)
        self.push_screen(ExerciseScreen(exercise, review=self._study_day()), self._review_next)

    def _study_day(self) -> date:
        from quizbook.study.days import study_day
        from quizbook.study.events import now

        return study_day(*now(), self.settings.day_start)

    def on_open_reference(self, event: OpenReference) -> None:
        """Reads the code that a question names, over the question."""
        from quizbook.tui.reader import ReaderScreen

        event.stop()
        self.push_screen(ReaderScreen([event.name]))

    def _open_exercise(self, id: str) -> None:
        from quizbook.judge.exercise import find_exercise
        from quizbook.tui.exercise_screen import ExerciseScreen

        exercise = find_exercise(id)
        due = self.today is not None and exercise.item in self.today.agenda.exercises
        self.push_screen(ExerciseScreen(exercise, review=self._study_day() if due else None))

    def _open_progress(self) -> None:
        from quizbook.tui.progress_charts import charts
        from quizbook.tui.progress_screen import ProgressScreen

        self.push_screen(ProgressScreen(lambda: charts(self.get_material())))

    def action_search(self) -> None:
        """Opens the search, unless a session is on."""
        if self.is_asking:
            self.notify("Search is for between sessions; the question would be left.")
            return
        from quizbook.tui.search import SearchScreen

        self.push_screen(SearchScreen(self.get_material), self._found)

    def _found(self, entry: Entry | None) -> None:
        if entry is not None:
            self.begin(f"{entry.of}:{entry.id}")

    def action_keys(self) -> None:
        """Shows all keys of the screen."""
        from quizbook.tui.keys_here import KeysHere, keys_of

        self.push_screen(KeysHere(keys_of(self.screen)))

    # how it looks

    def set_theme(self, name: str) -> None:
        """Take a theme, now and for all times to come."""
        changed(self.log_of_learner, "theme", name)
        self._read_settings()

    def _read_settings(self) -> None:
        self.settings = settings_of(self.log_of_learner.events("setting"))
        if (theme := theme_for(self.settings.theme)) != self.theme:
            self.theme = theme

    # how it ends

    def end_with(self, error: BaseException) -> None:
        """Leave because of an error, which is raised again when the terminal is as it was."""
        self.error = self.error or error
        self.exit(return_code=1)

    def _handle_exception(self, error: Exception) -> None:
        """Whatever goes wrong goes the program's way: Textual would print a traceback, with everything in it."""
        self.error = self.error or (error.error if isinstance(error, WorkerFailed) else error)
        if self._exception is None:
            self._exception = error  # Textual's tests look at it
            self._exception_event.set()
        self._return_code = 1
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """The terminal went away under us: there is nobody to tell."""
        self._return_code = 1
        self._close_messages_no_wait()
