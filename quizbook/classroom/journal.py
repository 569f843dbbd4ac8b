"""What a run of grading has found so far: a line of JSON for each verdict, on disk as soon as it is there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizbook.errors import QuizbookError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Graded:
    """One verdict. digest: of the file that was handed in. checker: of the check that judged it. verdict: as JSON.

    fault: why there is no verdict, where it was ours.
    """

    learner: str
    exercise: str
    digest: str
    checker: str
    verdict: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Whose and which: a later verdict takes the place of an earlier one."""
        return self.learner, self.exercise


class Journal:
    """The file of a run, open for more. What a killed run was about to write is not taken for a verdict."""

    def __init__(self, path: Path) -> None:
        self.path = path
        whole = _whole_lines(path)
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.ftruncate(self._descriptor, sum(len(line) for line in whole))
        except OSError as error:
            raise QuizbookError(f"the journal {path} cannot be written: {error.strerror}") from None
        self._found = [_graded(path, number, line) for number, line in enumerate(whole, 1)]

    def newest(self) -> dict[tuple[str, str], Graded]:
        """The last verdict of each learner and exercise."""
        return {graded.key: graded for graded in self._found}

    def append(self, graded: Graded) -> None:
        """Writes one verdict, in one piece and through to the disk."""
        fields = {name: getattr(graded, name) for name in Graded.__slots__}
        line = json.dumps({"format": FORMAT, **fields}, ensure_ascii=False) + "\n"
        os.write(self._descriptor, line.encode("utf-8", "backslashreplace"))
        os.fsync(self._descriptor)
        self._found.append(graded)

    def close(self) -> None:
        """Nothing more comes."""
        os.close(self._descriptor)


def _whole_lines(path: Path) -> list[bytes]:
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise QuizbookError(f"the journal {path} cannot be read: {error.strerror}") from None
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]


def _graded(path: Path, number: int, line: bytes) -> Graded:
    try:
        told = json.loads(line)
        if told.pop("format") != FORMAT:
            raise ValueError
        return Graded(**{**told, "notes": tuple(told["notes"])})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise QuizbookError(
            f"{path} is no journal of this quizbook's; name another --out, or move it away", line=number
        ) from None
