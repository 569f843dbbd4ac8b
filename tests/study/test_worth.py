"""What a review is worth: FSRS's own forecast of a month from now, and what it puts first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from fsrs import Card, Rating, State
from hypothesis import given
from hypothesis import strategies as st

from quizbook.study.schedule import Scheduled, scheduler
from quizbook.study.worth import HORIZON, WRONG, worth

TODAY = date(2026, 5, 20)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
OTHERS = [*scheduler(0.9, None).parameters]
OTHERS[2], OTHERS[8], OTHERS[20] = 9.0, 2.3, 0.4


def one(days: int, stability: float, difficulty: float = 5.0) -> Scheduled:
    return Scheduled("a", NOON, stability, difficulty, 3, 0, TODAY - timedelta(days=days))


@given(st.integers(1, 400), st.floats(0.05, 300), st.floats(1, 10), st.sampled_from([None, OTHERS]))
def test_it_is_what_fsrs_expects_of_an_answer(
    days: int, stability: float, difficulty: float, parameters: list[float] | None
) -> None:
    fsrs = scheduler(0.9, parameters)
    card = Card(1, State.Review, None, stability, difficulty, NOON, NOON - timedelta(days=days))
    later = NOON + timedelta(days=HORIZON)
    recalled = fsrs.get_card_retrievability(card, NOON)
    right, wrong = (
        fsrs.get_card_retrievability(fsrs.review_card(card, rating, NOON)[0], later)
        for rating in (Rating.Good, Rating.Again)
    )
    gain = recalled * right + (1 - recalled) * wrong - fsrs.get_card_retrievability(card, later)
    cost = recalled + WRONG * (1 - recalled)
    assert worth(TODAY, parameters)(one(days, stability, difficulty)) == pytest.approx(gain / cost, abs=1e-8)


def test_what_is_safe_for_a_month_waits_for_what_is_not() -> None:
    value = worth(TODAY)
    assert value(one(10, 10)) > value(one(300, 300))
    assert value(one(3, 3)) > value(one(1, 3)) > value(one(0, 3)) >= 0


def test_an_item_is_worth_more_the_longer_it_waits_while_it_is_still_known() -> None:
    value = worth(TODAY)
    waits = [value(one(days, 10)) for days in (10, 15, 20, 30)]
    assert waits == sorted(waits)
