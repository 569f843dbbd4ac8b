"""Ordering pays for the largest part in right order, and nothing for noise."""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.questions import Ordering
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored, grade
from quizbook.grading.ordering import precedence

STEPS = {key: f"step {key}" for key in "abcdef"}


def chain(answer="abcdef", fixed=None):
    return Ordering(
        id="ch02.o.01", section="2.1", prompt="Order.", steps=STEPS, answer=tuple(answer), fixed=fixed or {}
    )


def dag(after, fixed=None, steps="abcdef"):
    return Ordering(
        id="ch02.o.02",
        section="2.1",
        prompt="Order.",
        steps={key: key for key in steps},
        after={step: tuple(before) for step, before in after.items()},
        fixed=fixed or {},
    )


def test_the_right_order_earns_one_and_the_reverse_nothing():
    assert grade(chain(), list("abcdef")).score == 1
    assert grade(chain(), list("fedcba")).score == 0


@pytest.mark.parametrize("order", ["bcdefa", "fabcde", "bacdef", "acdbef"])
def test_one_misplaced_step_of_six_costs_a_third(order):
    assert grade(chain(), list(order)).score == pytest.approx(2 / 3)


def test_random_orders_of_six_earn_0_11_on_average():
    scores = [grade(chain(), order).score for order in permutations("abcdef")]
    assert sum(scores) / len(scores) == pytest.approx(13 / 120)


def test_the_sentence_names_the_steps_out_of_place_and_what_they_cost():
    assert grade(chain(), list("bcdefa")).sentence == (
        "5 of 6 steps stand in a right order among themselves; out of place: “step a”; "
        "each step out of place costs two steps, so the score is 0.67."
    )


def test_every_order_that_the_precedence_allows_is_right():
    question = dag({"c": "ab", "d": "c"}, steps="abcd")
    assert [order for order in permutations("abcd") if grade(question, order).score == 1] == [
        tuple("abcd"),
        tuple("bacd"),
    ]


def test_precedence_reaches_through_other_steps():
    assert precedence(dag({"c": "b", "b": "a"}, steps="abc"))["c"] == {"a", "b"}
    assert grade(dag({"c": "b", "b": "a"}, steps="abc"), list("cba")).score == 0


def test_steps_without_precedence_may_stand_anywhere():
    assert grade(dag({"b": "a"}), list("fedcab")).score == 1
    assert grade(dag({"b": "a"}), list("fedcba")).score == pytest.approx(2 / 3)


def test_given_steps_do_not_count():
    question = chain(fixed={"1": "a", "6": "f"})
    result = grade(question, list("acbdef"))
    assert result.score == 0.5
    assert set(result.parts) == set("bcde")


def test_given_steps_may_be_left_out_of_the_response():
    question = chain(fixed={"1": "a", "4": "d"})
    assert as_stored(question, list("bcef")) == list("abcdef")
    assert grade(question, list("bcef")).score == 1


def test_a_step_on_the_wrong_side_of_a_given_one_is_out_of_order():
    question = dag({"b": "a"}, fixed={"1": "b"}, steps="abcd")
    assert grade(question, list("bacd")).score == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("abcdef", "list"),
        (None, "list"),
        ([], "Every step"),
        (list("abcde"), "f did not come"),
        (list("abcd"), "e and f did not come"),
        (list("aabcdef"), "a came more than once"),
        (list("abcdez"), "no step 'z'"),
        ([*"abcde", None], "list"),
        ([*"abcde", ["f"]], "no step"),
    ],
)
def test_what_is_no_order_of_the_steps_is_an_error(response, said):
    with pytest.raises(ResponseError, match=said):
        grade(chain(), response)


def test_a_given_step_that_was_moved_is_an_error():
    with pytest.raises(ResponseError, match="Step a is given and stays at position 1"):
        grade(chain(fixed={"1": "a"}), list("bacdef"))


@st.composite
def dag_and_order(draw):
    size = draw(st.integers(1, 6))
    steps = "abcdef"[:size]
    ranked = draw(st.permutations(steps))
    pairs = [pair for pair in combinations(ranked, 2) if draw(st.booleans())]
    after = {late: [early for early, other in pairs if other == late] for late in steps}
    return dag(after, steps=steps), draw(st.permutations(steps))


def largest_by_trying_all(question, order):
    before = precedence(question)
    for size in range(len(order), 0, -1):
        for subset in combinations(order, size):
            if not any(late in before[early] for early, late in combinations(subset, 2)):
                return size
    return 0


@given(dag_and_order())
def test_the_part_that_counts_is_the_largest_without_an_inverted_pair(case):
    question, order = case
    result = grade(question, order)
    kept = [step for step in order if result.parts[step]]
    before = precedence(question)
    assert not any(late in before[early] for early, late in combinations(kept, 2))
    assert len(kept) == largest_by_trying_all(question, order)
    n = len(order)
    assert result.score == pytest.approx(max(0, 1 - 2 * (n - len(kept)) / n))


@given(st.permutations("abcdef"))
def test_a_chain_is_graded_as_the_single_order_that_it_allows(order):
    as_dag = dag({late: early for early, late in zip("abcde", "bcdef", strict=True)})
    assert grade(as_dag, order).score == grade(chain(), order).score
