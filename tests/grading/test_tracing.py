"""What code prints: spaces and digits of floats are forgiven, everything else counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.questions import Tracing
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import grade


def trace(printed):
    return Tracing(id="ch03.t.01", section="3.3", prompt="What is printed?", code="...", answer=printed)


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("torch.Size([2, 3])", "torch.Size([2,3])"),
        ("tensor([[1, 2],\n        [3, 4]])", "tensor([[1, 2], [3, 4]])"),
        ("tensor([1., 2.])", "tensor([1.0, 2.0000])"),
        ("tensor([0.6667, 0.3333])", "tensor([0.667, 0.33333])"),
        ("tensor([2.5000])", "tensor([2.5])"),
        ("tensor([-0.0000, 1.])", "tensor([0., 1.])"),
        ("1.0000e-05", "1e-5"),
        ("['a', 'b']", '["a", "b"]'),
        ("2 -1", "2  -1"),
        ("3\n4\n", "3 4"),
        ("True", True),
        ("6", 6),
        ("0.67", "0.6667"),
        ("nan inf", "nan inf"),
    ],
)
def test_other_spellings_of_the_same_output_are_right(printed, written):
    assert grade(trace(printed), written).score == 1


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("torch.Size([2, 3])", "torch.Size([3, 2])"),
        ("torch.Size([2, 3])", "torch.Size([2, 3, 1])"),
        ("torch.Size([2, 3])", "torch.Size([2, 3"),
        ("12", "1 2"),
        ("100", "101"),
        ("100", "100.4"),
        ("0.6667", "0.67"),
        ("0.6667", "0.666"),
        ("0.6667", "0.6668"),
        ("tensor([5.])", "tensor([5.3])"),
        ("1.0", "-1.0"),
        ("True", "true"),
        ("'a'", "a"),
        ("1e-05", "0"),
        ("0.0001", "0.0"),
    ],
)
def test_another_output_is_wrong(printed, written):
    assert grade(trace(printed), written).score == 0


def test_the_sentence_says_where_the_output_parts():
    sentence = grade(trace("tensor([[1, 2],\n        [3, 4]])"), "tensor([[1, 2], [4, 3]])").sentence
    assert sentence == "Not right: after `tensor([[1, 2], [` it prints `3`, you wrote `4`."


def test_the_sentence_says_how_many_digits_a_rounded_float_needs():
    assert "at least 3 significant digits" in grade(trace("0.6667"), "0.67").sentence


def test_a_float_written_as_an_integer_is_right_and_remarked_upon():
    result = grade(trace("tensor([2., 4.])"), "tensor([2, 4])")
    assert result.score == 1
    assert result.sentence == "Right in value; as a float it is printed `2.`."


def test_output_that_goes_on_and_output_that_ended_are_told_apart():
    assert "next comes `2`" in grade(trace("1 2"), "1").sentence
    assert "`3` is not printed" in grade(trace("1 2"), "1 2 3").sentence


@pytest.mark.parametrize("response", [None, "", "\n", [2, 3], {"a": 1}, "x" * 100_000])
def test_what_is_no_text_is_an_error(response):
    with pytest.raises(ResponseError):
        grade(trace("1"), response)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_what_python_prints_is_right_with_or_without_spaces(numbers):
    printed = str(numbers)
    assert grade(trace(printed), printed).score == 1
    assert grade(trace(printed), printed.replace(" ", "")).score == 1


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_no_text_whatever_breaks_the_grading(printed, written):
    if written.strip():
        assert grade(trace(printed), written).score in (0, 1)


@given(st.integers(), st.integers())
def test_integers_are_exact(printed, written):
    assert grade(trace(str(printed)), str(written)).score == (printed == written)


@given(st.floats(0.01, 1000), st.floats(0.98, 1.02))
def test_a_float_that_is_off_by_more_than_the_digits_allow_is_wrong(number, factor):
    off = number * factor
    if abs(off - number) > 0.00011:
        assert grade(trace(f"{number:.4f}"), f"{off:.4f}").score == 0
