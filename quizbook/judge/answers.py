"""What the judge can be asked, and the answers: plain data in, plain data out, in a process made for this request.

Every answer is a dict; {"error": {...}} in the shape of QuizbookError.as_json where the request cannot be met.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from quizbook.errors import QuizbookError
from quizbook.judge import judging, launch
from quizbook.judge.child import fork_child
from quizbook.judge.exercise import Exercise, find_exercise
from quizbook.judge.submission import read_submission
from quizbook.judge.telling import tell
from quizbook.judge.verdict import Verdict
from quizbook.judge.wall.enclosure import LAYERS, wall_in_words
from quizbook.judge.wording import clean

ENVIRONMENT = ("QUIZBOOK_HOME", "QUIZBOOK_EXERCISES", "QUIZBOOK_DATA")


class RunnerProcess(Protocol):
    """What a request needs to know of the process behind the wall.

    missing: the layers that do not hold. imported: the modules of the reference that its children have in memory.
    """

    control: Any
    missing: tuple[str, ...] | None
    imported: tuple[str, ...]


def import_all() -> None:
    """What the handlers import and compute lazily, now, so that forks do not have to."""
    import quizbook.judge.checks
    import quizbook.judge.listings  # noqa: F401

    launch.readable()


def answer(request: Mapping[str, Any], runner: RunnerProcess) -> dict[str, Any]:
    """The answer to a request as the client sent it; `env` in it holds the variables that say where things lie."""
    for name in ENVIRONMENT:
        os.environ.pop(name, None)
    os.environ.update({k: v for k, v in request.get("env", {}).items() if k in ENVIRONMENT})
    missing = tuple(layer for layer in LAYERS if runner.missing is None or layer in runner.missing)
    wall = judging.Wall(functools.partial(fork_child, runner.control), missing, runner.imported)
    return answer_with(request, wall)


def answer_with(request: Mapping[str, Any], wall: judging.Wall) -> dict[str, Any]:
    """The same for any way of making children."""
    handlers: dict[str, Callable[[Mapping[str, Any], judging.Wall], dict[str, Any]]] = {
        "check": check,
        "grade": grade,
        "prove": prove,
        "look": look,
    }
    try:
        return handlers[request["do"]](request, wall)
    except QuizbookError as error:
        told = QuizbookError(clean(error.message, lines=True), kind=error.kind, line=error.line, column=error.column)
        return {**told.as_json(), "trace": "\n".join(getattr(error, "__notes__", ()))}


def look(request: Mapping[str, Any], wall: judging.Wall) -> dict[str, Any]:
    """How well the wall stands here, and what children will find behind it."""
    import torch
    from tiktoken import get_encoding

    from quizbook.judge.offline import register_gpt2

    register_gpt2()
    return {
        "wall": wall_in_words(wall.missing),
        "torch": torch.__version__,
        "device": "CUDA" if torch.cuda.is_available() else "MPS" if torch.backends.mps.is_available() else "CPU",
        "tokens": get_encoding("gpt2").encode("Akwirw ier"),
    }


def check(request: Mapping[str, Any], wall: judging.Wall) -> dict[str, Any]:
    """{"do": "check", id, file or None, cwd, alone, seed or None, full, require_wall, width, colour} -> a verdict."""
    if wall.missing and request.get("require_wall"):
        raise QuizbookError(
            f"the wall is {wall_in_words(wall.missing)}, and --require-wall asks for all of it; `quizbook doctor` "
            "says what is missing",
            kind="no_wall",
        )
    exercise = find_exercise(request["id"])
    path = _file(exercise, request.get("file"), Path(request["cwd"]))
    submission = read_submission(path, alone=bool(request.get("alone")))
    seed = request.get("seed")
    seed = judging.new_seed() if seed is None else int(seed)
    verdict = judging.judge(exercise, submission, wall, seed, full=bool(request.get("full")))
    return {
        "verdict": verdict.as_json(),
        "junit": verdict.as_junit(),
        "text": tell(verdict, exercise, int(request.get("width", 80)), bool(request.get("colour"))),
        "item": exercise.item,
        "text_hash": _hash(exercise.task),
        "key_hash": key_hash(exercise),
    }


def grade(request: Mapping[str, Any], wall: judging.Wall) -> dict[str, Any]:
    """{"do": "grade", id, file or None, seed, ...} -> a verdict whatever was handed in, unless the fault is ours."""
    exercise = find_exercise(request["id"])
    try:
        if request.get("file") is None:
            raise QuizbookError("nothing was handed in")
        return check(request, wall)
    except QuizbookError as error:
        if error.kind != "input":
            raise
        verdict = Verdict(
            exercise=exercise.id,
            file=str(request.get("file") or ""),
            seed=int(request["seed"]),
            wall=wall_in_words(wall.missing),
            seconds=0.0,
            checks=judging.checks_of(exercise, clean(error.message, lines=True)),
            output="",
        )
    return {"verdict": verdict.as_json(), "key_hash": key_hash(exercise)}


def prove(request: Mapping[str, Any], wall: judging.Wall) -> dict[str, Any]:
    """{"do": "prove", runs: [[source, expression], ...]} -> the result of each run, as `listings` gives them."""
    from quizbook.judge.listings import run_all

    return {"results": run_all([(s, e) for s, e in request["runs"]], wall)}


def _file(exercise: Exercise, given: str | None, cwd: Path) -> Path:
    if given is not None:
        return cwd / given
    usual = [cwd / f"{exercise.file_stem}{suffix}" for suffix in (".py", ".ipynb")]
    for path in usual:
        if path.is_file():
            return path
    raise QuizbookError(
        f"there is no {usual[0].name} in {clean(str(cwd), limit=200)}; `quizbook start {exercise.id}` puts it there, "
        f"or name your file: quizbook check {exercise.id} FILE"
    )


def key_hash(exercise: Exercise) -> str:
    """What judges an exercise, in 16 hexadecimal digits: another check is another key."""
    return _hash(*((exercise.folder / name).read_text("utf-8") for name in ("check.py", "probe.py")))


def _hash(*texts: str) -> str:
    from hashlib import blake2b

    return blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()
