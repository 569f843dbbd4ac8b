"""One submission on its way to a verdict: laid out, loaded behind the wall, checked in front, cleaned up after."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.judge import launch
from quizbook.judge.child import Child, Died, NotLoaded, NoValue, TimedOut
from quizbook.judge.exercise import Exercise
from quizbook.judge.plugin import JudgePlugin
from quizbook.judge.premises import scratch_folder
from quizbook.judge.runner import Job
from quizbook.judge.submission import Submission
from quizbook.judge.verdict import Verdict
from quizbook.judge.wall.enclosure import Enclosure, Layer, wall_in_words

# each costs a fork that starts pytest a millisecond or two, and a check.py has no use for them
UNUSED_PLUGINS = (
    "cacheprovider", "logging", "faulthandler", "unraisableexception", "threadexception", "doctest", "junitxml",
    "pastebin", "stepwise", "setuponly", "setupplan", "unittest", "debugging", "legacypath", "subtests", "warnings",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wall:
    """How children are made here, which layers of the wall do not hold, and what every child has imported already."""

    open_child: Callable[[Job], Child]
    missing: tuple[Layer, ...]
    imported: tuple[str, ...] = ()


def new_seed() -> int:
    """A seed that nobody could have known: 31 bits from the operating system."""
    return secrets.randbits(31)


def judge(exercise: Exercise, submission: Submission, wall: Wall, seed: int) -> Verdict:
    """The verdict on one submission; QuizbookError where it cannot be loaded (input) or our check broke (internal)."""
    start = time.monotonic()
    if known := [name for name in exercise.withheld if f"reference.{name}" in wall.imported]:
        raise QuizbookError(
            f"the runner knows {', '.join(known)}, which exercise {exercise.id} withholds", kind="internal"
        )
    with _Trial(exercise, submission, wall) as trial:
        plugin = JudgePlugin(trial.ask, seed, trial.loaded)
        trial.load_meanwhile()
        _run_pytest(exercise.folder / "check.py", plugin)
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


def _broken_checker(exercise: Exercise, trace: str) -> QuizbookError:
    error = QuizbookError(
        f"the checker of exercise {exercise.id} broke, which is not your fault: {trace.strip().splitlines()[-1]}",
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
        self.loading: threading.Thread | None = None
        self.printed_before: list[str] = []

    def __enter__(self) -> _Trial:
        self.place = scratch_folder()
        (self.place / "work").mkdir()
        (self.place / "own").mkdir()
        self.file = self.submission.lay_out(self.place / "work")
        shutil.copyfile(self.exercise.folder / "probe.py", self.place / "work" / "probe.py")
        return self

    def __exit__(self, *_: object) -> None:
        self.loaded()
        if self.child:
            self.child.close()
        shutil.rmtree(self.place, ignore_errors=True)

    def load_meanwhile(self) -> None:
        """Begins to load while pytest makes itself ready; the first `loaded` waits for it."""
        self.loading = threading.Thread(target=self._load_quietly)
        self.loading.start()

    def loaded(self) -> bool:
        """Whether the submission could be loaded; `not_loaded` says why not."""
        if self.loading:
            self.loading.join()
            self.loading = None
        return self.not_loaded is None

    def _load_quietly(self) -> None:
        try:
            self.load()
        except QuizbookError as error:
            self.not_loaded = error

    def load(self) -> None:
        """Starts a child that has the submission loaded; QuizbookError where that is not possible."""
        self.child = self.wall.open_child(self._job())
        self.child.stand()
        withheld = [f"reference.{name}" for name in self.exercise.withheld]
        name = self.submission.path.name
        try:
            self._timed("load", self.file, dict(self.exercise.entry_points), withheld)
        except NotLoaded as error:
            where = f"{name}, line {error.line}: " if error.line else f"{name}: "
            raise QuizbookError(where + error.sentence, line=error.line, column=error.column) from None
        except NoValue as error:
            raise QuizbookError(f"{name} cannot be loaded: {error.sentence}") from None

    def ask(self, name: str, inputs: dict[str, Any]) -> Any:
        """The value of one call of the probe."""
        if self.seconds_left <= 0:
            raise TimedOut(f"timed out: all checks together may take {self.exercise.limits.wall_s:g} s")
        if self.child is None:
            try:
                self.load()
            except QuizbookError as error:
                raise Died(f"it could not be loaded a second time: {error.message}") from None
        return self._timed("call", name, inputs)

    def printed(self) -> str:
        """What it printed in all its lives."""
        now = self.child.printed() if self.child else ""
        return "".join((*self.printed_before, now))[: 64 * 1024]

    def _timed(self, verb: str, *arguments: object) -> Any:
        assert self.child is not None
        start = time.monotonic()
        try:
            return self.child.ask(self.seconds_left, verb, *arguments)
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


def prime_pytest() -> None:
    """Runs pytest once on nothing: the forks of this process then need a fifth of the time for their own session."""
    with tempfile.TemporaryDirectory() as folder:
        check = Path(folder, "priming.py")
        check.write_text('def test_nothing(submission, seed):\n    """Nothing."""\n    assert seed is not None\n')
        _run_pytest(check, JudgePlugin(lambda name, inputs: None, 1, lambda: True))


def _run_pytest(check: Path, plugin: JudgePlugin) -> None:
    """A session that nothing of the learner can reach: no configuration, conftest, plugins or options of theirs."""
    import pytest

    arguments = [
        *(str(check), "-c", os.devnull, "--rootdir", str(check.parent), "--noconftest", "--import-mode=importlib"),
        *("-q", "--tb=no", "--capture=no"),
        *(word for plugin_name in UNUSED_PLUGINS for word in ("-p", f"no:{plugin_name}")),
    ]
    with _scrubbed(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main(arguments, plugins=[plugin])


@contextlib.contextmanager
def _scrubbed() -> Iterator[None]:
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith(("PYTEST", "PY_COLORS")):
            del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
