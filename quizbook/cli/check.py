"""`quizbook check`: one file, one verdict, written down at once."""

from __future__ import annotations

import json as json_
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.judge.client import ask
from quizbook.practice.checking import record, request_for


def check(
    *, id: str, file: str | None, seed: int | None, json: bool, junit: str | None, full: bool, require_wall: bool
) -> int:
    """0 if the file passes, 1 if not yet; QuizbookError for everything else."""
    request = request_for(id, file, width=width(), colour=not json and colour())
    answer = ask({**request, "seed": seed, "full": full, "require_wall": require_wall}, _say)
    verdict = answer["verdict"]
    _record(answer)
    if verdict["wall"] != "full":
        _say(f"wall: {verdict['wall']}; fine for your own file, `quizbook doctor` says more")
    print(json_.dumps(verdict, ensure_ascii=False) if json else answer["text"], end="\n" if json else "")
    if junit is not None:  # last: a verdict that can be read is worth more than one that cannot be written
        _write(junit, answer["junit"])
    return 0 if verdict["passed"] else 1


def _record(answer: Mapping[str, Any]) -> None:
    try:
        record(answer)
    except QuizbookError as error:  # the verdict is worth more than its record
        _say(f"this result is not written down: {error.message}")


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise QuizbookError(f"the report cannot be written to {path}: {error.strerror}") from None


def _say(text: str) -> None:
    print(f"quizbook: {text}", file=sys.stderr, flush=True)


def width() -> int:
    """Columns for a verdict on this terminal."""
    try:
        return min(os.get_terminal_size(sys.stdout.fileno()).columns, 100)
    except (OSError, ValueError):
        return 80


def colour() -> bool:
    """Whether a verdict may be painted."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
