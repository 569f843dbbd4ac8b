"""When each question and exercise is due again, computed from the attempts by FSRS; nothing of it is stored.

Source: Ye, Su and Cao 2022, "A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling"; the
scheduler is the package fsrs, version 6. An item enters with its first attempt, an exercise with its first pass.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from quizbook.study.events import Attempt

if TYPE_CHECKING:
    from fsrs import Card

RETENTION = 0.9  # the share of reviews that are to be right
DAY_BEGINS = timedelta(hours=4)  # of local time
FORGOTTEN = 0.6  # a score below it
FEWEST_TIMES = 5  # right answers of a kind before one can be told to be fast


class Rating(IntEnum):
    """How an attempt went, by the numbers that FSRS gives to these words."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Where an item stands. due: UTC. reviews: attempts that were rated. lapses: those that were forgotten.

    stability: days until the chance of a right answer has fallen to 90 %. difficulty: 1 to 10.
    """

    item: str
    due: datetime
    stability: float
    difficulty: float
    reviews: int
    lapses: int


def study_day(at: datetime, utc_offset: int) -> date:
    """The day that a moment counts for: one begins at four in the morning, local time. utc_offset: minutes."""
    return (at + timedelta(minutes=utc_offset) - DAY_BEGINS).date()


def schedule(attempts: Iterable[Attempt], kinds: Mapping[str, str]) -> dict[str, Scheduled]:
    """Every item that was learned, and when it is due; the same attempts always give the same.

    attempts: as they count today, oldest first. kinds: of each question, by its id.
    """
    from fsrs import Card, Scheduler
    from fsrs import Rating as FsrsRating

    scheduler = Scheduler(desired_retention=RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    cards: dict[str, Card] = {}
    counts: dict[str, tuple[int, int]] = {}
    for attempt, rating in rated(attempts, kinds):
        card = cards.get(attempt.item) or Card(card_id=1, due=attempt.at)
        cards[attempt.item], _ = scheduler.review_card(card, FsrsRating(int(rating)), attempt.at)
        reviews, lapses = counts.get(attempt.item, (0, 0))
        counts[attempt.item] = (reviews + 1, lapses + (rating is Rating.AGAIN and reviews > 0))
    return {item: _scheduled(item, card, *counts[item]) for item, card in cards.items()}


def _scheduled(item: str, card: Card, reviews: int, lapses: int) -> Scheduled:
    return Scheduled(item, card.due, card.stability or 0.0, card.difficulty or 0.0, reviews, lapses)


def due_items(scheduled: Mapping[str, Scheduled], now: datetime, utc_offset: int) -> list[str]:
    """The items that are due by the end of today, the longest overdue first."""
    today = study_day(now, utc_offset)
    due = [one for one in scheduled.values() if study_day(one.due, utc_offset) <= today]
    return [one.item for one in sorted(due, key=lambda one: (one.due, one.item))]


def interleaved(items: Sequence[str], chapters: Mapping[str, str]) -> list[str]:
    """The same items, so that two of a chapter follow each other only where no other is left; within one, as they came.

    The chapter with the most items left is asked next, unless it was just asked.
    """
    waiting: dict[str, deque[str]] = {}
    for item in items:
        waiting.setdefault(chapters[item], deque()).append(item)
    order: list[str] = []
    last = ""
    while waiting:
        others = [name for name in waiting if name != last] or [last]
        last = max(others, key=lambda name: len(waiting[name]))
        order.append(waiting[last].popleft())
        if not waiting[last]:
            del waiting[last]
    return order


def rated(attempts: Iterable[Attempt], kinds: Mapping[str, str]) -> Iterable[tuple[Attempt, Rating]]:
    """The attempts that say how well something is remembered, each with its rating.

    Not among them: those before reading, those without a score yet, and those on an exercise before its first pass.
    """
    seconds: dict[str, list[float]] = {}  # of right answers, by kind
    tried: dict[str, date] = {}  # the study day of the last attempt on an item
    passed: set[str] = set()
    for attempt in attempts:
        if attempt.mode == "pretest" or attempt.score is None:
            continue
        day = study_day(attempt.at, attempt.utc_offset)
        again_today = tried.get(attempt.item) == day
        tried[attempt.item] = day
        kind = kinds.get(attempt.item, "exercise" if attempt.mode == "exercise" else "")
        if attempt.mode == "exercise" and attempt.item not in passed:
            if attempt.score < 1:
                continue
            passed.add(attempt.item)
        times = seconds.setdefault(kind, [])
        yield attempt, rating_of(attempt, kind, again_today=again_today, times=times)
        if attempt.score == 1 and attempt.seconds is not None:
            times.append(attempt.seconds)


def rating_of(attempt: Attempt, kind: str, *, again_today: bool, times: list[float]) -> Rating:
    """How an attempt went. again_today: whether it is a second try. times: seconds of own right answers of the kind."""
    if attempt.score is None or attempt.score < FORGOTTEN or attempt.confidence == "guess":
        return Rating.AGAIN
    if attempt.score < 1 or attempt.hints or again_today:
        return Rating.HARD
    if attempt.confidence == "sure" and kind != "multiple_choice" and _is_fast(attempt.seconds, times):
        return Rating.EASY
    return Rating.GOOD


def _is_fast(seconds: float | None, times: list[float]) -> bool:
    return seconds is not None and len(times) >= FEWEST_TIMES and seconds < statistics.median(times)
