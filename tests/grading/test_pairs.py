"""Matching, diagram and blanks with terms are graded by the share of right pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.questions import CodeBlank, Diagram, Matching
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import grade

PAIRS = Matching(
    id="ch03.m.01",
    section="3.3",
    prompt="Match.",
    left={"1": "query", "2": "key", "3": "value"},
    right={"a": "what is sought", "b": "what is offered", "c": "what is passed on", "d": "what is thrown away"},
    answer={"1": "a", "2": "b", "3": "c"},
)
FIGURE = Diagram(
    id="ch03.d.01",
    section="3.3",
    prompt="Label.",
    figure="① ②",
    labels={"a": "up", "b": "down"},
    answer={"1": "b", "2": "a"},
)
BLANKS = CodeBlank(
    id="ch03.cb.01",
    section="3.4",
    prompt="Fill.",
    listing="torch.«1»(x @ y.«2», dim=«3»)",
    terms={"A": "softmax", "B": "T", "C": "-1", "D": "1"},
    answer={"1": "A", "2": "B", "3": "C"},
    also=({"1": "A", "2": "B", "3": "D"},),
)


def test_two_of_three_pairs_earn_two_thirds():
    result = grade(PAIRS, {1: "a", 2: "c", 3: "c"})
    assert result.score == pytest.approx(2 / 3)
    assert result.parts == {"1": True, "2": False, "3": True}


def test_the_sentence_names_texts_and_no_letters():
    sentence = grade(PAIRS, {1: "a", 2: "c", 3: "c"}).sentence
    assert sentence == "2 of 3 pairs are right: “key” goes with “what is offered”."


def test_a_pair_that_is_left_out_is_not_right():
    assert grade(PAIRS, {3: "c"}).score == pytest.approx(1 / 3)


def test_right_sides_that_say_the_same_are_worth_the_same():
    twins = Matching(
        id="ch03.m.02",
        section="3.3",
        prompt="Match.",
        left={"1": "x", "2": "y"},
        right={"a": "same", "b": " same"},
        answer={"1": "a", "2": "b"},
    )
    assert grade(twins, {1: "b", 2: "a"}).score == 1


def test_labels_are_graded_by_place():
    result = grade(FIGURE, {"①": "b", "②": "b"})
    assert result.score == 0.5
    assert result.sentence == "1 of 2 labels is right: place 2 is “up”."


def test_any_assignment_that_works_earns_everything():
    assert grade(BLANKS, {1: "A", 2: "B", 3: "C"}).score == 1
    assert grade(BLANKS, {1: "A", 2: "B", 3: "D"}).score == 1


def test_the_assignment_nearest_to_the_response_is_graded():
    assert grade(BLANKS, {1: "B", 2: "B", 3: "D"}).parts == {"1": False, "2": True, "3": True}


def test_a_term_may_be_named_by_its_text():
    assert grade(BLANKS, {1: "softmax", 2: "T", 3: "-1"}).score == 1


def test_a_term_that_does_not_exist_is_no_wrong_answer_but_an_error():
    with pytest.raises(ResponseError, match="no term 'Z'"):
        grade(BLANKS, {1: "Z"})


@given(st.dictionaries(st.sampled_from(["1", "2", "3"]), st.sampled_from("abcd"), min_size=1), st.randoms())
def test_the_order_of_the_pairs_never_matters(response, random):
    items = list(response.items())
    random.shuffle(items)
    assert grade(PAIRS, dict(items)) == grade(PAIRS, response)


@given(st.dictionaries(st.sampled_from(["1", "2", "3"]), st.sampled_from("abcd"), min_size=1))
def test_the_score_is_the_share_of_the_parts(response):
    result = grade(PAIRS, response)
    assert result.score == sum(result.parts.values()) / 3
    assert (result.score == 1) == (response == PAIRS.answer)
