"""A file on its way to the judge, and the judge's answer on its way into the log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quizbook import __version__, places


def request_for(id: str, file: str | None, *, width: int, colour: bool) -> dict[str, Any]:
    """What the judge is asked: a file for an exercise, and a verdict in so many columns."""
    return {"do": "check", "id": id, "file": file, "cwd": str(Path.cwd()), "width": width, "colour": colour}


def record(answer: Mapping[str, Any]) -> None:
    """Writes an attempt into the store. QuizbookError where it cannot."""
    from quizbook.study.events import Attempt, now
    from quizbook.study.exercises import progress_by_item
    from quizbook.study.store import open_log

    verdict = answer["verdict"]
    moment, offset = now()
    with open_log(places.home()) as log:
        progress = progress_by_item(log.events("setting")).get(answer["item"])
        log.append(
            Attempt(
                at=moment,
                utc_offset=offset,
                device=log.device,
                item=answer["item"],
                text_hash=answer["text_hash"],
                key_hash=answer["key_hash"],
                response={"file": verdict["file"]},
                parts={c["name"]: c["outcome"] == "passed" for c in verdict["checks"]},
                score=verdict["score"] / verdict["points"] if verdict["points"] else 0.0,
                seed=verdict["seed"],
                mode="exercise",
                hints=progress.hints_seen if progress else 0,
                seconds=verdict["seconds"],
                version=__version__,
            )
        )
