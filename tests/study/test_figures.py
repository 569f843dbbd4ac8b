"""What attempts add up to: retention, calibration, mastery, time, and what comes due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_log import ITEMS, START, attempt, figures_of, logs

from quizbook.study.events import Attempt
from quizbook.study.figures import HORIZON, MATURE, Figures, Mastery, Retention
from quizbook.study.shares import Share

# -- shares ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        (Share(9, 10), 0.596, 0.982),
        (Share(0, 10), 0.0, 0.278),
        (Share(10, 10), 0.722, 1.0),
        (Share(500, 1000), 0.469, 0.531),
    ],
)
def test_the_interval_is_wilsons(share: Share, low: float, high: float) -> None:
    assert share.interval == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))


def test_of_nothing_there_is_no_share_and_it_may_be_anything() -> None:
    assert (Share().value, Share().interval) == (None, (0.0, 1.0))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_an_interval_holds_its_share_and_narrows_with_more_answers(scores: list[float]) -> None:
    share = Share(sum(scores), len(scores))
    low, high = share.interval
    assert share.value is not None
    assert 0 <= low <= share.value <= high <= 1
    more = Share(share.right * 10, share.of * 10).interval
    assert more[1] - more[0] < high - low


# -- retention ---------------------------------------------------------------------------------------------------------


def retention(*attempts: Attempt) -> Retention:
    return figures_of(*attempts).retention


def test_retention_counts_what_came_again_on_a_later_day() -> None:
    found = retention(attempt(days=0), attempt(days=1), attempt(score=0.0, days=9), attempt("b", days=9))
    assert found.overall == Share(1, 2)
    assert found.by_interval == {"1": Share(1, 1), "8-14": Share(0, 1)}


def test_a_second_try_on_the_same_day_and_a_pretest_say_nothing_about_memory() -> None:
    assert retention(attempt(score=0.0), attempt(days=0.1)).overall.of == 0
    assert retention(attempt(mode="pretest"), attempt(days=1)).overall.of == 0
    assert retention(attempt(), attempt(days=1, mode="drill")).overall.of == 0


def test_a_guess_is_not_remembered_and_half_an_answer_is_not_either() -> None:
    assert retention(attempt(), attempt(days=1, confidence="guess")).overall == Share(0, 1)
    assert retention(attempt(), attempt(score=0.5, days=1)).overall == Share(0, 1)
    assert retention(attempt(), attempt(score=0.8, days=1)).overall == Share(1, 1)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (1, "1"),
        (2, "2-3"),
        (3, "2-3"),
        (7, "4-7"),
        (14, "8-14"),
        (30, "15-30"),
        (60, "31-60"),
        (61, "61+"),
        (999, "61+"),
    ],
)
def test_every_interval_has_its_row(days: int, name: str) -> None:
    assert list(retention(attempt(), attempt(days=days)).by_interval) == [name]


def test_months_are_those_of_the_review() -> None:
    found = retention(attempt(), attempt(days=25), attempt(score=0.0, days=40), attempt("b"), attempt("b", days=340))
    assert found.by_month == {"2026-03": Share(1, 1), "2026-04": Share(0, 1), "2027-02": Share(1, 1)}


# -- calibration -------------------------------------------------------------------------------------------------------


def test_answers_are_counted_by_how_sure_they_were_in_the_order_of_sureness() -> None:
    found = figures_of(
        attempt(confidence="sure"),
        attempt(score=0.5, confidence="sure"),
        attempt(score=0.0, confidence="guess"),
        attempt(),
    )
    assert list(found.calibration.items()) == [("guess", Share(0, 1)), ("sure", Share(1.5, 2)), ("unsaid", Share(1, 1))]


def test_an_exercise_is_not_asked_how_sure() -> None:
    assert figures_of(attempt("ch10.ex.1", mode="exercise")).calibration == {}


# -- mastery -----------------------------------------------------------------------------------------------------------


def chapter(found: Figures, name: str = "2") -> Mastery:
    return next(one for one in found.chapters if one.name == name)


def test_chapters_stand_in_their_order_with_all_that_there_is() -> None:
    found = figures_of(attempt())
    assert [(one.name, one.title, one.items) for one in found.chapters] == [("2", "Two", 3), ("10", "Ten <&> more", 3)]
    assert [one.name for one in found.sections] == ["2.1", "2.10", "10.1", "10.2"]


def test_the_latest_score_counts_and_a_pretest_is_not_learning() -> None:
    one = chapter(figures_of(attempt(score=0.0), attempt(days=1), attempt("b", 1.0, mode="pretest"), attempt("c", 0.5)))
    assert (one.seen, one.latest, one.answers) == (2, Share(1.5, 2), 4)
    assert one.scores == Share(2.5, 4)


def test_what_sits_for_three_weeks_is_mature() -> None:
    once = chapter(figures_of(attempt(), attempt("b", 0.0)))
    assert (once.learning, once.mature) == (2, 0)
    often = [attempt(days=days) for days in (0, 3, 14, 60)]
    assert (chapter(figures_of(*often)).learning, chapter(figures_of(*often)).mature) == (0, 1)
    assert MATURE == 21


def test_time_is_counted_by_chapter_and_a_forgotten_screen_is_not() -> None:
    found = figures_of(
        attempt(seconds=30.0), attempt("d", seconds=90_000.0), attempt("gone", seconds=5.0), attempt(seconds=None)
    )
    assert [one.seconds for one in found.chapters] == [30.0, 600.0]
    assert found.seconds == 635.0


# -- days --------------------------------------------------------------------------------------------------------------


def test_weeks_begin_on_monday_and_end_with_this_one() -> None:
    found = figures_of(attempt(days=0), attempt(days=6), attempt(days=7), days=8)
    weeks = found.weeks(3)
    assert list(weeks) == [date(2026, 2, 23), date(2026, 3, 2), date(2026, 3, 9)]
    assert [week.answers for week in weeks.values()] == [0, 2, 1]


def test_the_forecast_begins_with_today_and_all_that_is_overdue() -> None:
    found = figures_of(attempt(), attempt("b", 0.0), attempt("gone"), days=200)
    assert list(found.forecast) == [found.today + timedelta(days=ahead) for ahead in range(HORIZON)]
    assert found.due == found.forecast[found.today] == 2
    assert sum(found.forecast.values()) == 2


def test_nothing_answered_gives_empty_figures() -> None:
    found = figures_of()
    assert (found.answers, found.items, found.due, found.seconds, found.gains) == (0, 0, 0, 0, ())
    assert found.today == START.date()
    assert all(one.seen == 0 for one in found.chapters)


# -- anything ----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(logs(), st.floats(0, 400))
def test_whatever_the_log_holds_the_sums_agree(attempts: list[Attempt], later: float) -> None:
    last = max((one.at for one in attempts), default=START) - START
    found = figures_of(*attempts, days=last / timedelta(days=1) + later)
    assert found.answers == len(attempts) == sum(day.answers for day in found.days.values())
    assert found.items == len({one.item for one in attempts})
    retention = found.retention
    for rows in (retention.by_interval, retention.by_month):
        assert sum(share.of for share in rows.values()) == retention.overall.of
        assert sum(share.right for share in rows.values()) == retention.overall.right
    scored = [one for one in attempts if one.score is not None and one.mode != "exercise"]
    assert sum(share.of for share in found.calibration.values()) == len(scored)
    assert sum(share.right for share in found.calibration.values()) == pytest.approx(
        sum(one.score or 0 for one in scored)
    )
    known = [one for one in attempts if one.item in ITEMS.chapters]
    assert sum(one.answers for one in found.chapters) == len(known)
    assert sum(one.due for one in found.chapters) == found.due
    assert sum(one.learning + one.mature for one in found.chapters) >= sum(found.forecast.values())
    for one in (*found.chapters, *found.sections):
        assert one.latest.of <= one.seen <= one.items
        assert one.learning + one.mature <= one.seen
    assert sum(one.seconds for one in found.chapters) <= found.seconds + 1e-6
