"""FSRS's parameters fitted to one learner, and the check on later reviews that decides whether they are worth taking.

The fit is the package fsrs-rs-python's (the extra `fit`); the check predicts as the schedule does. It is done at four
moments of the learner's past: one alone takes a lucky fit for a good one in a sixth of all cases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean, stdev

from quizbook.errors import QuizbookError
from quizbook.study.days import DAY_START, study_day
from quizbook.study.events import Attempt
from quizbook.study.rating import Rating
from quizbook.study.schedule import RETENTION, Rater, scheduler

FEWEST = 1000  # reviews that a fit needs
CUTS = (0.4, 0.55, 0.7, 0.85)  # a fit to the reviews up to each of these shares is checked on those up to the next
CLEARLY = 1.0  # standard errors that the gain must exceed, so that chance alone is seldom taken for a gain
SURE = 1e-4  # no prediction counts as surer than this
NOON = datetime(2000, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One rated answer on an item. days: study days since the one before it, None for the item's first.

    It is a review if it came on a later day: only then there was something to forget.
    """

    item: str
    rating: Rating
    days: int | None

    @property
    def is_review(self) -> bool:
        """Whether the item was answered on an earlier day."""
        return bool(self.days)


@dataclass(frozen=True, slots=True)
class Fit:
    """What came of a fit.

    parameters: FSRS's weights as the last of the fits found them, from the first `fitted_to` reviews. before, after:
    the mean log loss on the `checked_on` reviews that the fits did not see, by the parameters in force and by the
    fitted ones; lower is better. error: the standard error of their difference. average: the log loss of somebody who
    knows only which share of the reviews before was right, and expects it of each.
    """

    parameters: tuple[float, ...]
    fitted_to: int
    checked_on: int
    before: float
    after: float
    error: float
    average: float

    @property
    def lower(self) -> bool:
        """Whether the fitted ones predict what they have not seen better, by more than chance would."""
        return self.before - self.after > CLEARLY * self.error

    @property
    def better(self) -> bool:
        """Whether they are worth taking: lower, and they know more of the learner than the average."""
        return self.lower and self.after < self.average


def steps(attempts: Iterable[Attempt], kinds: Mapping[str, str], day_start: int = DAY_START) -> list[Step]:
    """The rated answers, as the schedule counts them.

    attempts: as they count today, oldest first. kinds: of each question, by its id. day_start: the hour.
    """
    rater = Rater(kinds, day_start)
    latest: dict[str, date] = {}
    found = []
    for attempt in attempts:
        rating = rater.rate(attempt)
        if rating is None:
            continue
        day = study_day(attempt.at, attempt.utc_offset, day_start)
        before = latest.get(attempt.item)
        found.append(Step(attempt.item, rating, None if before is None else max(0, (day - before).days)))
        latest[attempt.item] = day
    return found


def reviews_in(history: Iterable[Step]) -> int:
    """How many of these are reviews."""
    return sum(step.is_review for step in history)


def fit(history: Sequence[Step], in_force: Sequence[float] | None = None) -> Fit:
    """Fit FSRS to the earlier reviews and compare it on the later ones with the parameters in force.

    history: of all items, in the order of time, with at least FEWEST reviews. in_force: the parameters of now, None
    for the usual ones. The same history always gives the same. Raises QuizbookError where the extra is missing.
    """
    count = reviews_in(history)
    expected = list(recall(history, in_force))
    before: list[float] = []
    after: list[float] = []
    average: list[float] = []
    parameters: tuple[float, ...] = ()
    for cut, end in pairwise((*CUTS, 1.0)):
        known, until = (_place_of_review(history, round(share * count)) for share in (cut, end))
        parameters = _fitted(history[:known])
        unseen = history[known:until]
        before += _losses(unseen, expected[known:until])
        after += _losses(unseen, list(recall(history[:until], parameters))[known:])
        average += _losses(unseen, [_share_right(history[:known])] * len(unseen))
    gains = [a - b for a, b in zip(before, after, strict=True)]
    return Fit(
        parameters=parameters,
        fitted_to=round(CUTS[-1] * count),
        checked_on=len(gains),
        before=fmean(before),
        after=fmean(after),
        error=stdev(gains) / math.sqrt(len(gains)),
        average=fmean(average),
    )


def recall(history: Iterable[Step], parameters: Sequence[float] | None = None) -> Iterator[float | None]:
    """The chance of recall that FSRS gives each step just before it, None for one that is no review.

    parameters: None for the usual ones.
    """
    from fsrs import Card
    from fsrs import Rating as FsrsRating

    fsrs = scheduler(RETENTION, parameters)
    cards: dict[str, Card] = {}
    for step in history:
        card = cards.get(step.item) or Card(card_id=1, due=NOON)
        at = (card.last_review or NOON) + timedelta(days=step.days or 0)
        yield fsrs.get_card_retrievability(card, at) if step.is_review else None
        cards[step.item], _ = fsrs.review_card(card, FsrsRating(int(step.rating)), at)


def _place_of_review(history: Sequence[Step], count: int) -> int:
    """How many steps it takes to have so many reviews."""
    left = count
    for place, step in enumerate(history):
        left -= step.is_review
        if not left:
            return place + 1
    return len(history)


def _fitted(history: Sequence[Step]) -> tuple[float, ...]:
    """The weights that fit these steps best, within the ranges that the scheduler takes."""
    try:
        from fsrs_rs_python import FSRS, FSRSItem, FSRSReview
    except ImportError as error:
        raise QuizbookError("the fit needs fsrs-rs-python: pip install 'quizbook[fit]'", kind="usage") from error
    from fsrs.scheduler import LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

    so_far: dict[str, list[FSRSReview]] = {}
    reviews = []
    for step in history:
        answers = so_far.setdefault(step.item, [])
        answers.append(FSRSReview(int(step.rating), step.days or 0))
        if step.is_review:
            reviews.append(FSRSItem(answers))
    found = FSRS([]).compute_parameters(reviews, enable_short_term=True, num_relearning_steps=0)
    ranges = zip(LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, strict=True)
    return tuple(min(max(one, low), high) for one, (low, high) in zip(found, ranges, strict=True))


def _losses(history: Sequence[Step], chances: Sequence[float | None]) -> list[float]:
    """The log loss of each review among these steps, whose chances of recall were said to be these."""
    losses = []
    for step, chance in zip(history, chances, strict=True):
        if chance is not None and step.is_review:
            chance = min(max(chance, SURE), 1 - SURE)
            losses.append(-math.log(chance if _right(step) else 1 - chance))
    return losses


def _share_right(history: Iterable[Step]) -> float:
    """The share of reviews that were right, never quite none or all of them."""
    right = [_right(step) for step in history if step.is_review]
    return (sum(right) + 1) / (len(right) + 2)


def _right(step: Step) -> bool:
    return step.rating > Rating.AGAIN
