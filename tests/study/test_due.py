"""When items are due: what an attempt is rated as, and what FSRS makes of it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.study.days import study_day
from quizbook.study.events import Attempt, Confidence, Mode
from quizbook.study.interleaving import interleaved
from quizbook.study.rating import Rating
from quizbook.study.schedule import due_items, rated, schedule

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
KINDS = {"a": "numeric", "b": "multiple_choice", "c": "matching"}


def attempt(
    item: str = "a",
    score: float | None = 1.0,
    days: float = 0.0,
    *,
    mode: Mode = "quiz",
    confidence: Confidence | None = None,
    hints: int = 0,
    seconds: float | None = 10.0,
) -> Attempt:
    return Attempt(
        at=START + timedelta(days=days), utc_offset=0, device="d", item=item, text_hash="t", key_hash="k", response="x",
        parts={}, score=score, seed=1, mode=mode, confidence=confidence, hints=hints, seconds=seconds, version="0",
    )  # fmt: skip


def ratings(*attempts: Attempt) -> list[Rating]:
    return [rating for _, rating in rated(attempts, KINDS)]


# -- the rating --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (attempt(score=0.0), Rating.AGAIN),
        (attempt(score=0.59), Rating.AGAIN),
        (attempt(score=0.6), Rating.HARD),
        (attempt(score=0.99), Rating.HARD),
        (attempt(score=1.0), Rating.GOOD),
        (attempt(score=1.0, confidence="guess"), Rating.AGAIN),
        (attempt(score=1.0, confidence="fair"), Rating.GOOD),
        (attempt(score=1.0, confidence="sure"), Rating.GOOD),
        (attempt(score=1.0, hints=1), Rating.HARD),
        (attempt(score=0.0, confidence="sure"), Rating.AGAIN),
    ],
)
def test_a_first_attempt_is_rated_by_its_score_its_hints_and_how_sure_it_was(one: Attempt, expected: Rating) -> None:
    assert ratings(one) == [expected]


def test_a_second_try_on_the_same_day_is_hard_and_one_on_the_next_day_is_not() -> None:
    assert ratings(attempt(score=0.0), attempt(days=0.1), attempt(days=1)) == [Rating.AGAIN, Rating.HARD, Rating.GOOD]


@pytest.mark.parametrize(("item", "expected"), [("a", Rating.EASY), ("b", Rating.GOOD)])
def test_fast_and_sure_is_easy_unless_it_could_be_picked(item: str, expected: Rating) -> None:
    before = [attempt(item, days=day) for day in range(5)]
    assert ratings(*before, attempt(item, days=9, confidence="sure", seconds=9.9))[-1] is expected
    assert ratings(*before, attempt(item, days=9, confidence="sure", seconds=10.0))[-1] is Rating.GOOD
    assert ratings(*before, attempt(item, days=9, confidence="fair", seconds=1.0))[-1] is Rating.GOOD
    assert ratings(*before[:4], attempt(item, days=9, confidence="sure", seconds=1.0))[-1] is Rating.GOOD


def test_a_pretest_and_an_open_short_answer_say_nothing() -> None:
    assert ratings(attempt(mode="pretest"), attempt(score=None)) == []


def test_an_exercise_enters_with_its_first_pass_and_goes_on_with_its_reviews() -> None:
    on = "ch03.ex.1"
    tries = [attempt(on, score, day, mode="exercise") for day, score in enumerate([0.0, 0.9, 1.0, 0.5, 1.0])]
    assert ratings(*tries) == [Rating.GOOD]
    assert schedule(tries[:2], KINDS) == {}
    reviews = [attempt(on, score, day, mode="review") for day, score in ((9, 0.5), (10, 1.0))]
    assert ratings(*tries, *reviews) == [Rating.GOOD, Rating.AGAIN, Rating.GOOD]


def test_a_review_of_an_exercise_is_hard_after_failed_checks() -> None:
    on = "ch03.ex.1"
    first = attempt(on, mode="exercise")
    passed = replace(attempt(on, days=5, mode="review"), response={"file": "x.py", "failed_checks": 2})
    assert ratings(first, passed) == [Rating.GOOD, Rating.HARD]


def test_a_drill_says_nothing() -> None:
    assert ratings(attempt(mode="drill"), attempt(days=0.1)) == [Rating.GOOD]


def test_what_was_answered_sure_and_wrong_comes_on_the_next_day_however_well_it_was_known() -> None:
    known = [attempt(days=day) for day in (0, 3, 14, 60, 200)]
    wrong = attempt(score=0.0, days=800, confidence="sure")
    again = attempt(score=1.0, days=800.1)
    forgotten = schedule([*known, attempt(score=0.0, days=800)], KINDS)["a"]
    assert study_day(forgotten.due, 0) > study_day(wrong.at, 0) + timedelta(days=1)
    for attempts in ([*known, wrong], [*known, wrong, again]):
        assert study_day(schedule(attempts, KINDS)["a"].due, 0) == study_day(wrong.at, 0) + timedelta(days=1)
    after = schedule([*known, wrong, again, attempt(days=801)], KINDS)["a"]
    assert study_day(after.due, 0) > study_day(wrong.at, 0) + timedelta(days=2)


def test_an_evening_and_the_next_morning_lie_a_day_apart() -> None:
    evening, morning = attempt(days=0.4), attempt(days=0.9)
    assert (
        schedule([evening, morning], KINDS)["a"].stability
        == schedule([evening, attempt(days=1.4)], KINDS)["a"].stability
    )
    assert (
        schedule([evening, attempt(days=0.45)], KINDS)["a"].stability
        < schedule([evening, morning], KINDS)["a"].stability
    )


def test_it_agrees_with_the_package_when_reviews_lie_whole_days_apart() -> None:
    from fsrs import Card, Scheduler
    from fsrs import Rating as Their

    days, scores = [0, 1, 4, 15, 40], [1.0, 0.7, 1.0, 0.0, 1.0]
    scheduler = Scheduler(desired_retention=0.85, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(card_id=1)
    for day, word in zip(days, ("Good", "Hard", "Good", "Again", "Good"), strict=True):
        card, _ = scheduler.review_card(card, Their[word], START + timedelta(days=day))
    ours = schedule([attempt("b", s, d) for d, s in zip(days, scores, strict=True)], KINDS, retention=0.85)["b"]
    assert (ours.due, ours.stability, ours.difficulty) == (card.due, card.stability, card.difficulty)


# -- the days ----------------------------------------------------------------------------------------------------------


def test_a_day_begins_at_four_in_the_morning_where_the_learner_is() -> None:
    late = datetime(2026, 3, 3, 3, 59, tzinfo=UTC)
    assert study_day(late, 0) == date(2026, 3, 2)
    assert study_day(late + timedelta(minutes=1), 0) == date(2026, 3, 3)
    assert study_day(late, 60) == date(2026, 3, 3)
    assert study_day(late, -480) == date(2026, 3, 2)


def test_what_was_right_comes_later_each_time_and_what_was_wrong_soon() -> None:
    gaps = []
    at = 0.0
    known: list[Attempt] = []
    for _ in range(4):
        known.append(attempt(days=at))
        due = schedule(known, KINDS)["a"].due
        gaps.append((due - known[-1].at).days)
        at = (due - START) / timedelta(days=1)
    assert gaps == sorted(set(gaps))
    forgotten = schedule([*known, attempt(score=0.0, days=at)], KINDS)["a"]
    assert forgotten.due - START - timedelta(days=at) < timedelta(days=gaps[-1] / 3)
    assert (forgotten.reviews, forgotten.lapses) == (5, 1)


def test_due_are_those_of_today_and_before_the_longest_overdue_first() -> None:
    attempts = [attempt("a", days=0), attempt("b", 0.0, days=1), attempt("c", days=2)]
    scheduled = schedule(attempts, KINDS)
    order = sorted(scheduled, key=lambda item: scheduled[item].due)
    assert due_items(scheduled, START + timedelta(days=400), 0) == order
    first = scheduled[order[0]].due
    morning = first.replace(hour=5)
    assert due_items(scheduled, morning, 0)[0] == order[0]
    assert due_items(scheduled, morning - timedelta(days=1), 0) == []


@given(st.lists(st.sampled_from(["1a", "1b", "2a", "2b", "3a"]), unique=True))
def test_chapters_take_turns_and_nothing_is_lost(items: list[str]) -> None:
    chapters = {item: item[0] for item in items}
    order = interleaved(items, chapters)
    assert sorted(order) == sorted(items)
    most = max((sum(item[0] == name for item in items) for name in "123"), default=0)
    doubled = sum(a[0] == b[0] for a, b in itertools.pairwise(order))
    assert doubled == max(0, 2 * most - len(items) - 1)
    for name in "123":
        assert [item for item in order if item[0] == name] == [item for item in items if item[0] == name]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 0.7, 1.0]), st.floats(0, 3)), max_size=20))
def test_the_same_attempts_give_the_same_dates_and_none_lies_before_its_last_attempt(
    steps: list[tuple[str, float, float]],
) -> None:
    attempts, at = [], 0.0
    for item, score, gap in steps:
        at += gap
        attempts.append(attempt(item, score, at))
    once = schedule(attempts, KINDS)
    assert once == schedule(iter(attempts), KINDS)
    last = {one.item: one.at for one in attempts}
    assert set(once) == set(last)
    assert all(one.due > last[item] for item, one in once.items())
