"""A learner whose memory is FSRS's with parameters of their own, and who studies by quizbook's usual schedule."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fsrs import Card
from fsrs import Rating as FsrsRating
from fsrs.scheduler import DEFAULT_PARAMETERS

from quizbook.study.events import Attempt
from quizbook.study.schedule import Memory, Rater, scheduler

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
SCORES = {FsrsRating.Again: 0.0, FsrsRating.Hard: 0.7, FsrsRating.Good: 1.0}


def parameters(**changed: float) -> list[float]:
    """FSRS's usual weights but for those that are named, such as w8=2.5."""
    weights = list(DEFAULT_PARAMETERS)
    for name, value in changed.items():
        weights[int(name[1:])] = value
    return weights


def answers(
    seed: int, memory: Sequence[float] | None, *, days: int, new: int = 10, luck: float | None = None
) -> list[Attempt]:
    """What such a learner answers: so many new items a day, and all that are due.

    luck: the chance of a right answer where memory plays no part at all.
    """
    chance = random.Random(seed)
    theirs = scheduler(0.9, memory)
    cards: dict[str, Card] = {}
    ours = Memory(Rater({}))
    found: list[Attempt] = []
    for day in range(days):
        today = START + timedelta(days=day)
        due = [item for item, one in ours.items().items() if one.due <= today]
        for item in [*due, *(f"q{day}.{number}" for number in range(new))]:
            card = cards.get(item) or Card(card_id=1, due=today)
            expected = theirs.get_card_retrievability(card, today) if item in cards else 0.7
            if chance.random() >= (expected if luck is None else luck):
                rating = FsrsRating.Again
            else:
                rating = FsrsRating.Hard if chance.random() < 0.2 else FsrsRating.Good
            cards[item], _ = theirs.review_card(card, rating, today)
            found.append(answer(item, today, SCORES[rating]))
            ours.take(found[-1])
    return found


def answer(item: str, at: datetime, score: float = 1.0) -> Attempt:
    return Attempt(
        at=at, utc_offset=0, device="d", item=item, text_hash="t", key_hash="k", response="x", parts={}, score=score,
        seed=1, mode="review", version="0",
    )  # fmt: skip
