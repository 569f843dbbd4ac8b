"""A class graded in one run: in parallel, each submission in a fresh child, each verdict on disk before the next."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizbook.classroom.handed_in import HandedIn
from quizbook.classroom.journal import Graded, Journal
from quizbook.errors import QuizbookError
from quizbook.judge.client import ask
from quizbook.judge.verdict import Verdict

MOST_READ = 64 * 2**20  # bytes of a file that its digest looks at
MOST_OUTPUT = 2000  # characters of what a submission printed that are kept
Ask = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one submission, and what stood in the journal before."""

    graded: Graded
    before: Graded | None


def left_to_grade(
    handed_in: Sequence[HandedIn], journal: Journal, checkers: dict[str, str] | None = None
) -> tuple[HandedIn, ...]:
    """Those without a verdict in the journal, or with one on another file, or by another check.

    checkers: of each exercise as it is now; without them, a verdict by whatever check counts.
    """
    newest = journal.newest()

    def settled(one: HandedIn) -> bool:
        graded = newest.get((one.learner, one.exercise.id))
        if graded is None or graded.fault or graded.digest != digest_of(one.path):
            return False
        return checkers is None or graded.checker == checkers[one.exercise.id]

    return tuple(one for one in handed_in if not settled(one))


def grade(
    handed_in: Sequence[HandedIn], journal: Journal, *, jobs: int, whole_wall: bool, ask: Ask = ask
) -> Iterator[Result]:
    """Grades each, `jobs` at a time, in the order in which they are done; what is written is also in the journal.

    A submission that was graded before keeps its seed, so that only the check or the file can make a difference.
    whole_wall: whether to refuse to grade where a layer of the wall does not hold (QuizbookError, no_wall).
    """
    newest = journal.newest()
    pool = ThreadPoolExecutor(jobs)
    waiting = iter(handed_in)
    running: set[Future[Result]] = set()
    try:
        while True:
            while len(running) < 2 * jobs and (one := next(waiting, None)):  # no more than that is in memory at a time
                before = newest.get((one.learner, one.exercise.id))
                running.add(pool.submit(_grade_one, one, before, whole_wall, ask))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                journal.append(result.graded)
                yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _grade_one(one: HandedIn, before: Graded | None, whole_wall: bool, ask: Ask) -> Result:
    seed = secrets.randbits(31) if before is None else int(before.verdict["seed"])
    file = None if one.path is None else str(one.path.absolute())
    request = {
        "do": "grade",
        "id": one.exercise.id,
        "file": file,
        "cwd": "/",
        "alone": one.alone,
        "seed": seed,
        "require_wall": whole_wall,
    }
    digest = digest_of(one.path)
    try:
        told = ask(request)
    except QuizbookError as error:
        if error.kind == "no_wall":
            raise
        empty = Verdict(one.exercise.id, file or "", seed, wall="", seconds=0.0, checks=(), output="")
        return Result(
            Graded(one.learner, one.exercise.id, digest, "", empty.as_json(), one.notes, fault=error.message), before
        )
    verdict = told["verdict"] | {"output": told["verdict"]["output"][:MOST_OUTPUT]}
    return Result(Graded(one.learner, one.exercise.id, digest, told["key_hash"], verdict, one.notes), before)


def digest_of(path: Path | None) -> str:
    """What tells one state of a file from another; "" for none, or for one that cannot be read."""
    if path is None:
        return ""
    try:
        if not path.is_file() or path.is_symlink():
            return ""
        with path.open("rb") as file:
            return hashlib.sha256(file.read(MOST_READ)).hexdigest()
    except OSError:
        return ""
