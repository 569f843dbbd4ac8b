"""The workbench of an exercise in a thread of its own: it looks at the file, checks, and tells the screen the news."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message
from textual.message_pump import MessagePump

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise
from quizbook.practice.hints import Ladder
from quizbook.practice.review_bench import ReviewBench
from quizbook.practice.workbench import News, Workbench

LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class AtBench:
    """What lies on the bench: the exercise, the learner's file of it if there is one, and how it stands.

    over: a review that is written down.
    """

    exercise: Exercise
    file: Path | None = None
    passed: bool = False
    score: str = ""
    over: bool = False


class BenchTold(Message):
    """The bench has news. complaint: why something that was asked for could not be done. ladder: hints to show."""

    def __init__(self, at: AtBench, news: tuple[News, ...], complaint: str, ladder: Ladder | None) -> None:
        super().__init__()
        self.at, self.news, self.complaint, self.ladder = at, news, complaint, ladder


class BenchThread:
    """Everything that happens to the file or in the log happens in this thread; requests wait their turn."""

    def __init__(self, target: MessagePump, bench: Workbench | ReviewBench) -> None:
        self._target = target
        self._bench = bench
        self._requests: queue.SimpleQueue[Callable[[], Ladder | None]] = queue.SimpleQueue()
        self._closed = threading.Event()

    def start(self) -> None:
        """Find the learner's file, check it, and watch from now on."""
        self._requests.put(lambda: self._bench.open(put=False))
        threading.Thread(target=contextvars.copy_context().run, args=(self._run,), daemon=True).start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()

    def put(self) -> None:
        """Put the starter and the task into the folder."""
        self._requests.put(lambda: self._bench.open(put=True))

    def check(self) -> None:
        """Check now."""
        self._requests.put(self._bench.check)

    def hint(self) -> None:
        """One hint more."""
        self._requests.put(self._bench.hint)

    def reset(self) -> None:
        """Begin anew with a fresh starter; a review begins with one anyway."""
        if isinstance(self._bench, Workbench):
            self._requests.put(self._bench.reset)

    def give_up(self) -> None:
        """End a review without a pass."""
        if isinstance(self._bench, ReviewBench):
            self._requests.put(self._bench.give_up)

    def next(self) -> None:
        """Go on to the next exercise that is not passed."""
        bench = self._bench

        def go_on() -> None:
            if isinstance(bench, Workbench):
                bench.next()
                bench.open(put=False)

        self._requests.put(go_on)

    def _run(self) -> None:
        while not self._closed.is_set():
            ladder, complaint, asked = None, "", True
            try:
                ladder = self._requests.get(timeout=LOOK_S)()
            except queue.Empty:
                asked = False
            except QuizbookError as error:
                complaint = error.message
            news = tuple(self._bench.look())
            if asked or news:
                self._tell(BenchTold(self._at(), news, complaint, ladder))

    def _tell(self, told: BenchTold) -> None:
        if not self._closed.is_set():
            self._target.post_message(told)

    def _at(self) -> AtBench:
        bench = self._bench
        over = isinstance(bench, ReviewBench) and bench.over
        return AtBench(bench.exercise, bench.file.path if bench.file else None, bench.passed, bench.score, over)
