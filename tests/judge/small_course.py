"""Small exercises for the tests of the judge, written as a course's author would put them into a folder."""

from __future__ import annotations

import itertools
import shutil
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHAPTER = "97"
PROBE = "def answer(submission, *, x):\n    return submission.answer(x)\n"
DOUBLED = "def answer(x):\n    return 2 * x\n"
_numbers = itertools.count(1)


@contextmanager
def exercise_in(course: Path, check: str, probe: str = PROBE, **fields: object) -> Iterator[str]:
    """The id of a new exercise of that course; its folder goes when the block ends. `check` may be indented.

    No folder is used twice: pytest keeps compiled checks by path, size and second.
    """
    number = next(_numbers)
    folder = course / f"ch{CHAPTER}" / f"ex{number}_small"
    write_exercise(folder, check, probe, id=f"{CHAPTER}.{number}", **fields)
    try:
        yield f"{CHAPTER}.{number}"
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge tells of a submission by a check.py of the test's own; its exercises go with the stack."""

    judge: Any
    hand_in: Any
    course: Path
    stack: ExitStack

    def __call__(self, check: str, submission: str = DOUBLED, *, times: int = 1, **more: Any) -> Any:
        """The verdict or error; of several `times` a list of them."""
        id = self.stack.enter_context(exercise_in(self.course, check))
        answers = [self.judge.check(self.hand_in(submission), id, **more) for _ in range(times)]
        return answers if times > 1 else answers[0]


def write_exercise(folder: Path, check: str, probe: str = PROBE, **fields: object) -> Path:
    """The folder of an exercise that asks for `answer(x)`, with these fields in the place of its own."""
    data: dict[str, object] = {
        "id": f"{CHAPTER}.1",
        "title": "Twice",
        "task": "Write answer(x).",
        "entry_points": {"answer": "(x) -> int"},
        "hints": ["Look.", "Look again.", "Two."],
        "limits": {"cpu_s": 2, "wall_s": 4},
    }
    folder.mkdir(parents=True)
    (folder / "exercise.yaml").write_text(yaml.safe_dump(data | fields, sort_keys=False, allow_unicode=True))
    (folder / "check.py").write_text(textwrap.dedent(check))
    (folder / "probe.py").write_text(textwrap.dedent(probe))
    return folder
