"""`quizbook grade`: a class graded in one run that can be stopped at any moment and gone on with."""

from __future__ import annotations

import json as json_
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from quizbook.classroom import reports
from quizbook.classroom.batch import Result, left_to_grade
from quizbook.classroom.batch import grade as grade_all
from quizbook.classroom.handed_in import find_handed_in
from quizbook.classroom.journal import Graded, Journal
from quizbook.errors import QuizbookError
from quizbook.judge.answers import key_hash
from quizbook.judge.exercise import Exercise, all_exercises, find_exercise

QUIET_S = 10.0  # between two lines of progress where there is no terminal


def grade(
    *,
    folder: str,
    exercise: str | None,
    out: str,
    jobs: int | None,
    resume: bool,
    regrade: bool,
    feedback: str | None,
    allow_reduced_wall: bool,
    json: bool,
) -> int:
    """0 if every submission got a verdict, 4 if we are at fault for one that did not."""
    exercises = all_exercises()
    handed_in = find_handed_in(Path(folder), exercises, find_exercise(exercise) if exercise else None)
    table = _table(out)
    journal = _journal(table, keep=resume or regrade)
    checkers = {one.exercise.id: key_hash(one.exercise) for one in handed_in} if regrade else None
    left = left_to_grade(handed_in, journal, checkers)
    if len(left) < len(handed_in):
        _say(f"{len(handed_in) - len(left)} of {len(handed_in)} are graded already")
    changes = []
    try:
        for result in _shown(
            grade_all(left, journal, jobs=jobs or os.cpu_count() or 1, whole_wall=not allow_reduced_wall), len(left)
        ):
            if result.before and (change := reports.change(result.before, result.graded)):
                changes.append(change)
    except KeyboardInterrupt:
        _say(f"stopped; what is graded lies in {journal.path}, and --resume goes on with it")
        raise
    finally:
        journal.close()
    newest = journal.newest()
    graded = [newest[one.learner, one.exercise.id] for one in handed_in]
    _write(table, reports.as_json_text(graded) if table.suffix == ".json" else reports.as_csv(graded))
    if feedback is not None:
        _write_feedback(Path(feedback), graded, {one.id: one for one in exercises})
    if json:
        document = reports.as_json(graded)
        print(json_.dumps(document, ensure_ascii=False))
    else:
        _print_summary(graded, changes, regrade)
        print(f"Every check with its reason: {table}")
    faults = [one for one in graded if one.fault is not None]
    for one in faults[:3]:
        _say(f"{one.learner}, {one.exercise}: no verdict, and the fault is ours: {one.fault}")
    return 4 if faults else 0


def _table(out: str) -> Path:
    table = Path(out).absolute()
    if table.suffix not in (".csv", ".json"):
        raise QuizbookError(f"--out is {out}; its name has to end in .csv or .json", kind="usage")
    if not table.parent.is_dir():
        raise QuizbookError(f"--out: there is no folder {table.parent}")
    return table


def _journal(table: Path, *, keep: bool) -> Journal:
    """The journal beside the table; one of an earlier run is moved aside unless it is to be gone on with."""
    path = table.with_name(f"{table.stem}.journal")
    if not keep and path.exists():
        aside = path.with_name(f"{path.name}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(path.stat().st_mtime))}")
        path.replace(aside)
        _say(f"the verdicts of an earlier run are kept in {aside.name}; --resume would have gone on with them")
    return Journal(path)


def _shown(results: Iterator[Result], total: int) -> Iterator[Result]:
    """The same results, with progress and the time that is left on stderr."""
    start = said = time.monotonic()
    terminal = sys.stderr.isatty()
    for number, result in enumerate(results, 1):
        now = time.monotonic()
        if terminal or now - said > QUIET_S:
            left = (now - start) / number * (total - number)
            line = f"graded {number} of {total}, about {_duration(left)} left"
            print(f"\r  {line}\x1b[K" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)
            said = now
        yield result
    if terminal and total:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _write(path: Path, text: str) -> None:
    """In one piece: a reader finds the old file or the new one."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
        part.replace(path)
    except OSError as error:
        raise QuizbookError(
            f"{path} cannot be written: {error.strerror}; nothing is lost, --resume writes it"
        ) from None


def _write_feedback(folder: Path, graded: Sequence[Graded], exercises: dict[str, Exercise]) -> None:
    by_learner: dict[str, list[Graded]] = defaultdict(list)
    for one in graded:
        by_learner[one.learner].append(one)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QuizbookError(f"--feedback: {folder} cannot be made: {error.strerror}") from None
    taken: set[str] = set()
    for learner, ones in by_learner.items():
        name = reports.feedback_name(learner)
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        _write(folder / f"{name}.txt", reports.feedback(ones, exercises))


def _print_summary(graded: Sequence[Graded], changes: Sequence[reports.Change], regraded: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table("exercise", "learners", "passed", "mean", "missing", "hardest check", box=None, pad_edge=False)
    for one in reports.summaries(graded):
        counts = (str(one.learners), str(one.passed), f"{one.mean:.0%}", str(one.missing))
        table.add_row(one.exercise, *counts, one.hardest)
    console.print(table)
    if regraded:
        console.print(f"{len(changes)} verdicts changed" if changes else "no verdict changed")
        for change in changes:
            console.print(f"  {change.learner}, {change.exercise}: {change.before:g} -> {change.after:g}", markup=False)
            for line in change.checks:
                console.print(f"      {line}", markup=False)


def _say(text: str) -> None:
    print(f"quizbook: {text}", file=sys.stderr, flush=True)
