"""Proves a checker: the solution passes, the starter and the cheats fail, every mistake is told by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.judge.client import ask
from quizbook.judge.exercise import Exercise

SEEDS_OF_SOLUTION = 20
SEEDS_OF_OTHERS = 3
THOROUGH = 5  # times as many
AT_ONCE = 2
FEWEST_HINTS = 3
EXPECT = "# expect:"
FILES = ("starter.py", "solution.py", "probe.py", "check.py", "liar.py", "importer.py")
Ask = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One file under one seed: what has to come of it. says: words that the diagnosis must hold."""

    exercise: Exercise
    path: Path
    seed: int
    passes: bool
    says: str | None = None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What came of it; `problem` is None where it is as it has to be."""

    trial: Trial
    problem: str | None


def verify(exercise: Exercise, *, thorough: bool = False, ask: Ask = ask) -> Iterator[TrialResult]:
    """The result of each trial, as they come; QuizbookError where the folder itself is incomplete."""
    trials = plan(exercise, thorough=thorough)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda trial: TrialResult(trial, _problem(trial, ask)), trials)


def plan(exercise: Exercise, *, thorough: bool = False) -> tuple[Trial, ...]:
    """All trials of an exercise; QuizbookError where a file is missing or a mistake says no words."""
    for name in FILES:
        if not (exercise.folder / name).is_file():
            raise QuizbookError(f"exercise {exercise.id} has no {name} in {exercise.folder}")
    if len(exercise.hints) < FEWEST_HINTS:
        raise QuizbookError(f"exercise {exercise.id} has {len(exercise.hints)} hints; write at least {FEWEST_HINTS}")
    times = THOROUGH if thorough else 1
    seeds = range(1, SEEDS_OF_OTHERS * times + 1)
    folder = exercise.folder
    trials = [Trial(exercise, folder / "solution.py", s, True) for s in range(1, SEEDS_OF_SOLUTION * times + 1)]
    trials += [Trial(exercise, folder / n, s, False) for n in ("starter.py", "liar.py", "importer.py") for s in seeds]
    for path in sorted((folder / "mistakes").glob("*.py")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if not first.startswith(EXPECT) or not (says := first.removeprefix(EXPECT).strip()):
            raise QuizbookError(f"{path} has to begin with `{EXPECT} <words of the diagnosis>`", line=1)
        trials += [Trial(exercise, path, s, False, says) for s in seeds]
    return tuple(trials)


def _problem(trial: Trial, ask: Ask) -> str | None:
    request = {
        "do": "check",
        "id": trial.exercise.id,
        "file": str(trial.path),
        "cwd": "/",
        "alone": True,
        "seed": trial.seed,
    }
    try:
        verdict = ask(request)["verdict"]
    except QuizbookError as error:
        if error.kind != "input":
            raise
        if trial.passes:
            return f"it does not load: {error.message}"
        return _unsaid(trial.says, error.message)
    if verdict["passed"] != trial.passes:
        reasons = [c["message"].partition("\n")[0] for c in verdict["checks"] if c["outcome"] != "passed"]
        return f"it has to pass, and does not: {'; '.join(reasons)}" if trial.passes else "it passes, and must not"
    return None if trial.passes else _unsaid(trial.says, "\n".join(c["message"] for c in verdict["checks"]))


def _unsaid(words: str | None, told: str) -> str | None:
    if words is None or words in " ".join(told.split()):
        return None
    return f"the diagnosis does not say {words!r}, but: {' / '.join(told.splitlines()[:3])}"
