"""One exercise and the learner's file of it: checked in the background at every save, a pass written down.

It is driven by calls to `look`, from one thread, a few times a second; what happened since is given back as news.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from quizbook import places
from quizbook.errors import QuizbookError
from quizbook.judge.client import ask
from quizbook.judge.exercise import Exercise, all_exercises, find_exercise
from quizbook.judge.starting import put_files
from quizbook.judge.watching import WatchedFile
from quizbook.practice.checking import record, request_for
from quizbook.practice.hints import Ladder, next_hint
from quizbook.practice.progress import note, progress_of
from quizbook.study.exercises import PUT_AT, WATCHED, Progress, next_exercise
from quizbook.study.store import open_log


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened.

    kind: "checking" (a check began), "waiting" (it waits for the judge: `sentence`), "gone" (there is no file any
    more), "verdict" (`answer` is the judge's), "trouble" (`sentence` says why there is none). A verdict with a sentence
    could not be written down. number: of the check that it is about.
    """

    kind: Literal["checking", "waiting", "gone", "verdict", "trouble"]
    number: int
    answer: dict[str, Any] | None = None
    sentence: str = ""


def in_background(number: int, news: queue.SimpleQueue[News], check: Callable[[], dict[str, Any]]) -> None:
    """Begin a check in a thread of its own; that it began and what it comes to are put among the news."""

    def whole() -> None:
        try:
            news.put(News("verdict", number, check()))
        except QuizbookError as error:
            news.put(News("trouble", number, sentence=error.message))
        except Exception as error:  # a thread's traceback would end on the learner's screen
            news.put(News("trouble", number, sentence=f"the check broke: {type(error).__name__}: {error}"))

    news.put(News("checking", number))
    threading.Thread(target=whole, daemon=True).start()


def score_words(verdict: Mapping[str, Any]) -> str:
    """The points of a verdict: "3 of 4 points"."""
    return f"{verdict['score']:g} of {verdict['points']:g} points"


def exercise_to_go_on_with(id: str | None) -> Exercise:
    """The one with that id, or the one that the learner is at. QuizbookError where there is none."""
    if id is not None:
        return find_exercise(id)
    known = {exercise.item: exercise for exercise in all_exercises()}
    if not known:
        raise QuizbookError("there are no exercises to watch")
    with open_log(places.home()) as log:
        return known[next_exercise(list(known), progress_of(log))]


@dataclass(slots=True)
class Workbench:
    """One exercise at a time.

    folder: where a learner's file is looked for first, and put. columns: how wide a verdict's text may be.
    colour: whether it may be painted. file: None as long as there is none.
    """

    exercise: Exercise
    folder: Path
    columns: Callable[[], int]
    colour: bool = False
    file: WatchedFile | None = field(default=None, init=False)
    passed: bool = field(default=False, init=False)
    score: str = field(default="", init=False)
    _checks: int = field(default=0, init=False)  # begun so far; only the newest one's outcome is told
    _news: queue.SimpleQueue[News] = field(default_factory=queue.SimpleQueue, init=False)

    def open(self, *, put: bool) -> None:
        """Finds the learner's file and checks it; where there is none, puts the starter there if that is wanted."""
        self._forget()
        with open_log(places.home()) as log:
            before = progress_of(log).get(self.exercise.item, Progress())
            path = file_of(self.exercise, before, self.folder)
            if path is None and put:
                path, _ = put_files(self.exercise, self.folder)
                note(log, self.exercise.item, PUT_AT, str(path.absolute()))
            if path is not None:
                note(log, self.exercise.item, WATCHED, True)
        if path is not None:
            self.file = WatchedFile(path)
            self.check()

    def look(self) -> list[News]:
        """What happened since the last look; a file that was saved is checked."""
        change = self.file.look() if self.file else None
        if change == "saved":
            self.check()
        elif change == "gone":
            self._checks += 1
            self._news.put(News("gone", self._checks))
        told: list[News] = []
        while not self._news.empty():
            news = self._news.get()
            if news.number == self._checks:
                told.append(self._judged(news) if news.kind in ("verdict", "trouble") else news)
        return told

    def check(self) -> None:
        """Starts a check in the background; one that still runs is forgotten, and ends at its own limits."""
        if self.file is None:
            raise QuizbookError(f"there is no file for exercise {self.exercise.id} yet")
        self._checks += 1
        request = request_for(self.exercise.id, str(self.file.path), width=self.columns(), colour=self.colour)
        number, news = self._checks, self._news
        in_background(number, news, lambda: ask(request, lambda s: news.put(News("waiting", number, sentence=s))))

    def _judged(self, news: News) -> News:
        """Takes the outcome in: a pass is written down; a save on the way to it is no attempt."""
        if news.answer is None:
            self.passed, self.score = False, ""
            return news
        verdict = news.answer["verdict"]
        passed_before, self.passed = self.passed, verdict["passed"]
        self.score = score_words(verdict)
        if self.passed and not passed_before:
            try:
                record(news.answer)
            except QuizbookError as error:  # the verdict is worth more than its record
                return News("verdict", news.number, news.answer, f"this result is not written down: {error.message}")
        return news

    def hint(self) -> Ladder:
        """One hint more, which is written down."""
        return next_hint(self.exercise)

    def next(self) -> None:
        """Goes on to the next exercise that is not passed; `open` comes next."""
        known = {exercise.item: exercise for exercise in all_exercises()}
        with open_log(places.home()) as log:
            following = next_exercise(list(known), progress_of(log), after=self.exercise.item)
        self.exercise = known[following]
        self._forget()

    def reset(self) -> None:
        """A fresh starter; the old file is kept under a dated name beside it."""
        if self.file is None:
            return self.open(put=True)
        path, _ = put_files(
            self.exercise, self.file.path.parent, notebook=self.file.path.suffix == ".ipynb", fresh=True
        )
        self.file = WatchedFile(path)
        self.check()

    def _forget(self) -> None:
        """What was known of the exercise before, and of a check that still runs."""
        self.file, self.passed, self.score = None, False, ""
        self._checks += 1


def file_of(exercise: Exercise, progress: Progress, folder: Path) -> Path | None:
    """The file that the learner has: in this folder, or where `start` put it."""
    here = [folder / f"{exercise.file_stem}{suffix}" for suffix in (".py", ".ipynb")]
    there = [Path(progress.put_at)] if progress.put_at else []
    return next((path for path in (*here, *there) if path.is_file()), None)
