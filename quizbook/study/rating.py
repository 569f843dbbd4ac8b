"""How an attempt went, by the four words of FSRS: again, hard, good, easy."""

from __future__ import annotations

from enum import IntEnum

from quizbook.study.events import Attempt

FORGOTTEN = 0.6  # a score below it


class Rating(IntEnum):
    """How an attempt went, by the numbers that FSRS gives to these words."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


def rating_of(attempt: Attempt, kind: str, *, again_today: bool, median: float | None) -> Rating:
    """How an attempt went.

    kind: of the question, or "exercise". again_today: whether it is a second try on this day.
    median: of the seconds of the learner's own right answers of the kind; None while there are too few.
    """
    if attempt.score is None or attempt.score < FORGOTTEN or attempt.confidence == "guess":
        return Rating.AGAIN
    if attempt.score < 1 or attempt.hints or again_today or failed_checks(attempt):
        return Rating.HARD
    fast = median is not None and attempt.seconds is not None and attempt.seconds < median
    sure = attempt.confidence == "sure" or kind == "exercise"  # nobody is asked how sure, and a check is no guess
    if fast and sure and kind != "multiple_choice":
        return Rating.EASY
    return Rating.GOOD


def sure_and_wrong(attempt: Attempt) -> bool:
    """Whether its author was sure of an answer that is forgotten or wrong: the errors most worth a repetition."""
    return attempt.confidence == "sure" and attempt.score is not None and attempt.score < FORGOTTEN


def failed_checks(attempt: Attempt) -> int:
    """How many checks of an exercise's review failed before the one that counts; 0 for everything else."""
    told = attempt.response.get("failed_checks", 0) if isinstance(attempt.response, dict) else 0
    return told if isinstance(told, int) else 0
