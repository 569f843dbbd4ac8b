"""A file on its way to the judge, and the judge's answer on its way into the log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quizbook import __version__, places

if TYPE_CHECKING:
    from quizbook.study.events import Attempt, Mode


def request_for(id: str, file: str | None, *, width: int, colour: bool) -> dict[str, Any]:
    """What the judge is asked: a file for an exercise, and a verdict in so many columns."""
    return {"do": "check", "id": id, "file": file, "cwd": str(Path.cwd()), "width": width, "colour": colour}


def record(answer: Mapping[str, Any]) -> None:
    """Writes an attempt into the store. QuizbookError where it cannot."""
    from quizbook.study.exercises import progress_by_item
    from quizbook.study.store import open_log

    with open_log(places.home()) as log:
        progress = progress_by_item(log.events("setting")).get(answer["item"])
        hints = progress.hints_seen if progress else 0
        log.append(attempt_on(answer, log.device, "exercise", hints=hints, seconds=answer["verdict"]["seconds"]))


def attempt_on(
    answer: Mapping[str, Any], device: str, mode: Mode, *, hints: int, seconds: float, failed_checks: int | None = None
) -> Attempt:
    """The attempt that a verdict of this moment makes.

    seconds: of the check, or of a whole review. failed_checks: of a review, before this one.
    """
    from quizbook.study.events import Attempt, now

    verdict = answer["verdict"]
    at, utc_offset = now()
    response = {"file": verdict["file"]}
    return Attempt(
        at=at,
        utc_offset=utc_offset,
        device=device,
        item=answer["item"],
        text_hash=answer["text_hash"],
        key_hash=answer["key_hash"],
        response=response if failed_checks is None else response | {"failed_checks": failed_checks},
        parts={check["name"]: check["outcome"] == "passed" for check in verdict["checks"]},
        score=verdict["score"] / verdict["points"] if verdict["points"] else 0.0,
        seed=verdict["seed"],
        mode=mode,
        hints=hints,
        seconds=seconds,
        version=__version__,
    )
