"""`quizbook answer`: grade a sheet of answers, for people and for programs."""

from __future__ import annotations

import json as json_format
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quizbook.bank.library import load_bank
from quizbook.bank.source import LARGEST_FILE
from quizbook.cli.lines import screen_width, wrapped
from quizbook.errors import QuizbookError
from quizbook.study.answer_sheet import Entry, grade_sheet, read_sheet


def answer(*, file: str, json: bool, record: bool) -> int:
    """Grade the answers of a YAML or JSON file; `-` reads stdin.

    json: print one document instead of lines. record: store the answers as attempts.
    Returns 0 if everything that was graded is right, 1 if something is not, 2 if an answer could not be graded.
    Raises QuizbookError where the file itself cannot be read.
    """
    sheet = read_sheet(_content(file), "stdin" if file == "-" else file)
    entries = grade_sheet(load_bank(), sheet)
    if record:
        _record(entries)
    if json:
        print(json_format.dumps(_document(entries), ensure_ascii=True, allow_nan=False))
    else:
        print("\n".join(_lines(entries, screen_width())))
    if any(entry.error for entry in entries):
        return 2
    return int(any(entry.grade is not None and entry.grade.right is False for entry in entries))


def _content(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read(LARGEST_FILE + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise QuizbookError(f"{file} cannot be read: {error.strerror or error}.") from None
    except ValueError:  # a zero byte in the name
        raise QuizbookError("There is no file of this name.") from None


def _record(entries: Sequence[Entry]) -> None:
    """Store the graded entries as attempts, all of them or none."""
    from quizbook import places
    from quizbook.study.recording import attempt_on
    from quizbook.study.store import open_log

    with open_log(places.home()) as log:
        log.append(
            *(
                attempt_on(
                    entry.question,
                    entry.response,
                    entry.grade,
                    device=log.device,
                    mode="quiz",
                    confidence=entry.confidence,
                )
                for entry in entries
                if entry.question is not None and entry.grade is not None
            )
        )


def _document(entries: Sequence[Entry]) -> dict[str, Any]:
    scores = _scores(entries)
    return {"score": math.fsum(scores), "points": len(scores), "questions": [_as_json(entry) for entry in entries]}


def _as_json(entry: Entry) -> dict[str, Any]:
    if entry.grade is None or entry.question is None:
        return {"id": entry.id, "error": entry.error}
    document: dict[str, Any] = {
        "id": entry.id,
        "score": entry.grade.score,
        "right": entry.grade.right,
        "parts": dict(entry.grade.parts),
        "sentence": entry.grade.sentence,
        "explain": entry.question.explain,
    }
    if entry.grade.score is None:
        document["needs"] = "self"
    return document


def _lines(entries: Sequence[Entry], width: int) -> list[str]:
    lines: list[str] = []
    for entry in entries:
        said = entry.error if entry.grade is None else entry.grade.sentence
        lines += wrapped(f"{entry.id}: {_mark(entry)}. {said}", width, hanging="    ")
    scores = _scores(entries)
    waiting = sum(entry.grade is not None and entry.grade.score is None for entry in entries)
    failed = sum(bool(entry.error) for entry in entries)
    total = f"{math.fsum(scores):.2f} of {len(scores)} points"
    if waiting:
        total += f"; {waiting} without ticked points"
    if failed:
        total += f"; {failed} could not be graded"
    return [*lines, "", f"{total}."]


def _mark(entry: Entry) -> str:
    if entry.grade is None:
        return "not graded"
    return "open" if entry.grade.score is None else f"{entry.grade.score:.2f} of 1"


def _scores(entries: Sequence[Entry]) -> list[float]:
    return [entry.grade.score for entry in entries if entry.grade is not None and entry.grade.score is not None]
