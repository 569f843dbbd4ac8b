"""The review of an exercise: a fresh starter in a dated file, as many checks as it takes, one attempt at its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from quizbook import places
from quizbook.judge.client import ask
from quizbook.judge.exercise import Exercise
from quizbook.judge.starting import put_files
from quizbook.practice.checking import attempt_on, request_for
from quizbook.study.store import open_log


@dataclass(slots=True)
class ExerciseReview:
    """One review. Call `begin`, then `check` and `hint` as often as needed; a pass ends it, and so does `give_up`.

    What is left without an end is no attempt: the exercise stays due, and the dated file is there to go on with.
    hints, failed: shown and failed in this review; they make a pass a hard one.
    """

    exercise: Exercise
    folder: Path
    today: date
    clock: Callable[[], float] = time.monotonic
    file: Path | None = field(default=None, init=False)
    hints: int = field(default=0, init=False)
    failed: int = field(default=0, init=False)
    over: bool = field(default=False, init=False)
    _since: float = field(default=0.0, init=False)

    def begin(self) -> Path:
        """Put the fresh starter there, or find the one of an earlier try today; returns its path.

        QuizbookError where it cannot be written.
        """
        stem = f"{self.exercise.file_stem}_{self.today}"
        path = self.folder / f"{stem}.py"
        if not path.is_file():
            path, _ = put_files(self.exercise, self.folder, stem=stem)
        self.file = path
        self._since = self.clock()
        return path

    def hint(self) -> str | None:
        """The next hint of this review; None after the last one."""
        if self.hints >= len(self.exercise.hints):
            return None
        self.hints += 1
        return self.exercise.hints[self.hints - 1].strip()

    def check(self, *, width: int, colour: bool = False) -> dict[str, Any]:
        """The judge's answer on the file as it is; a pass is recorded and ends the review. QuizbookError as ever."""
        answer = ask(request_for(self.exercise.id, str(self.file), width=width, colour=colour))
        if answer["verdict"]["passed"]:
            self._record(answer)
        else:
            self.failed += 1
        return answer

    def give_up(self) -> None:
        """End it without a pass: the file as it is counts, and the exercise comes again soon."""
        self._record(ask(request_for(self.exercise.id, str(self.file), width=80, colour=False)))

    def _record(self, answer: dict[str, Any]) -> None:
        seconds = round(max(0.0, self.clock() - self._since), 3)
        with open_log(places.home()) as log:
            attempt = attempt_on(
                answer, log.device, "review", hints=self.hints, seconds=seconds, failed_checks=self.failed
            )
            log.append(attempt)
        self.over = True
