"""The review of an exercise on a workbench: checks run in the background, and only when they are asked for."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise
from quizbook.judge.watching import WatchedFile
from quizbook.practice.hints import Ladder
from quizbook.practice.reviewing import ExerciseReview
from quizbook.practice.workbench import News


@dataclass(slots=True)
class ReviewBench:
    """Driven as a `Workbench` is; a save is no check, since a check that fails counts.

    passed: in this review. score: of the newest check. over: it passed, or was given up.
    """

    exercise: Exercise
    folder: Path
    today: date
    file: WatchedFile | None = field(default=None, init=False)
    passed: bool = field(default=False, init=False)
    score: str = field(default="", init=False)
    _review: ExerciseReview = field(init=False)
    _checks: int = field(default=0, init=False)
    _busy: bool = field(default=False, init=False)
    _shown: list[str] = field(default_factory=list, init=False)
    _news: queue.SimpleQueue[News] = field(default_factory=queue.SimpleQueue, init=False)

    def __post_init__(self) -> None:
        self._review = ExerciseReview(self.exercise, self.folder, self.today)

    @property
    def over(self) -> bool:
        """Whether it is written down."""
        return self._review.over

    def open(self, *, put: bool) -> None:
        """Puts a fresh starter into a dated file, if that is wanted, and lets the time run."""
        if put:
            self.file = WatchedFile(self._review.begin())

    def look(self) -> list[News]:
        """What happened since the last look."""
        told: list[News] = []
        while not self._news.empty():
            news = self._news.get()
            if news.kind in ("verdict", "trouble"):
                self._busy = False
            if news.answer is not None:
                verdict = news.answer["verdict"]
                self.passed = verdict["passed"]
                self.score = f"{verdict['score']:g} of {verdict['points']:g} points"
            told.append(news)
        return told

    def check(self) -> None:
        """Checks in the background; a pass ends the review."""
        if self.file is None:
            raise QuizbookError("the review has not begun yet")
        if self._busy or self.over:
            return
        self._checks += 1
        self._busy = True
        self._news.put(News("checking", self._checks))
        threading.Thread(target=self._check, args=(self._checks,), daemon=True).start()

    def _check(self, number: int) -> None:
        try:
            self._news.put(News("verdict", number, self._review.check(width=80)))
        except QuizbookError as error:
            self._news.put(News("trouble", number, sentence=error.message))
        except Exception as error:  # a thread's traceback would end on the learner's screen
            self._news.put(News("trouble", number, sentence=f"the check broke: {type(error).__name__}: {error}"))

    def hint(self) -> Ladder:
        """One hint more of this review."""
        hint = self._review.hint()
        self._shown += [hint] if hint is not None else []
        return Ladder(tuple(self._shown), len(self.exercise.hints), exhausted=hint is None)

    def give_up(self) -> None:
        """Ends the review without a pass."""
        if self.file is not None and not self.over and not self._busy:
            self._review.give_up()
