"""One exercise: its task, its hints as a ladder, and what the judge says of the learner's file at every save."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize, Unmount
from textual.widgets import Static

from quizbook.judge.exercise import Exercise
from quizbook.practice.hints import Ladder
from quizbook.practice.review_bench import ReviewBench
from quizbook.practice.workbench import News, Workbench
from quizbook.tui.bench_thread import AtBench, BenchThread, BenchTold
from quizbook.tui.page import Page
from quizbook.tui.prose import inline, prose
from quizbook.tui.verdict import verdict_text

BAR = 20  # columns of the bar while a check runs
TICK_S = 0.1
MEANT_S = 5  # seconds within which a key has to be pressed again
WIDE = 110  # columns from which on task and checks stand side by side


class ExerciseScreen(Page[None]):
    """Task on one side, checks and hints on the other; on a narrow screen one side at a time."""

    DEFAULT_CSS = """
    ExerciseScreen Horizontal { height: 1fr; }
    ExerciseScreen VerticalScroll { padding: 0 1; scrollbar-size-vertical: 1; width: 1fr; }
    ExerciseScreen Static { width: 1fr; }
    ExerciseScreen #checks { border-left: vkey $panel; display: none; }
    ExerciseScreen #hints, ExerciseScreen #verdict { margin-top: 1; }
    ExerciseScreen .-empty { display: none; }
    ExerciseScreen.-checks #task { display: none; }
    ExerciseScreen.-checks #checks { display: block; border-left: none; }
    ExerciseScreen.-wide #task, ExerciseScreen.-wide #checks { display: block; }
    ExerciseScreen.-wide #checks { border-left: vkey $panel; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012  # as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "put", "start"),
        Binding("c", "check", "check"),
        Binding("h", "hint", "hint"),
        Binding("tab,t", "turn", "turn", priority=True),
        Binding("n", "next", "next"),
        Binding("r", "code", "code"),
        Binding("v", "solution", "solution"),
        Binding("f", "fresh", "afresh"),
        Binding("up,k", "scroll(-1)", "scroll up", show=False),
        Binding("down,j", "scroll(1)", "scroll down", show=False),
        Binding("pageup,b", "page(-1)", "page up", show=False),
        Binding("pagedown,space", "page(1)", "page down", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(self, exercise: Exercise, *, folder: Path | None = None, review: date | None = None) -> None:
        """folder: where the learner works; without it, where the program was started. review: today, if it is due."""
        super().__init__()
        self.folder = folder or Path.cwd()
        self.is_review = review is not None
        self.at = AtBench(exercise)
        bench = ReviewBench(exercise, self.folder, review) if review else Workbench(exercise, self.folder, lambda: 80)
        self.bench = BenchThread(self, bench)
        self._verdict: dict[str, Any] | None = None
        self._since: float | None = None  # when the check that runs began
        self._said = ""
        self._asked: str | None = None  # what a key asks to be pressed again for

    def body(self) -> ComposeResult:
        """Both sides."""
        with Horizontal():
            with VerticalScroll(id="task", can_focus=False):
                yield Static(id="text")
            with VerticalScroll(id="checks", can_focus=False):
                yield Static(id="status")
                yield Static(id="verdict", classes="-empty")
                yield Static(id="hints", classes="-empty")

    def on_mount(self) -> None:
        """Shows the task and begins to watch."""
        self._show_task()
        self.set_interval(TICK_S, self._tick)
        self.bench.start()

    @on(Unmount)
    def _stop(self) -> None:
        self.bench.close()

    @on(Resize)
    def _fit(self) -> None:
        self.call_after_refresh(self._show_verdict)

    def on_bench_told(self, told: BenchTold) -> None:
        """Shows what the bench says."""
        another, self.at = told.at.exercise != self.at.exercise, told.at
        if another:
            self._verdict, self._since, self._said = None, None, ""
            self._show_hints(None)
            self._show_verdict()
            self.remove_class("-checks")
            self._show_task()
        for news in told.news:
            self._take(news)
        if told.ladder is not None:
            self._show_hints(told.ladder)
            self._turn_to_checks()
            self.call_after_refresh(self.query_one("#checks").scroll_end, animate=False)
        if told.complaint:
            self.notify(told.complaint, severity="warning", markup=False)
        self._show_state()

    def _take(self, news: News) -> None:
        if news.kind == "checking":
            self._since, self._said = time.monotonic(), ""
            self._turn_to_checks()
        elif news.kind == "waiting":
            self._said = news.sentence
        else:
            self._since = None
            self._verdict = news.answer["verdict"] if news.answer else None
            gone = "the file is gone; it is checked again as soon as it is back"
            self._said = gone if news.kind == "gone" else news.sentence
            self._show_verdict()
            self.query_one("#checks").scroll_home(animate=False)

    def _show_state(self) -> None:
        exercise, at = self.at.exercise, self.at
        state = "✓ passed" if at.passed else at.score
        name = at.file.name if at.file else "not begun"
        self.head(f"{exercise.id} {exercise.title}", " · ".join(part for part in (state, name) if part))
        self._tick()
        self.refresh_bindings()

    def _tick(self) -> None:
        """What the bench does just now, in a line or two."""
        name = self.at.file.name if self.at.file else ""
        if self._since is not None:
            status = Content.assemble(f"checking {name}\n", *self._so_far(time.monotonic() - self._since))
        elif self._said:
            status = Content.assemble((self._said, "$warning"))
        else:
            file = self.at.file
            where = (f"{file.name if file.parent == self.folder else file}\n", "$foreground 60%") if file else ""
            status = Content.assemble(where, self._what_now())
        if self.is_mounted:
            self.query_one("#status", Static).update(status)

    def _so_far(self, seconds: float) -> tuple[str | tuple[str, str], ...]:
        """How long a check has taken, of the time that it may take at most; the judge's own start is not limited."""
        limit = self.at.exercise.limits.wall_s
        if self._said or seconds > limit:
            return (f"{seconds:.1f} s  {self._said}",)
        done = min(BAR, round(BAR * seconds / limit))
        bar = ("━" * done, "$accent"), ("─" * (BAR - done), "$foreground 30%")
        return (*bar, f" {seconds:.1f} s of at most {limit:g} s")

    def _what_now(self) -> str:
        at = self.at
        if self.is_review:
            if at.over:
                return "Written down; it is due again " + ("later." if at.passed else "soon. v shows the solution.")
            if at.file is None:
                return f"It is due. s puts a fresh starter into {self.folder}, and the time begins."
            return "c checks it. Hints and checks that fail make it harder; v gives up and shows the solution."
        if at.file is None:
            return f"There is no file of yours in {self.folder} yet; s puts the starter and the task there."
        return "Passed; n goes on to the next." if at.passed else "It is checked again at every save."

    def _show_task(self) -> None:
        exercise = self.at.exercise
        wanted = "\n".join(f"- `{name}{signature}`" for name, signature in exercise.entry_points.items())
        parts = [exercise.task.strip(), f"Your file defines:\n\n{wanted}", exercise.reading]
        self.query_one("#text", Static).update(prose("\n\n".join(part for part in parts if part)))
        self.query_one("#task").scroll_home(animate=False)
        self._show_state()

    def _show_verdict(self) -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.set_class(self._verdict is None, "-empty")
        if self._verdict is not None:
            width = max(self.query_one("#checks").scrollable_content_region.width - 2, 20)
            verdict.update(verdict_text(self._verdict, self.at.exercise, width))

    def _show_hints(self, ladder: Ladder | None) -> None:
        hints = self.query_one("#hints", Static)
        hints.set_class(ladder is None, "-empty")
        if ladder is None:
            return
        steps: list[Content] = []
        for number, text in enumerate(ladder.shown, 1):
            steps.append(Content.assemble((f"Hint {number} of {ladder.total}: ", "bold $accent"), inline(text.strip())))
        if ladder.exhausted:
            id = self.at.exercise.id
            steps.append(Content(f"That was the last one; `quizbook solution {id} --give-up` shows the solution."))
        hints.update(Content("\n\n").join(steps))

    def _turn_to_checks(self) -> None:
        self.add_class("-checks")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys are at hand."""
        if action == "put":
            return self.at.file is None
        if action == "check":
            return self.at.file is not None and not self.at.over
        if action == "fresh":
            return self.at.file is not None and not self.is_review
        if action == "next":
            return not self.is_review
        if action == "hint":
            return not self.at.over
        if action == "solution":
            return self.at.passed or (self.is_review and self.at.file is not None)
        if action == "code":
            return bool(self.at.exercise.see)
        if action == "turn":
            return not self.has_class("-wide")
        return True

    def action_put(self) -> None:
        """Puts starter and task into the folder."""
        self.bench.put()

    def action_check(self) -> None:
        """Checks now."""
        self.bench.check()

    def action_hint(self) -> None:
        """One hint more."""
        self.bench.hint()

    def action_next(self) -> None:
        """Goes on to the next exercise that is not passed."""
        self.bench.next()

    def action_turn(self) -> None:
        """Shows the other side."""
        self.toggle_class("-checks")

    def action_fresh(self) -> None:
        """Begins anew; asks once more before it moves the file aside."""
        if self._is_meant("f", "f once more moves your file aside, under a dated name, and begins afresh."):
            self.bench.reset()

    def _is_meant(self, key: str, warning: str) -> bool:
        """Whether the key was pressed twice; the first time only warns."""
        if self._asked == key:
            self._asked = None
            return True
        self._asked = key
        self.notify(warning)
        self.set_timer(MEANT_S, self._forget_asked)
        return False

    def _forget_asked(self) -> None:
        self._asked = None

    def action_code(self) -> None:
        """Reads the code that the exercise is about."""
        from quizbook.tui.reader import ReaderScreen

        self.app.push_screen(ReaderScreen(self.at.exercise.see))

    def action_solution(self) -> None:
        """Reads our solution, after a pass; a review that is not over is given up for it."""
        from quizbook.tui.reader import ReaderScreen

        if self.is_review and not self.at.over:
            if not self._is_meant("v", "v once more gives up: it counts as forgotten, and the solution is shown."):
                return
            self.bench.give_up()
        self.app.push_screen(ReaderScreen((self.at.exercise.folder / "solution.py",)))

    def action_scroll(self, step: int) -> None:
        """Scrolls the side that is shown."""
        self._side().scroll_relative(y=step, animate=False)

    def action_page(self, step: int) -> None:
        """Scrolls it by a page."""
        side = self._side()
        side.scroll_relative(y=step * max(1, side.size.height - 2), animate=False)

    def _side(self) -> VerticalScroll:
        sides = [self.query_one(name, VerticalScroll) for name in ("#task", "#checks")]
        shown = [side for side in sides if side.display]
        return next((side for side in shown if side.max_scroll_y > 0), shown[0])
