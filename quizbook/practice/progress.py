"""How far a learner is with each exercise, and what is written down about it besides the attempts."""

from __future__ import annotations

from quizbook.study.exercises import Progress, progress_by_item
from quizbook.study.recording import setting_of
from quizbook.study.store import Log


def progress_of(log: Log) -> dict[str, Progress]:
    """How far the learner is with each exercise."""
    return progress_by_item((*log.outcomes(mode="exercise"), *log.events("setting")), device=log.device)


def note(log: Log, item: str, key: str, value: object) -> None:
    """Appends what is to be known of an exercise from now on."""
    log.append(setting_of(key, value, device=log.device, item=item))
