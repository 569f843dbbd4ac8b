"""How a long job shows where it is: a bar and the curves on a terminal, lines at intervals elsewhere; all on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from reference.curves import curve_lines
from reference.jobs.pace import Pace, clock, rate

if TYPE_CHECKING:
    from rich.console import Console, Group

INTERVAL = 10.0  # seconds between two lines where there is no terminal
ROWS = 12  # of the curves above the bar
LEAST_HEIGHT = 20  # rows of a terminal that has room for them
REST = 50  # columns of what stands beside the bar
Curves = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Tick:
    """Where a job is. done: steps. amount: of what is counted, such as tokens. note: what else is worth a look."""

    done: int
    amount: int
    note: str = ""
    curves: Curves | None = None


class Display(Protocol):
    """What a job tells its progress to."""

    def tick(self, tick: Tick) -> None:
        """A step is done."""

    def say(self, line: str) -> None:
        """Something that is to stay on the screen."""


@contextlib.contextmanager
def shown(
    what: str, total: int, unit: str, *, done: int = 0, amount: int = 0, stream: TextIO | None = None
) -> Iterator[Display]:
    """A display for a job.

    what: a word for it. total: its steps. unit: what amounts are of. done, amount: what an earlier run did already.
    stream: by default stderr.
    """
    stream = stream or sys.stderr
    pace = Pace(total)
    pace.mark(time.monotonic(), done, amount)
    if not is_rich(stream):
        yield _Lines(what, pace, unit, stream)
        return
    from rich.console import Console

    with _Bar(what, pace, unit, Console(file=stream)) as bar:
        yield bar


def is_rich(stream: TextIO) -> bool:
    """Whether a bar can be drawn there: on a terminal that moves its cursor, unless NO_COLOR asks for plain lines."""
    return (
        stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    )


def harmless(text: str) -> str:
    """A text that a terminal shows and does not obey: models make up escape sequences as well as words."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\ufffd" for sign in text)


class _Lines:
    """A line for the first step, for the last one, and every few seconds between."""

    def __init__(self, what: str, pace: Pace, unit: str, stream: TextIO) -> None:
        self.what, self.pace, self.unit, self.stream = what, pace, unit, stream
        self.told: float | None = None

    def tick(self, tick: Tick) -> None:
        now = time.monotonic()
        self.pace.mark(now, tick.done, tick.amount)
        if self.told is None or tick.done == self.pace.total or now - self.told >= INTERVAL:
            self.told = now
            note = f", {tick.note}" if tick.note else ""
            self.say(
                f"{self.what} {tick.done} of {self.pace.total}{note}, {rate(self.pace.per_second)} {self.unit}/s, "
                f"{clock(self.pace.seconds_left)} left"
            )

    def say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)


class _Bar:
    """A bar at the bottom of the screen, the curves above it where there is room, and what is said above both."""

    def __init__(self, what: str, pace: Pace, unit: str, console: Console) -> None:
        from rich.live import Live
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self.pace, self.unit, self.console = pace, unit, console
        self.note = ""
        self.curves: Curves | None = None
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(max(8, min(30, console.width - REST))),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}  {task.fields[left]} left"),
            console=console,
        )
        first = pace.marks[0]
        self.task = self.progress.add_task(what, total=pace.total, completed=first[1], speed="", left="--:--")
        self.live = Live(get_renderable=self._picture, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> _Bar:
        self.live.start(refresh=True)
        self.console.show_cursor(True)  # braille displays follow it, and a run that is killed cannot bring it back
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def tick(self, tick: Tick) -> None:
        self.pace.mark(time.monotonic(), tick.done, tick.amount)
        self.note, self.curves = tick.note, tick.curves
        self.progress.update(
            self.task,
            completed=tick.done,
            speed=f"{rate(self.pace.per_second)} {self.unit}/s",
            left=clock(self.pace.seconds_left),
        )

    def say(self, line: str) -> None:
        self.console.print(harmless(line), markup=False, highlight=False, soft_wrap=True)

    def _picture(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        # The bar comes last and stays clear of the right edge: the ^C that a terminal shows there must not make a line.
        parts: list[Any] = [Text(self.note, no_wrap=True), self.progress] if self.note else [self.progress]
        if self.curves and len(self.curves[0]) > 1 and self.console.height >= LEAST_HEIGHT:
            parts = [Text(line) for line in curve_lines(*self.curves, self.console.width, ROWS)] + parts
        return Group(*parts)
