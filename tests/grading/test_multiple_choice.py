"""One right option, or several where wrong picks take off what right picks earned."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.questions import MultipleChoice
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored, grade

OPTIONS = {"a": "ham", "b": "spam", "c": "eggs", "d": "toast"}
ONE = MultipleChoice(id="ch06.mc.01", section="6.1", prompt="Which?", options=OPTIONS, answer="b")
TWO = MultipleChoice(id="ch06.mc.02", section="6.1", prompt="Which two?", options=OPTIONS, answer=("b", "d"))
SUBSETS = [list(s) for s in chain.from_iterable(combinations("abcd", n) for n in range(1, 5))]


def test_the_right_option_earns_one_and_any_other_nothing():
    assert [grade(ONE, key).score for key in "abcd"] == [0, 1, 0, 0]


def test_the_sentence_names_the_right_option_by_its_text():
    assert grade(ONE, "a").sentence == "Not right: the answer is “spam”."
    assert grade(ONE, "b").sentence == "Right: “spam”."


def test_right_picks_minus_wrong_picks_never_below_zero():
    scores = {"".join(picks): grade(TWO, picks).score for picks in SUBSETS}
    assert scores["bd"] == 1
    assert scores["b"] == scores["d"] == scores["abd"] == 0.5
    assert scores["ab"] == scores["ac"] == scores["abcd"] == scores["abc"] == 0


def test_picking_blindly_earns_little_on_average():
    assert sum(grade(TWO, picks).score for picks in SUBSETS) / len(SUBSETS) < 0.25


def test_the_sentence_says_how_the_score_came_about():
    sentence = grade(TWO, ["b", "a"]).sentence
    assert sentence == "1 of 2 right options picked, less 1 wrong pick: 0 of 2: “ham” does not hold; “toast” holds too."


def test_parts_say_for_each_option_whether_it_was_treated_right():
    assert grade(TWO, ["b", "a"]).parts == {"a": False, "b": True, "c": True, "d": False}
    assert grade(ONE, "a").parts == {"a": False}


def test_a_list_of_one_is_a_pick():
    assert as_stored(ONE, ["B"]) == "b"
    assert as_stored(TWO, "D") == ["d"]


def test_picks_are_stored_in_the_order_of_the_options():
    assert as_stored(TWO, ["d", "B"]) == ["b", "d"]


@pytest.mark.parametrize("response", [["a", "b"], [], None, "", [None], "e", ["b", "b"], {"b": 1}, True, [["b"]]])
def test_what_is_no_pick_is_an_error(response):
    with pytest.raises(ResponseError):
        grade(ONE, response)


@given(st.sampled_from(SUBSETS), st.randoms())
def test_the_order_of_picks_never_matters(picks, random):
    mixed = random.sample(picks, len(picks))
    assert grade(TWO, mixed) == grade(TWO, picks)
    assert 0 <= grade(TWO, mixed).score <= 1
