"""What the log comes to, built up attempt by attempt: the schedule, the scores of items, the days of study."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime

from quizbook.study.days import study_day
from quizbook.study.events import Attempt
from quizbook.study.schedule import Memory

LONGEST = 600.0  # seconds that one answer counts for, at most


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers on one item, those before reading left out. total: of the scores. latest: the last score.

    count: of the answers with a score. since: the study day of the first answer.
    """

    count: int
    total: float
    latest: float
    since: date


@dataclass(frozen=True, slots=True)
class Day:
    """One day of study. seconds: spent on answers. new: items that were answered for the first time."""

    answers: int = 0
    seconds: float = 0.0
    new: int = 0


class Running:
    """Takes attempts, oldest first; `last` is the moment of the newest one taken."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.attempts = 0
        self.last = datetime.min.replace(tzinfo=UTC)
        self.answers: dict[str, Answers] = {}
        self.days: dict[date, Day] = {}

    def take(self, attempt: Attempt) -> None:
        """Count one more attempt."""
        self.attempts += 1
        self.last = max(self.last, attempt.at)
        self.memory.take(attempt)
        today = study_day(attempt.at, attempt.utc_offset, self.memory.rater.day_start)
        day = self.days.get(today, Day())
        before = self.answers.get(attempt.item)
        counts = attempt.mode != "pretest" and attempt.score is not None
        self.days[today] = Day(
            day.answers + 1, day.seconds + seconds_of(attempt), day.new + (counts and before is None)
        )
        if attempt.score is None or not counts:
            return
        if before is None:
            self.answers[attempt.item] = Answers(1, attempt.score, attempt.score, today)
        else:
            total = before.total + attempt.score
            self.answers[attempt.item] = Answers(before.count + 1, total, attempt.score, before.since)


def seconds_of(attempt: Attempt) -> float:
    """The time that an answer counts for: one that was left open over lunch is no hour of study."""
    seconds = attempt.seconds
    return min(seconds, LONGEST) if seconds is not None and math.isfinite(seconds) and seconds > 0 else 0.0
