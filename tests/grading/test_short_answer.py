"""Short answers are ticked by their author, and remarked upon at most once."""

import pytest

from quizbook.bank.questions import Point, ShortAnswer
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored, grade
from quizbook.grading.short_answer import remark, untouched_points

QUESTION = ShortAnswer(
    id="ch03.s1.q01",
    section="3.1",
    prompt="Why?",
    answer="Because.",
    points=(
        Point(point="dot products measure similarity", words=("similar", "alike", "cosine")),
        Point(point="softmax turns scores into weights that sum to one"),
        Point(point="the mask hides later tokens", words=("future", "causal")),
    ),
)


def test_a_text_alone_has_no_score():
    result = grade(QUESTION, "The model looks back.")
    assert result.score is None
    assert result.right is None


def test_the_score_is_the_share_of_points_ticked():
    result = grade(QUESTION, {"text": "...", "ticked": [1, "3"]})
    assert result.score == pytest.approx(2 / 3)
    assert result.parts == {"1": True, "2": False, "3": True}
    assert result.sentence == "2 of 3 points made; not made: “softmax turns scores into weights that sum to one”."


def test_ticking_nothing_is_a_score_of_zero_and_not_an_open_one():
    assert grade(QUESTION, {"text": "no idea", "ticked": []}).score == 0


def test_ticks_are_stored_once_and_in_order():
    assert as_stored(QUESTION, {"text": "t", "ticked": [3, 1, 3]}) == {"text": "t", "ticked": [1, 3]}
    assert as_stored(QUESTION, "t") == {"text": "t"}


@pytest.mark.parametrize(
    "response",
    [
        None,
        "",
        " ",
        {},
        {"ticked": [1]},
        {"text": "t", "ticked": [4]},
        {"text": "t", "ticked": [0]},
        ["t"],
        True,
        {"text": "t", "ticked": 1},
        {"text": "t", "ticked": [True]},
        {"text": "t", "tick": [1]},
        {"text": ["t"]},
    ],
)
def test_what_is_no_short_answer_is_an_error(response):
    with pytest.raises(ResponseError):
        grade(QUESTION, response)


def test_a_point_is_touched_by_its_words_in_any_inflection():
    assert 1 not in untouched_points(QUESTION, "Tokens that are SIMILARLY placed")
    assert 1 not in untouched_points(QUESTION, "it is about similarities")
    assert 3 not in untouched_points(QUESTION, "attention must be causal")
    assert 2 not in untouched_points(QUESTION, "it is weighted")


def test_the_words_of_a_point_stand_in_for_its_sentence():
    assert 3 in untouched_points(QUESTION, "nothing hides the tokens")


def test_small_words_touch_nothing():
    assert untouched_points(QUESTION, "It is what it is, and that is that.") == (1, 2, 3)


def test_there_is_one_remark_at_most():
    assert remark(QUESTION, "the scores are similar, softmax, and the future is hidden") == ""
    assert remark(QUESTION, "softmax of similarity") == "No word of yours touches point 3: did you leave it out?"
    assert remark(QUESTION, "no") == "No word of yours touches points 1, 2 and 3: did you leave them out?"
