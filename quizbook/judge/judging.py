"""One submission on its way to a verdict: laid out, loaded behind the wall, checked in front, cleaned up after."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.judge import launch
from quizbook.judge.child import CallRaised, Child, Died, NotLoaded, NoValue, TimedOut
from quizbook.judge.exercise import Exercise
from quizbook.judge.plugin import JudgePlugin
from quizbook.judge.premises import scratch_folder
from quizbook.judge.pytest_session import run_checks
from quizbook.judge.runner import Job
from quizbook.judge.submission import Submission
from quizbook.judge.verdict import CheckResult, Verdict
from quizbook.judge.wall.enclosure import Enclosure, Layer, wall_in_words
from quizbook.judge.wording import clean

MORE_TIME = 10  # times the limits, where the long checks run too


@dataclass(frozen=True, slots=True)
class Wall:
    """How children are made here, which layers of the wall do not hold, and what every child has imported already."""

    open_child: Callable[[Job], Child]
    missing: tuple[Layer, ...]
    imported: tuple[str, ...] = ()


def new_seed() -> int:
    """A seed that nobody could have known: 31 bits from the operating system."""
    return secrets.randbits(31)


def judge(exercise: Exercise, submission: Submission, wall: Wall, seed: int, *, full: bool = False) -> Verdict:
    """The verdict on one submission; QuizbookError where it cannot be loaded (input) or our check broke (internal).

    full: whether the long checks run too, for which there is more time.
    """
    if full:
        limits = exercise.limits
        limits = replace(limits, cpu_s=MORE_TIME * limits.cpu_s, wall_s=MORE_TIME * limits.wall_s)
        exercise = replace(exercise, limits=limits)
    start = time.monotonic()
    if known := [name for name in exercise.withheld if f"reference.{name}" in wall.imported]:
        raise QuizbookError(
            f"the runner knows {', '.join(known)}, which exercise {exercise.id} withholds", kind="internal"
        )
    with _Trial(exercise, submission, wall) as trial:
        plugin = JudgePlugin(trial.ask, seed, trial.loaded, full=full)
        trial.begin_to_load()
        run_checks(exercise.folder / "check.py", plugin)
        if trial.not_loaded:
            raise trial.not_loaded
        if plugin.broken or not plugin.results:
            raise _broken_checker(exercise, plugin.broken or "check.py holds no checks")
        return Verdict(
            exercise=exercise.id,
            file=str(submission.path),
            seed=seed,
            wall=wall_in_words(wall.missing),
            seconds=time.monotonic() - start,
            checks=tuple(plugin.results),
            output=trial.printed(),
            notes=submission.notes,
        )


def checks_of(exercise: Exercise, why: str) -> tuple[CheckResult, ...]:
    """Every check of an exercise as failed for the same reason: a submission that could not even be tried."""
    plugin = JudgePlugin(lambda name, inputs: None, 0, lambda: False)
    run_checks(exercise.folder / "check.py", plugin)
    if plugin.broken:
        raise _broken_checker(exercise, plugin.broken)
    return tuple(replace(check, message=why) for check in plugin.collected)


def _broken_checker(exercise: Exercise, trace: str) -> QuizbookError:
    error = QuizbookError(
        f"the checker of exercise {exercise.id} broke, which is not your fault: {trace.strip().splitlines()[-1]}.",
        kind="internal",
    )
    error.add_note(trace)
    return error


class _Trial:
    """The submission's folder and its child; a child that dies is replaced by a fresh one for the next call."""

    def __init__(self, exercise: Exercise, submission: Submission, wall: Wall) -> None:
        self.exercise, self.submission, self.wall = exercise, submission, wall
        self.seconds_left = exercise.limits.wall_s
        self.child: Child | None = None
        self.not_loaded: QuizbookError | None = None
        self.loading: int | None = None  # the request that nobody has waited for yet
        self.printed_before: list[str] = []

    def __enter__(self) -> _Trial:
        self.place = scratch_folder()
        (self.place / "work").mkdir()
        (self.place / "own").mkdir()
        self.file = self.submission.lay_out(self.place / "work")
        shutil.copyfile(self.exercise.folder / "probe.py", self.place / "work" / "probe.py")
        return self

    def __exit__(self, *_: object) -> None:
        if self.child:
            self.child.end()
        shutil.rmtree(self.place, ignore_errors=True)

    def begin_to_load(self) -> None:
        """Starts a child that loads the submission, and does not wait for it."""
        self.child = self.wall.open_child(self._job())
        withheld = [f"reference.{name}" for name in self.exercise.withheld]
        self.loading = self.child.send(self.seconds_left, "load", self.file, dict(self.exercise.entry_points), withheld)

    def loaded(self) -> bool:
        """Whether the submission could be loaded; `not_loaded` says why not."""
        if self.loading is not None and self.child is not None:
            number, self.loading = self.loading, None
            try:
                self.child.stands()
                self._timed(number)
            except QuizbookError as error:
                self.not_loaded = error
            except NoValue as error:
                self.not_loaded = self._why_not_loaded(error)
        return self.not_loaded is None

    def _why_not_loaded(self, error: NoValue) -> QuizbookError:
        name = clean(self.submission.path.name, limit=80)
        if not isinstance(error, NotLoaded):
            return QuizbookError(f"{name} cannot be loaded: {error.sentence}")
        where = f"{name}, {self.submission.place(error.line)}: " if error.line else f"{name}: "
        return QuizbookError(where + error.sentence, line=error.line, column=error.column)

    def ask(self, name: str, inputs: dict[str, Any]) -> Any:
        """The value of one call of the probe."""
        if self.seconds_left <= 0:
            raise TimedOut(f"timed out: all checks together may take {self.exercise.limits.wall_s:g} s")
        if self.child is None:
            self.begin_to_load()
        if not self.loaded() or self.child is None:
            raise Died("it could not be loaded a second time")
        return self._timed(self.child.send(self.seconds_left, "call", name, inputs))

    def printed(self) -> str:
        """What it printed in all its lives."""
        now = self.child.printed() if self.child else ""
        return "".join((*self.printed_before, now))[: 64 * 1024]

    def _timed(self, number: int) -> Any:
        """The reply to that request; the time it takes is the submission's."""
        assert self.child is not None
        start = time.monotonic()
        try:
            return self.child.receive(number, self.seconds_left)
        except CallRaised as error:
            line = error.raised.line if error.raised.file == self.file else None
            raise CallRaised(replace(error.raised, place=self.submission.place(line) if line else None)) from None
        except (TimedOut, Died):
            self.child.close()
            self.printed_before.append(self.child.printed())
            self.child = None
            raise
        finally:
            self.seconds_left -= time.monotonic() - start

    def _job(self) -> Job:
        work, own = str(self.place / "work"), str(self.place / "own")
        hidden = launch.hidden(self.exercise.withheld)
        return Job(work, Enclosure((*launch.readable(), work), own, hidden, self.exercise.limits))
