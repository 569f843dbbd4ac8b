"""When each question and exercise is due again, computed from the attempts by FSRS; nothing of it is stored.

Source: Ye, Su and Cao 2022, "A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling"; the
scheduler is the package fsrs, version 6. An item enters with its first attempt, an exercise with its first pass.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from quizbook.study.days import DAY_START, beginning, study_day
from quizbook.study.events import Attempt
from quizbook.study.pace import Pace
from quizbook.study.rating import Rating, rating_of, sure_and_wrong

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

RETENTION = 0.9  # the share of reviews that are to be right
EXERCISE = "exercise"  # the kind of everything that is no question
UNRATED = ("pretest", "drill")  # modes


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Where an item stands. due: UTC. reviews: attempts that were rated. lapses: those that were forgotten.

    stability: days until the chance of a right answer has fallen to 90 %. difficulty: 1 to 10.
    reviewed: the study day of the last attempt that was rated. promised: on that day it was answered sure and wrong,
    so it comes again on the next one, whatever else was answered since.
    """

    item: str
    due: datetime
    stability: float
    difficulty: float
    reviews: int
    lapses: int
    reviewed: date
    promised: bool = False


@dataclass(slots=True)
class Rater:
    """Rates attempts one after the other, oldest first.

    kinds: of each question, by its id. paces: of each kind. tried: the study day of the last attempt on each item.
    passed: the exercises that were.
    """

    kinds: Mapping[str, str]
    day_start: int = DAY_START
    paces: dict[str, Pace] = field(default_factory=dict)
    tried: dict[str, date] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    def kind_of(self, item: str) -> str:
        """The kind of a question; of an exercise, `exercise`; of a question that is in no bank any more, nothing."""
        return self.kinds.get(item) or (EXERCISE if ".ex." in item else "")

    def rate(self, attempt: Attempt) -> Rating | None:
        """The rating of the next attempt, or None for one that does not say how well something is remembered.

        These are: answers before reading or in a drill, those without a score yet, and of an exercise everything
        between its first pass and its reviews.
        """
        return self.rate_on(study_day(attempt.at, attempt.utc_offset, self.day_start), attempt)

    def rate_on(self, day: date, attempt: Attempt) -> Rating | None:
        """The same, where the study day of the attempt is known already."""
        item = attempt.item
        if attempt.mode in UNRATED or attempt.score is None:
            return None
        again_today = self.tried.get(item) == day
        self.tried[item] = day
        if attempt.mode == "exercise":
            if attempt.score < 1 or item in self.passed:
                return None
            self.passed.add(item)
        kind = self.kind_of(item)
        pace = self.paces.get(kind)
        if pace is None:
            pace = self.paces[kind] = Pace()
        rating = rating_of(attempt, kind, again_today=again_today, median=pace.median)
        if attempt.score == 1 and attempt.seconds is not None and math.isfinite(attempt.seconds):
            pace.take(attempt.seconds)
        return rating


@dataclass(slots=True)
class _Known:
    """What is known of one item, as it changes with every attempt."""

    card: Card
    due: datetime
    reviews: int
    lapses: int
    reviewed: date
    promised: bool


