"""`quizbook watch`: checks at every save, with hints, the list and the next exercise a key away."""

from __future__ import annotations

import queue
import shutil
import sys
import textwrap
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizbook import places
from quizbook.cli.check import colour, record, request_for, width
from quizbook.cli.exercise import hints_shown, note, progress_of
from quizbook.cli.keys import single_keys
from quizbook.errors import QuizbookError
from quizbook.judge.client import ask
from quizbook.judge.exercise import Exercise, all_exercises, find_exercise
from quizbook.judge.starting import put_files
from quizbook.judge.watching import WatchedFile
from quizbook.study.exercises import PUT_AT, WATCHED, Progress, next_exercise
from quizbook.study.store import open_log

LOOK_S = 0.03
KEYS = "c check · h hint · n next · l list · r reset · q quit"
CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def watch(*, id: str | None) -> int:
    """Until q; 0 if the exercise on screen is passed then, 1 if not yet."""
    known = {exercise.item: exercise for exercise in all_exercises()}
    if not known:
        raise QuizbookError("there are no exercises to watch")
    with open_log(places.home()) as log:
        progress = progress_of(log)
    exercise = find_exercise(id) if id else known[next_exercise(list(known), progress)]
    sitting = Sitting(exercise)
    with single_keys() as wait:
        try:
            sitting.open()
            while (key := wait(LOOK_S)) != "q":
                if key is not None:
                    sitting.press(key)
                sitting.look()
        except KeyboardInterrupt:
            pass
    return 0 if sitting.passed else 1


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a check in the background came to: an answer of the judge or a sentence."""

    number: int
    answer: dict[str, Any] | None
    sentence: str = ""


class Sitting:
    """One exercise at a time on one screen."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        self.checks = 0  # started so far; only the newest one's outcome is shown
        self.passed = False
        self.score = ""

    def open(self) -> None:
        """Finds the learner's file of the exercise, or puts one there, and checks it."""
        self.passed, self.score = False, ""
        with open_log(places.home()) as log:
            before = progress_of(log).get(self.exercise.item, Progress())
            path = _file_of(self.exercise, before)
            if path is None:
                path, _ = put_files(self.exercise, Path.cwd())
                note(log, self.exercise.item, PUT_AT, str(path.absolute()))
            note(log, self.exercise.item, WATCHED, True)
        self.file = WatchedFile(path)
        self.check()

    def look(self) -> None:
        """Whether the file was saved, and whether a check is done."""
        change = self.file.look()
        if change == "saved":
            self.check()
        elif change == "gone":
            self.checks += 1
            self._show(f"{self.file.path.name} is gone; it is checked again as soon as it is back.\n")
        while not self.outcomes.empty():
            outcome = self.outcomes.get()
            if outcome.number == self.checks:
                self._tell(outcome)

    def press(self, key: str) -> None:
        """Does what the key stands for; any other key does nothing."""
        action = {"c": self.check, "h": self.hint, "n": self.next, "l": self.list, "r": self.reset}.get(key)
        if action is not None:
            try:
                action()
            except QuizbookError as error:
                self._show(f"{error.message}\n")

    def check(self) -> None:
        """Starts a check in the background; one that still runs is forgotten, and ends at its own limits."""
        self.checks += 1
        self._show(f"checking {self.file.path.name} ...\n", at_once=self.checks == 1)
        threading.Thread(target=self._check, args=(self.checks, self.exercise, self.file.path), daemon=True).start()

    def _check(self, number: int, exercise: Exercise, path: Path) -> None:
        try:
            answer = ask(request_for(exercise.id, str(path), width=width(), colour=colour()))
            self.outcomes.put(_Outcome(number, answer))
        except QuizbookError as error:
            self.outcomes.put(_Outcome(number, None, error.message))
        except Exception as error:  # a thread's traceback would end on the learner's screen
            self.outcomes.put(_Outcome(number, None, f"the check broke: {type(error).__name__}: {error}"))

    def _tell(self, outcome: _Outcome) -> None:
        if outcome.answer is None:
            self.passed, self.score = False, ""
            self._show(f"{outcome.sentence}\n")
            return
        verdict = outcome.answer["verdict"]
        if verdict["passed"] and not self.passed:
            record(outcome.answer)  # a pass counts; a save on the way to it is no attempt
        self.passed = verdict["passed"]
        self.score = f"{verdict['score']:g} of {verdict['points']:g} points"
        self._show(outcome.answer["text"] + ("Press n for the next exercise.\n" if self.passed else ""))

    def hint(self) -> None:
        """The next hint, under the ones before."""
        self._show("\n".join(hints_shown(self.exercise)) + "\n")

    def next(self) -> None:
        """Goes on to the next exercise that is not passed."""
        known = {exercise.item: exercise for exercise in all_exercises()}
        with open_log(places.home()) as log:
            following = next_exercise(list(known), progress_of(log), after=self.exercise.item)
        self.exercise = known[following]
        self.open()

    def list(self) -> None:
        """All exercises and how far the learner is."""
        with open_log(places.home()) as log:
            progress = progress_of(log)
        lines = [
            f"{'>' if one.id == self.exercise.id else ' '}{one.id:>4}  "
            f"{progress.get(one.item, Progress()).state:<8} {one.title}"
            for one in all_exercises()
        ]
        self._show("\n".join(lines) + "\n")

    def reset(self) -> None:
        """A fresh starter; the old file is kept under a dated name beside it."""
        path, _ = put_files(
            self.exercise, self.file.path.parent, notebook=self.file.path.suffix == ".ipynb", fresh=True
        )
        self.file = WatchedFile(path)
        self.check()

    def _head(self) -> str:
        name = f"{self.exercise.id} in {self.file.path.name}"
        return f"{name}: {self.score}" if self.score else name

    def _show(self, text: str, *, at_once: bool = True) -> None:
        """A screen of its own in a terminal; in a pipe the text alone."""
        if sys.stdout.isatty():
            print(CLEAR + "\n".join(_fitted(self._head(), text)), flush=True)
        elif at_once:
            print(text, end="", flush=True)


def _fitted(head: str, text: str) -> list[str]:
    """A screenful: what does not fit is left out below, and the keys stay in sight."""
    columns, rows = shutil.get_terminal_size()
    lines = [part for line in text.splitlines() for part in _broken(line, columns)]
    room = rows - len([head, "", "", KEYS]) - 1
    if len(lines) > room:
        lines = [*lines[: room - 1], f"... and {len(lines) - room + 1} lines more, which `quizbook check` shows"]
    return [head, "", *lines, "", KEYS]


def _broken(line: str, columns: int) -> list[str]:
    """The judge's text is as wide as the screen already, and may be painted; sentences are not."""
    return [line] if "\x1b" in line or len(line) <= columns else textwrap.wrap(line, columns)


def _file_of(exercise: Exercise, progress: Progress) -> Path | None:
    """The file that the learner has: in this folder, or where `start` put it."""
    here = [Path.cwd() / f"{exercise.file_stem}{suffix}" for suffix in (".py", ".ipynb")]
    there = [Path(progress.put_at)] if progress.put_at else []
    return next((path for path in (*here, *there) if path.is_file()), None)
