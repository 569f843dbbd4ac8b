"""Today's study: the cap, the even load, siblings apart, leeches and weak sections."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.library import load_bank
from quizbook.study.agenda import Agenda, agenda, forecast, weak_sections
from quizbook.study.running import Answers, Day
from quizbook.study.schedule import Scheduled
from quizbook.study.settings import Settings
from quizbook.study.siblings import point_of, without_siblings
from quizbook.study.standing import Standing

TODAY = date(2026, 5, 20)


def one(
    item: str,
    due: int,
    interval: int = 10,
    *,
    reviews: int = 3,
    lapses: int = 0,
    promised: bool = False,
    done: bool = False,
) -> Scheduled:
    """An item that is due in so many days, after that interval."""
    day = TODAY + timedelta(days=due)
    at = datetime.combine(day, time(12), UTC)
    reviewed = TODAY if done else day - timedelta(days=interval)
    return Scheduled(item, at, float(interval), 5.0, reviews, lapses, reviewed, promised)


def standing(
    *items: Scheduled, settings: Settings | None = None, answers: dict[str, Answers] | None = None
) -> Standing:
    due = sorted((item for item in items if item.due.date() <= TODAY), key=lambda item: item.due)
    return Standing(
        today=TODAY,
        utc_offset=0,
        settings=settings or Settings(),
        attempts=len(items),
        scheduled={item.item: item for item in items},
        due=tuple(item.item for item in due),
        answers=answers if answers is not None else {item.item: Answers(1, 1.0, 1.0, TODAY) for item in items},
        days={TODAY: Day(1, 1.0, 0)},
        passed=frozenset(),
    )


def plan(state: Standing, *more: str, point: dict[str, str] | None = None) -> Agenda:
    ids = [*state.scheduled, *more]
    return agenda(state, {id: id[0] for id in ids}, lambda id: (point or {}).get(id, id), exercises=["ch03.ex.1"])


def test_what_is_due_is_asked_and_nothing_else() -> None:
    found = plan(standing(one("1a", 0), one("2a", -3), one("3a", 5)))
    assert set(found.reviews) == {"1a", "2a"}
    assert (found.left, found.leeches, found.exercises) == (0, (), ())


def test_beyond_the_cap_those_wait_that_gain_least_by_a_review() -> None:
    items = [one("1a", -2, 100), one("1b", -2, 2), one("1c", -2, 10), one("1d", 0, 300, promised=True)]
    found = plan(standing(*items, settings=Settings(daily_reviews=3)))
    assert set(found.reviews) == {"1b", "1c", "1d"}
    assert found.left == 1


def test_what_was_reviewed_today_counts_for_the_cap() -> None:
    done = [one(f"2{n}", 9, done=True) for n in "abc"]
    found = plan(standing(one("1a", 0), one("1b", 0), *done, settings=Settings(daily_reviews=4)))
    assert len(found.reviews) == 1
    assert found.left == 1


def test_a_light_day_takes_some_that_come_soon_and_lose_nothing() -> None:
    tomorrow = [one(f"2{n}", 1, 40) for n in "abcdefghijklmn"]
    young = [one(f"3{n}", 1, 2) for n in "abcdefg"]
    found = plan(standing(*tomorrow, *young))
    assert len(found.reviews) == 3  # 21 in seven days
    assert all(id[0] == "2" for id in found.reviews)
    done = [one(f"4{n}", 9, done=True) for n in "abc"]
    assert plan(standing(*tomorrow, *young, *done)).reviews == ()


def test_siblings_are_not_asked_in_one_session() -> None:
    found = plan(standing(one("1a", -1), one("1b", 0), one("2a", 0)), point={"1a": "x", "1b": "x"})
    assert set(found.reviews) == {"1a", "2a"}
    assert found.left == 1


def test_new_questions_come_in_the_banks_order_up_to_the_days_number() -> None:
    state = standing(one("1a", 9), settings=Settings(daily_new=2))
    assert plan(state, "1b", "2a", "2b").new == ("1b", "2a")
    assert plan(state, "1b", "2a", "2b", point={"1b": "x", "2a": "x"}).new == ("1b", "2b")
    learned = {"1a": Answers(1, 1.0, 1.0, TODAY)}
    today = standing(one("1a", 9), settings=Settings(daily_new=2), answers=learned)
    today.days[TODAY] = Day(1, 1.0, 1)  # type: ignore[index]
    assert plan(today, "1b", "2a", "2b").new == ("1b",)


def test_an_exercise_that_is_due_is_no_question() -> None:
    found = plan(standing(one("ch03.ex.1", 0)))
    assert found.exercises == ("ch03.ex.1",)


def test_what_was_forgotten_four_times_is_a_leech() -> None:
    assert plan(standing(one("1a", 0, lapses=3), one("1b", 0, lapses=4), one("1c", 5, lapses=9))).leeches == ("1b",)


def test_the_forecast_puts_what_is_overdue_on_today() -> None:
    state = standing(one("1a", -5), one("1b", 0), one("1c", 2), one("1d", 30))
    assert list(forecast(state, state.scheduled, 4).values()) == [2, 0, 1, 0]
    assert sum(forecast(state, ["1c", "unknown"], 4).values()) == 1


def test_sections_are_weak_by_the_latest_scores_of_their_items() -> None:
    answers = {
        "1a": Answers(5, 1.0, 0.0, TODAY),
        "1b": Answers(1, 1.0, 1.0, TODAY),
        "1c": Answers(3, 0.0, 1.0, TODAY),
        "2a": Answers(1, 0.0, 0.0, TODAY),
        "3a": Answers(1, 0.6, 0.6, TODAY),
        "3b": Answers(1, 0.6, 0.6, TODAY),
    }
    sections = {id: f"{id[0]}.1" for id in answers} | {"1c": "1.2"}
    weak = weak_sections(standing(answers=answers), sections)
    assert [(one.section, one.score, one.answers) for one in weak] == [("1.1", 0.5, 2), ("3.1", 0.6, 2)]


@given(
    st.dictionaries(
        st.text("123abcd", min_size=2, max_size=2),
        st.tuples(st.integers(-30, 30), st.integers(1, 60), st.booleans(), st.booleans()),
        max_size=30,
    ),
    st.integers(1, 10),
)
def test_no_session_breaks_the_cap_or_asks_twice(items: dict[str, tuple[int, int, bool, bool]], cap: int) -> None:
    state = standing(
        *(
            one(id, due, gap, promised=promised, done=done and due > 0)
            for id, (due, gap, promised, done) in items.items()
        ),
        settings=Settings(daily_reviews=cap),
    )
    found = plan(state)
    assert len(found.reviews) == len(set(found.reviews)) <= cap
    assert found.left + sum(id in state.due for id in found.reviews) == len(state.due)


def test_questions_of_the_bank_about_the_same_point_are_siblings() -> None:
    bank = load_bank([Path(__file__).parents[2] / "question_bank"])
    groups: dict[str, list[str]] = {}
    for question in bank.questions:
        groups.setdefault(point_of(question), []).append(question.id)
    assert max(map(len, groups.values())) <= 6
    for ids in groups.values():
        assert len({bank.by_id(id).section for id in ids}) == 1
    assert without_siblings(["a", "b", "c"], {"a": "1", "b": "1", "c": "2"}.__getitem__) == ["a", "c"]


@pytest.mark.parametrize("most", [0, 1, 5])
def test_no_more_are_looked_at_than_are_wanted(most: int) -> None:
    asked: list[str] = []
    without_siblings("abcdefghij", lambda id: asked.append(id) or id, most)
    assert len(asked) == most
