"""The gain compares the first answer before reading with the latest one after it, question by question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from small_log import ITEMS, attempt, logs

from quizbook.study.events import Attempt
from quizbook.study.gain import ChapterGain, Gain, gains


def of(*attempts: Attempt) -> tuple[ChapterGain, ...]:
    return gains(attempts, ITEMS.chapters, ITEMS.sections)


def before(item: str = "a", score: float | None = 0.0, days: float = 0.0) -> Attempt:
    return attempt(item, score, days, mode="pretest")


def test_the_gain_is_the_part_of_what_was_missing() -> None:
    assert Gain("x", 4, 0.5, 0.75).normalised == pytest.approx(0.5)
    assert Gain("x", 4, 0.0, 1.0).normalised == 1
    assert Gain("x", 4, 0.5, 0.25).normalised == pytest.approx(-0.5)


@pytest.mark.parametrize("after", [1.0, 0.4])
def test_where_nothing_was_missing_there_is_no_gain(after: float) -> None:
    assert Gain("x", 4, 1.0, after).normalised is None


def test_only_questions_in_both_tests_count() -> None:
    (chapter,) = of(before("a"), before("b"), attempt("a", days=1), attempt("c", days=1))
    assert chapter == ChapterGain(Gain("2", 1, 0.0, 1.0), (Gain("2.1", 1, 0.0, 1.0),))


def test_a_chapter_counts_its_questions_and_not_its_sections() -> None:
    attempts = [before("a"), before("b"), before("c", 1.0), *(attempt(item, days=1) for item in "abc")]
    (chapter,) = of(*attempts)
    assert chapter.whole == Gain("2", 3, pytest.approx(1 / 3), 1.0)
    assert [(one.name, one.items, one.normalised) for one in chapter.sections] == [("2.1", 2, 1.0), ("2.10", 1, None)]


def test_the_first_pretest_counts_and_the_latest_answer_after_it() -> None:
    attempts = [
        attempt("a", 1.0, 0),
        before("a", 0.2, 1),
        before("a", 0.9, 2),
        attempt("a", 0.4, 3),
        attempt("a", 0.6, 4),
    ]
    (chapter,) = of(*attempts)
    assert (chapter.whole.before, chapter.whole.after) == (0.2, 0.6)


def test_an_answer_before_the_pretest_is_not_what_came_of_reading() -> None:
    assert of(attempt("a", 1.0, 0), before("a", 0.2, 1)) == ()


@pytest.mark.parametrize(("mode", "counts"), [("quiz", 1), ("review", 1), ("exam", 1), ("drill", 0), ("exercise", 0)])
def test_quizzes_reviews_and_exams_say_what_was_learned(mode: str, counts: int) -> None:
    assert len(of(before(), attempt(days=1, mode=mode))) == counts


def test_answers_without_a_score_say_nothing() -> None:
    assert of(before(score=None), attempt(days=1)) == ()
    assert of(before(), attempt(score=None, days=1)) == ()


def test_what_came_again_in_the_same_sitting_does_not_count() -> None:
    sitting = [attempt(score=0.0, days=1, seed=7), attempt(score=1.0, days=1.01, seed=8)]
    assert of(before(), *sitting)[0].whole.after == 0
    assert of(before(), *sitting, attempt(score=1.0, days=2, seed=8))[0].whole.after == 1
    last = attempt(score=0.0, days=1, seed=2**31 - 1)
    assert of(before(), last, attempt(score=1.0, days=1.01, seed=0))[0].whole.after == 0


def test_two_answers_from_files_on_one_day_are_two_answers() -> None:
    assert of(before(), attempt(score=0.0, days=1), attempt(score=1.0, days=1.1))[0].whole.after == 1


def test_questions_that_no_bank_has_are_left_out() -> None:
    assert of(before("gone"), attempt("gone", days=1)) == ()


def test_chapters_and_sections_stand_in_their_order() -> None:
    attempts = [one for item in "dcba" for one in (before(item), attempt(item, days=1))]
    attempts.sort(key=lambda one: one.at)
    assert [chapter.whole.name for chapter in of(*attempts)] == ["2", "10"]
    assert [section.name for section in of(*attempts)[0].sections] == ["2.1", "2.10"]


@settings(deadline=None, max_examples=50)
@given(logs())
def test_any_attempts_give_gains_whose_sections_add_up(attempts: list[Attempt]) -> None:
    found = of(*attempts)
    pretested = {one.item for one in attempts if one.mode == "pretest"}
    for chapter in found:
        whole, sections = chapter.whole, chapter.sections
        assert 0 < whole.items == sum(one.items for one in sections) <= len(pretested)
        assert 0 <= whole.before <= 1
        assert whole.after == pytest.approx(sum(one.after * one.items for one in sections) / whole.items)
        assert (whole.normalised is None) == (whole.before == 1)
        assert whole.normalised is None or whole.normalised <= 1
