"""FSRS fitted to a learner: better where the learner differs from the usual one, refused where nothing is to be had."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fsrs import Scheduler
from hypothesis import given
from hypothesis import strategies as st
from simulated_learner import START, answer, answers, parameters

from quizbook.study.fitting import FEWEST, Step, fit, recall, reviews_in, steps
from quizbook.study.rating import Rating
from quizbook.study.schedule import Memory, Rater, schedule
from quizbook.study.settings import take_parameters
from quizbook.study.standing import standing
from quizbook.study.store import open_log
from quizbook.study.worth import worth

STRONG = parameters(w0=2.0, w1=8.0, w2=14.0, w3=40.0, w8=2.4)
WEAK = parameters(w0=0.05, w1=0.3, w2=0.6, w3=2.0, w8=1.3)


# -- what a review is --------------------------------------------------------------------------------------------------


def test_a_review_is_a_rated_answer_on_something_answered_on_an_earlier_day() -> None:
    told = [
        answer("a", START),
        answer("a", START + timedelta(hours=1), 0.0),
        answer("b", START + timedelta(hours=2)),
        replace(answer("a", START + timedelta(days=1)), mode="drill"),
        answer("a", START + timedelta(days=3), 0.7),
        replace(answer("b", START + timedelta(days=4)), mode="pretest"),
    ]
    found = steps(told, {})
    assert found == [
        Step("a", Rating.GOOD, None), Step("a", Rating.AGAIN, 0), Step("b", Rating.GOOD, None),
        Step("a", Rating.HARD, 3),
    ]  # fmt: skip
    assert reviews_in(found) == 1


def test_days_are_study_days_and_a_clock_that_went_back_makes_none_negative() -> None:
    evening = answer("a", START + timedelta(hours=12))  # midnight
    assert steps([evening, answer("a", START + timedelta(hours=15))], {})[1].days == 0  # three at night
    assert steps([evening, answer("a", START + timedelta(hours=17))], {})[1].days == 1
    assert steps([evening, answer("a", START + timedelta(hours=15))], {}, day_start=2)[1].days == 1
    west = replace(answer("a", START + timedelta(hours=13)), utc_offset=-720)
    assert steps([replace(evening, utc_offset=840), west], {})[1].days == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.7, 1.0]), st.integers(0, 9)), max_size=30))
def test_the_check_expects_what_the_schedule_expects(told: list[tuple[str, float, int]]) -> None:
    day, attempts = 0, []
    for item, score, gap in told:
        day += gap
        attempts.append(answer(item, START + timedelta(days=day), score))
    memory = Memory(Rater({}), parameters=STRONG)
    decay = -STRONG[20]
    factor = 0.9 ** (1 / decay) - 1
    for attempt, expected in zip(attempts, recall(steps(attempts, {}), STRONG), strict=True):
        before = memory.items().get(attempt.item)
        gap = (attempt.at.date() - before.reviewed).days if before else 0
        if before is None or not gap:
            assert expected is None
        else:
            assert expected == pytest.approx((1 + factor * gap / before.stability) ** decay)
        memory.take(attempt)


# -- the fit -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("memory", "days"), [(STRONG, 90), (WEAK, 50)], ids=["strong", "weak"])
def test_who_remembers_otherwise_than_usual_is_predicted_better_after_a_fit(memory: list[float], days: int) -> None:
    taken = 0
    for seed in range(3):
        history = steps(answers(seed, memory, days=days), {})
        found = fit(history)
        count = reviews_in(history)
        assert count >= FEWEST
        assert (found.fitted_to, found.checked_on) == (round(0.85 * count), count - round(0.4 * count))
        assert found.lower, found
        taken += found.better
        again = fit(history, found.parameters)
        assert again.before < found.before
        assert not again.lower
    assert taken >= 2


@pytest.mark.slow
@pytest.mark.parametrize("luck", [0.5, 0.7])
def test_who_answers_at_random_is_not_fitted_however_bad_the_usual_parameters_are(luck: float) -> None:
    found = [fit(steps(answers(seed, None, days=40, new=4, luck=luck), {})) for seed in range(5)]
    assert all(one.lower for one in found)
    assert not any(one.better for one in found)


@pytest.mark.slow
def test_who_is_as_usual_is_not_fitted() -> None:
    taken = [fit(steps(answers(seed, None, days=45), {})).better for seed in range(5)]
    assert not any(taken)


def test_the_same_answers_give_the_same_fit() -> None:
    history = steps(answers(1, WEAK, days=35), {})
    assert reviews_in(history) >= FEWEST
    assert fit(history) == fit(history)


@pytest.mark.parametrize("score", [0.0, 0.7, 1.0])
def test_one_who_always_answers_alike_gets_parameters_that_the_scheduler_takes(score: float) -> None:
    days = range(0, 90, 9)
    told = [answer(f"q{n}", START + timedelta(days=day), score) for day in days for n in range(120)]
    found = fit(steps(told, {}))
    Scheduler(parameters=found.parameters)
    assert all(math.isfinite(one) for one in found.parameters)
    assert math.isfinite(found.after)
    assert math.isfinite(found.average)


def test_what_was_taken_moves_due_dates_and_taking_it_back_restores_them(tmp_path: Path) -> None:
    with open_log(tmp_path / "home") as log:
        log.append(*answers(3, None, days=6, new=3))

        def due() -> dict[str, object]:
            today = standing(log, {}, tmp_path / "cache", moment=(START + timedelta(days=6), 0))
            return {item: one.due for item, one in today.scheduled.items()}

        usual = due()
        take_parameters(log, STRONG)
        assert sum(a > b for a, b in zip(due().values(), usual.values(), strict=True)) > len(usual) / 2
        take_parameters(log, None)
        assert due() == usual


def test_parameters_that_fsrs_does_not_take_count_as_not_set() -> None:
    told = answers(3, None, days=4, new=3)
    strange = [float(n) for n in range(21)]
    assert schedule(told, {}, parameters=strange) == schedule(told, {})
    one = next(iter(schedule(told, {}).values()))
    assert worth(one.reviewed, strange)(one) == worth(one.reviewed)(one)
