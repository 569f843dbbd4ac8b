"""What a check.py says with: assert_close, fail, remark and hints, and the sentences that come of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from quizbook.judge.checks import (
    MOST_ELEMENTS,
    Hint,
    assert_close,
    assert_equal,
    assert_one_each,
    describe,
    diagnosis,
    fail,
    looks_like,
    part,
    remark,
)
from quizbook.judge.child import Raised
from quizbook.judge.findings import Finding, Remarks

EXPECTED = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
NUMBERS = st.floats(-1e6, 1e6, width=32)


def found(act: Callable[[], None]) -> Finding:
    with pytest.raises(Finding) as caught:
        act()
    return caught.value


def finding(got: Any, *hints: Hint, expected: torch.Tensor = EXPECTED, **more: Any) -> Finding:
    return found(lambda: assert_close(got, expected, *hints, **more))


def never_asked(got: torch.Tensor, expected: torch.Tensor) -> str | None:
    pytest.fail("a hint was asked although there is nothing to explain")


def always(sentence: str | None) -> Hint:
    return lambda got, expected: sentence


# -- assert_close ------------------------------------------------------------------------------------------------------


def test_equal_tensors_pass_and_no_hint_is_asked() -> None:
    assert_close(EXPECTED.clone(), EXPECTED, never_asked)


def test_the_tolerances_are_those_of_the_docstring() -> None:
    assert_close(EXPECTED + 0.4, EXPECTED, rtol=0.1, atol=0.3)
    assert finding(EXPECTED + 0.5, rtol=0.1, atol=0.3).got == "1.5 at [0, 0]  shape (2, 3), float32"


def test_an_empty_tensor_of_the_right_shape_passes() -> None:
    assert_close(torch.empty(0, 3), torch.empty(0, 3), never_asked)


@pytest.mark.parametrize(
    ("got", "told"),
    [
        (None, "None"),
        (3, "3"),
        ([1.0, 2.0], "[1.0, 2.0]"),
        ({"a": EXPECTED}, "a dict of 1"),
        ("tensor(1.)", "the text 'tensor(1.)'"),
    ],
)
def test_what_is_no_tensor_is_said_with_what_it_is(got: object, told: str) -> None:
    error = finding(got, never_asked, what="the logits")
    assert error.sentence == "the logits: a tensor is expected"
    assert (error.expected, error.got) == ("shape (2, 3), float32", told)


@pytest.mark.parametrize("dtype", [torch.bool, torch.complex64])
def test_a_dtype_that_holds_no_real_numbers_is_named(dtype: torch.dtype) -> None:
    name = str(dtype).removeprefix("torch.")
    error = finding(EXPECTED.to(dtype), never_asked)
    assert error.sentence == f"the result: numbers are expected, not {name}"
    assert error.got == f"shape (2, 3), {name}"


def test_another_shape_is_told_with_both_shapes() -> None:
    error = finding(EXPECTED.T, what="target.W_key")
    assert error.sentence == "target.W_key: the shape is not the right one"
    assert (error.expected, error.got) == ("shape (2, 3), float32", "shape (3, 2), float32")


@pytest.mark.parametrize("shape", [(6,), (1, 2, 3), (2, 1), (1, 3), ()])
def test_a_shape_that_would_broadcast_is_not_the_right_one(shape: tuple[int, ...]) -> None:
    assert "shape" in finding(torch.ones(shape), expected=torch.ones(2, 3)).sentence


@pytest.mark.parametrize("odd", ["nan", "inf", "-inf"])
def test_a_value_that_is_not_finite_is_told_with_its_place(odd: str) -> None:
    got = EXPECTED.clone()
    got[1, 0] = float(odd)
    error = finding(got)
    assert error.sentence == "the result: a value is not finite"
    assert error.got == f"{odd} at [1, 0]"


def test_nan_is_not_right_even_where_the_reference_would_give_it() -> None:
    nan = torch.full((2,), float("nan"))
    assert "finite" in finding(nan, expected=nan).sentence


def test_the_first_element_that_differs_is_shown_with_how_many_do() -> None:
    got = EXPECTED.clone()
    got[0, 2], got[1, 1] = 3.25, -5.0
    error = finding(got, what="the context vectors")
    assert error.sentence == "the context vectors: the values are not the right ones (2 of 6 differ)"
    assert error.expected == "3 at [0, 2]  shape (2, 3), float32"
    assert error.got == "3.25 at [0, 2]  shape (2, 3), float32"


def test_a_single_number_that_differs_is_a_finding_too() -> None:
    error = finding(torch.tensor(2.0), expected=torch.tensor(1.0))
    assert error.got is not None
    assert error.got.startswith("2 ")


def test_whole_numbers_in_the_place_of_floats_are_said_when_their_values_agree() -> None:
    assert finding(EXPECTED.long(), never_asked).sentence == "the result: floating-point numbers are expected"
    assert "values" in finding(EXPECTED.long() + 1).sentence


def test_token_ids_are_compared_as_whole_numbers() -> None:
    ids = torch.tensor([[50256, 11, 257]])
    assert_close(ids.clone(), ids, rtol=0, atol=0)
    assert "1 of 3" in finding(torch.tensor([[50256, 11, 258]]), expected=ids, rtol=0, atol=0).sentence


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_it_passes_exactly_where_every_element_is_close(pairs: list[tuple[float, float]]) -> None:
    got, expected = torch.tensor([a for a, _ in pairs]), torch.tensor([b for _, b in pairs])
    close = torch.isclose(got.double(), expected.double(), rtol=1e-4, atol=1e-5)
    if close.all():
        assert_close(got, expected, never_asked)
        return
    error = finding(got, expected=expected)
    assert f"({int((~close).sum())} of {len(pairs)} differ)" in error.sentence
    assert error.got is not None
    assert re.search(rf"at \[{int((~close).nonzero()[0])}\]", error.got)


# -- hints -------------------------------------------------------------------------------------------------------------


def test_the_first_hint_that_recognises_the_value_is_the_sentence() -> None:
    error = finding(EXPECTED + 1, always(None), always("You added one."), always("Something else."))
    assert error.sentence == "You added one."
    assert error.got == "2 at [0, 0]  shape (2, 3), float32"


@pytest.mark.parametrize(
    "got", [EXPECTED.T, EXPECTED * float("inf"), EXPECTED + 1], ids=["shape", "finiteness", "values"]
)
def test_a_hint_explains_shapes_and_what_is_not_finite_too(got: torch.Tensor) -> None:
    assert finding(got, always("It is a known mistake.")).sentence == "It is a known mistake."


def test_a_hint_whose_shapes_do_not_fit_recognises_nothing() -> None:
    def breaks(got: torch.Tensor, expected: torch.Tensor) -> str | None:
        return "matched" if bool((got @ expected).all()) else None

    assert finding(EXPECTED + 1, breaks, always("The next one.")).sentence == "The next one."


def test_a_hint_that_is_broken_is_not_taken_for_a_finding() -> None:
    def broken(got: torch.Tensor, expected: torch.Tensor) -> str | None:
        raise KeyError("W_qurey")

    with pytest.raises(KeyError):
        assert_close(EXPECTED + 1, EXPECTED, broken)


def test_no_hint_is_asked_about_a_giant() -> None:
    giant = torch.zeros(1).expand(MOST_ELEMENTS + 1)
    assert "shape" in finding(giant, never_asked).sentence


def test_looks_like_knows_the_value_of_a_mistake_and_no_other() -> None:
    untransposed = looks_like(EXPECTED.T.contiguous(), "It was not transposed.")
    assert untransposed(EXPECTED.T + 1e-7, EXPECTED) == "It was not transposed."
    assert untransposed(EXPECTED, EXPECTED) is None
    assert untransposed(EXPECTED.T.flatten(), EXPECTED) is None
    assert untransposed(EXPECTED.T + 0.1, EXPECTED) is None
    assert finding(EXPECTED.T, untransposed).sentence == "It was not transposed."


def test_looks_like_takes_tolerances_of_its_own() -> None:
    assert looks_like(EXPECTED, "Rounded.", rtol=0, atol=0.5)(EXPECTED + 0.4, EXPECTED) == "Rounded."


# -- diagnosis ---------------------------------------------------------------------------------------------------------


def raised(type: str, message: str) -> Raised:
    return Raised(type, message, "handed.py", 1, "x")


def test_an_exception_is_told_by_the_first_row_that_fits_type_and_message() -> None:
    diagnose = diagnosis(
        [
            ("KeyError", r"'(\w+)'", "There is no {0}: {{a, b}}."),
            ("KeyError|IndexError", "", "Looked up in vain."),
            ("Key", "", "never: the whole name of the type is meant"),
            (".*", "one.two", "Over two lines."),
        ]
    )
    assert diagnose(raised("KeyError", "'c'")) == "There is no c: {a, b}."
    assert diagnose(raised("KeyError", "3")) == "Looked up in vain."
    assert diagnose(raised("IndexError", "")) == "Looked up in vain."
    assert diagnose(raised("ValueError", "one\ntwo")) == "Over two lines."
    assert diagnose(raised("ValueError", "three")) is None


# -- answers, one for each, and their parts ----------------------------------------------------------------------------


@pytest.mark.parametrize("got", [None, 3, "ab", (1, 2), {}, [], [1], [1, 2, 3], torch.zeros(2)])
def test_what_is_not_one_answer_for_each_is_said(got: object) -> None:
    sentence = found(lambda: assert_one_each(got, "ab", "letter")).message()
    assert sentence == f"What came back is not one answer for each letter.\ngot:      {describe(got)}"


def test_one_answer_for_each_passes_whatever_the_answers_are() -> None:
    assert_one_each([None, "x"], "ab", "letter")
    assert_one_each([], [], "letter")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a", "b"), 1), (("a", "c"), None), (("x",), None), (("a", "b", "c"), None), (("l", 1), 8), (("l", 2), None),
        (("l", "a"), None), (("t", "a"), None), ((), {"a": {"b": 1}, "l": [7, 8], "t": "text"}),
    ],
)  # fmt: skip
def test_a_part_is_what_lies_there_or_none(path: tuple[str | int, ...], expected: object) -> None:
    assert part({"a": {"b": 1}, "l": [7, 8], "t": "text"}, *path) == expected


# -- assert_equal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "expected"),
    [(2, 2), (2.0, 2), (2, 2.0), ("a", "a"), ([1, 2.0], (1, 2)), (True, True), ([], []), (None, None)],
)
def test_equal_values_pass_whatever_kind_of_number_or_list_they_are(got: object, expected: object) -> None:
    assert_equal(got, expected)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (3, 2), (True, 1), (1, True), (None, 0), ("2", 2), (float("nan"), 2), ([1], [1, 2]), ([1, 2], 1), (1, [1]),
        (torch.tensor(2), 2), (torch.ones(2), [1, 1]), ({}, []), ("ab", ["a", "b"]),
    ],
)  # fmt: skip
def test_anything_else_is_found_wrong_and_said(got: object, expected: object) -> None:
    error = found(lambda: assert_equal(got, expected, what="the count"))
    assert error.message().startswith("the count is not the right one\nexpected: ")


def test_a_value_that_a_mistake_gives_is_told_by_its_name() -> None:
    known = (4, "Counted twice."), (6, "Counted three times.")
    assert found(lambda: assert_equal(6, 2, *known)).message() == "Counted three times.\nexpected: 2\ngot:      6"
    assert_equal(2, 2, (2, "A mistake that changes nothing here."))


# -- fail, remark, describe --------------------------------------------------------------------------------------------


def test_fail_says_its_sentence_and_what_was_expected_and_came() -> None:
    error = found(lambda: fail("The tokens are not the right ones.", expected=[1, 2, 3], got="a text of its own"))
    assert error.message() == ("The tokens are not the right ones.\nexpected: [1, 2, 3]\ngot:      a text of its own")


def test_fail_without_more_is_its_sentence_alone() -> None:
    assert found(lambda: fail("Not written yet.")).message() == "Not written yet."


@pytest.mark.parametrize(
    ("expected", "got", "lines"),
    [
        (None, None, ["s"]),
        ("a", None, ["s", "expected: a"]),
        (None, "b", ["s", "got:      b"]),
        ("a", "b", ["s", "expected: a", "got:      b"]),
    ],
)
def test_a_message_lists_below_its_sentence_what_is_known(
    expected: str | None, got: str | None, lines: list[str]
) -> None:
    assert Finding("s", expected, got).message().split("\n") == lines


def test_a_finding_is_an_assertion_error_with_its_sentence() -> None:
    with pytest.raises(AssertionError, match="Said"):
        fail("Said")


def test_remarks_are_kept_in_their_order() -> None:
    Remarks.of_this_check.clear()
    remark("One.")
    remark("Two.")
    assert Remarks.of_this_check == ["One.", "Two."]
    Remarks.of_this_check.clear()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.zeros(2, 3, dtype=torch.float16), "shape (2, 3), float16"),
        (torch.tensor(1), "shape (), int64"),
        ("abc", "the text 'abc'"),
        ("", "the text ''"),
        ([1, 2], "[1, 2]"),
        ((1, 2.5, -3), "(1, 2.5, -3)"),
        (list(range(9)), "a list of 9"),
        ([], "a list of 0"),
        ([True, 1], "a list of 2"),
        (["a", 1], "a list of 2"),
        ({"a": 1}, "a dict of 1"),
        (None, "None"),
        (True, "True"),
        (1.5, "1.5"),
        (-3, "-3"),
    ],
)
def test_every_value_that_may_cross_the_wall_is_described_in_a_few_words(value: object, words: str) -> None:
    assert describe(value) == words


@pytest.mark.parametrize("value", ["x" * 5000, 10**3000, [10**3000] * 3], ids=["text", "number", "numbers"])
def test_what_is_long_is_cut(value: object) -> None:
    assert len(describe(value)) < 90
