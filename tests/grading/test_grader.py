"""Laws that hold for every kind."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.questions import (
    KINDS,
    CodeBlank,
    Diagram,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Point,
    ShortAnswer,
    Tracing,
)
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored, grade

ABC = {"a": "one", "b": "two", "c": "three"}
SAMPLES = [
    (MultipleChoice(id="mc", section="1.1", prompt="p", options=ABC, answer="b"), "b"),
    (MultipleChoice(id="mcs", section="1.1", prompt="p", options=ABC, answer=("a", "c")), ["c", "a"]),
    (Matching(id="m", section="1.1", prompt="p", left={"1": "x"}, right=ABC, answer={"1": "b"}), {1: "b"}),
    (Ordering(id="o", section="1.1", prompt="p", steps=ABC, answer=("c", "a", "b")), ["c", "a", "b"]),
    (CodeBlank(id="cb", section="1.1", prompt="p", listing="«1»", terms=ABC, answer={"1": "c"}), {1: "c"}),
    (CodeBlank(id="ct", section="1.1", prompt="p", listing="«1»", accept={"1": ("x.T",)}), {1: "x.T"}),
    (Diagram(id="d", section="1.1", prompt="p", figure="①", labels=ABC, answer={"1": "a"}), {1: "a"}),
    (
        ShortAnswer(id="s", section="1.1", prompt="p", answer="m", points=(Point(point="q"),)),
        {"text": "t", "ticked": [1]},
    ),
    (Tracing(id="t", section="1.1", prompt="p", code="print(1)", answer="1"), "1"),
    (Numeric(id="n", section="1.1", prompt="p", answer=7), 7),
]
by_id = pytest.mark.parametrize(("question", "perfect"), SAMPLES, ids=[question.id for question, _ in SAMPLES])

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["a", "b", "1"])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(scalars, inner, max_size=4), max_leaves=8
)


def test_every_kind_has_a_sample_here():
    assert {question.kind for question, _ in SAMPLES} == set(KINDS)


@by_id
def test_a_perfect_response_earns_one_and_says_so(question, perfect):
    result = grade(question, perfect)
    assert result.score == 1
    assert result.right
    assert all(result.parts.values())
    assert result.sentence


@by_id
def test_what_is_stored_is_graded_like_what_was_given(question, perfect):
    stored = as_stored(question, perfect)
    assert grade(question, json.loads(json.dumps(stored))) == grade(question, perfect)


@by_id
@given(response=anything)
def test_whatever_comes_is_graded_between_0_and_1_or_refused_with_a_sentence(question, perfect, response):
    try:
        result = grade(question, response)
    except ResponseError as error:
        said = str(error)
    else:
        said = result.sentence
        assert result.score is None or 0 <= result.score <= 1
        assert set(result.parts.values()) <= {True, False}
        json.dumps(as_stored(question, response))
    assert said.endswith((".", "?"))
