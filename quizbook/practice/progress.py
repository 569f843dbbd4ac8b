"""How far a learner is with each exercise, and what is written down about it besides the attempts."""

from __future__ import annotations

from quizbook import __version__
from quizbook.study.events import Note, now
from quizbook.study.exercises import Progress, progress_by_item
from quizbook.study.store import Log


def progress_of(log: Log) -> dict[str, Progress]:
    """How far the learner is with each exercise."""
    return progress_by_item((*log.outcomes(mode="exercise"), *log.events("setting")))


def note(log: Log, item: str, key: str, value: object) -> None:
    """Appends what is to be known of an exercise from now on."""
    moment, offset = now()
    log.append(
        Note(
            kind="setting",
            at=moment,
            utc_offset=offset,
            device=log.device,
            version=__version__,
            item=item,
            body={"key": key, "value": value},
        )
    )