class Memory:
    """What is remembered of every item, built up attempt by attempt, oldest first.

    FSRS counts in whole study days: an answer in the evening and one the next morning lie a day apart.
    """

    def __init__(self, rater: Rater, retention: float = RETENTION, parameters: Sequence[float] | None = None) -> None:
        from fsrs import Rating, State

        from quizbook.study.card import LiveCard

        self.rater = rater
        self._scheduler = scheduler(retention, parameters)
        self._known: dict[str, _Known] = {}
        self._new_card, self._learned, self._ratings = LiveCard, State.Review, {int(one): one for one in Rating}

    def items(self) -> dict[str, Scheduled]:
        """Every item that was learned, as it stands after the attempts so far."""
        return {
            item: Scheduled(
                item,
                one.due,
                one.card.stability or 0.0,
                one.card.difficulty or 0.0,
                one.reviews,
                one.lapses,
                one.reviewed,
                one.promised,
            )
            for item, one in self._known.items()
        }

    def put(self, one: Scheduled) -> None:
        """Take an item as it stood once, instead of its attempts up to then."""
        card = self._new_card(1, self._learned, None, one.stability, one.difficulty, one.due, _noon(one.reviewed))
        self._known[one.item] = _Known(card, one.due, one.reviews, one.lapses, one.reviewed, one.promised)

    def take(self, attempt: Attempt) -> Rating | None:
        """Count one more attempt; returns its rating, or None where it has none."""
        day = study_day(attempt.at, attempt.utc_offset, self.rater.day_start)
        rating = self.rater.rate_on(day, attempt)
        if rating is None:
            return None
        noon = _noon(day)
        known = self._known.get(attempt.item)
        card = self._new_card(card_id=1, due=noon) if known is None else known.card
        card, _ = self._scheduler.review_card(card, self._ratings[rating], noon)
        due = attempt.at + (card.due - noon)
        promised = sure_and_wrong(attempt) or (known is not None and known.reviewed == day and known.promised)
        if promised:
            due = min(due, beginning(day + timedelta(days=1), attempt.utc_offset, self.rater.day_start))
        if known is None:
            self._known[attempt.item] = _Known(card, due, 1, 0, day, promised)
        else:
            known.card, known.due, known.reviewed, known.promised = card, due, day, promised
            known.reviews += 1
            known.lapses += rating is Rating.AGAIN
        return rating


@functools.lru_cache(maxsize=4096)  # many answers fall on one day
def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def scheduler(retention: float, parameters: Sequence[float] | None) -> Scheduler:
    """FSRS as it runs here: whole days, no steps within a day, no chance in the dates.

    Parameters that FSRS does not take (another version wrote them) count as not set.
    """
    from fsrs import Scheduler
    from fsrs.scheduler import DEFAULT_PARAMETERS

    def of(weights: Sequence[float]) -> Scheduler:
        return Scheduler(
            parameters=tuple(weights),
            desired_retention=retention,
            learning_steps=(),
            relearning_steps=(),
            enable_fuzzing=False,
        )

    try:
        return of(parameters or DEFAULT_PARAMETERS)
    except ValueError:
        return of(DEFAULT_PARAMETERS)


def schedule(
    attempts: Iterable[Attempt],
    kinds: Mapping[str, str],
    *,
    retention: float = RETENTION,
    parameters: Sequence[float] | None = None,
    day_start: int = DAY_START,
) -> dict[str, Scheduled]:
    """Every item that was learned, and when it is due; the same attempts always give the same.

    attempts: as they count today, oldest first. kinds: of each question, by its id. retention: the share of reviews
    that are to be right. parameters: FSRS's weights, where they were fitted to this learner.
    """
    memory = Memory(Rater(kinds, day_start), retention, parameters)
    for attempt in attempts:
        memory.take(attempt)
    return memory.items()


def rated(attempts: Iterable[Attempt], kinds: Mapping[str, str]) -> Iterator[tuple[Attempt, Rating]]:
    """The attempts that say how well something is remembered, each with its rating."""
    rater = Rater(kinds)
    for attempt in attempts:
        if (rating := rater.rate(attempt)) is not None:
            yield attempt, rating


def due_items(
    scheduled: Mapping[str, Scheduled], now: datetime, utc_offset: int, day_start: int = DAY_START
) -> list[str]:
    """The items that are due by the end of today, the longest overdue first."""
    end = beginning(study_day(now, utc_offset, day_start) + timedelta(days=1), utc_offset, day_start)
    due = [one for one in scheduled.values() if one.due < end]
    return [one.item for one in sorted(due, key=lambda one: (one.due, one.item))]
