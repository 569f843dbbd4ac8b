"""`quizbook watch`: checks at every save, with hints, the list and the next exercise a key away."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path

from quizbook import places
from quizbook.cli.check import colour, width
from quizbook.cli.keys import single_keys
from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise, all_exercises
from quizbook.practice.hints import hint_lines, next_hint
from quizbook.practice.progress import progress_of
from quizbook.practice.workbench import News, Workbench, exercise_to_go_on_with
from quizbook.study.exercises import Progress
from quizbook.study.store import open_log

LOOK_S = 0.03
KEYS = "c check · h hint · n next · l list · r reset · q quit"
CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def watch(*, id: str | None) -> int:
    """Until q; 0 if the exercise on screen is passed then, 1 if not yet."""
    sitting = Sitting(exercise_to_go_on_with(id))
    with single_keys() as wait:
        try:
            sitting.open()
            while (key := wait(LOOK_S)) != "q":
                if key is not None:
                    sitting.press(key)
                sitting.look()
        except KeyboardInterrupt:
            pass
    return 0 if sitting.bench.passed else 1


class Sitting:
    """One exercise at a time on one screen."""

    def __init__(self, exercise: Exercise) -> None:
        self.bench = Workbench(exercise, Path.cwd(), width, colour())
        self.said_checking = False

    def open(self) -> None:
        """Finds the learner's file of the exercise, or puts one there, and checks it."""
        self.bench.open(put=True)

    def look(self) -> None:
        """Shows what happened since the last look."""
        for news in self.bench.look():
            self._tell(news)

    def press(self, key: str) -> None:
        """Does what the key stands for; any other key does nothing."""
        actions = {"c": self.bench.check, "h": self.hint, "n": self.next, "l": self.list, "r": self.bench.reset}
        if key in actions:
            try:
                actions[key]()
            except QuizbookError as error:
                self._show(f"{error.message}\n")

    def _tell(self, news: News) -> None:
        name = self.bench.file.path.name if self.bench.file else ""
        if news.kind == "checking":
            self._show(f"checking {name} ...\n", at_once=not self.said_checking)
            self.said_checking = True
        elif news.kind == "gone":
            self._show(f"{name} is gone; it is checked again as soon as it is back.\n")
        elif news.kind == "trouble":
            self._show(f"{news.sentence}\n")
        elif news.answer is not None:
            text = news.answer["text"] + (f"{news.sentence}\n" if news.sentence else "")
            self._show(text + ("Press n for the next exercise.\n" if self.bench.passed else ""))

    def hint(self) -> None:
        """The next hint, under the ones before."""
        exercise = self.bench.exercise
        self._show("\n".join(hint_lines(exercise, next_hint(exercise))) + "\n")

    def next(self) -> None:
        """Goes on to the next exercise that is not passed."""
        self.bench.next()
        self.bench.open(put=True)

    def list(self) -> None:
        """All exercises and how far the learner is."""
        with open_log(places.home()) as log:
            progress = progress_of(log)
        lines = [
            f"{'>' if one.id == self.bench.exercise.id else ' '}{one.id:>4}  "
            f"{progress.get(one.item, Progress()).state:<8} {one.title}"
            for one in all_exercises()
        ]
        self._show("\n".join(lines) + "\n")

    def _head(self) -> str:
        name = self.bench.exercise.id + (f" in {self.bench.file.path.name}" if self.bench.file else "")
        return f"{name}: {self.bench.score}" if self.bench.score else name

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
