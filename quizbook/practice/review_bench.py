"""The review of an exercise on a workbench: checks run in the background, and only when they are asked for."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise
from quizbook.judge.watching import WatchedFile
from quizbook.practice.hints import Ladder
from quizbook.practice.reviewing import ExerciseReview
from quizbook.practice.workbench import News, in_background, score_words


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
                self.score = score_words(verdict)
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
        in_background(self._checks, self._news, lambda: self._review.check(width=80))

    def hint(self) -> Ladder:
        """One hint more of this review."""
        hint = self._review.hint()
        self._shown += [hint] if hint is not None else []
        return Ladder(tuple(self._shown), len(self.exercise.hints), exhausted=hint is None)

    def give_up(self) -> None:
        """Ends the review without a pass."""
        if self.file is not None and not self.over and not self._busy:
            self._review.give_up()
