from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.printed import half_unit, same_printed


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("torch.Size([2, 3])", "torch.Size([2,3])\n"),
        ("tensor([[0.43, 0.57]])", "tensor([[0.4321, 0.5679]])"),
        ("2.", "2.0"),
        ("1e-5", "1e-05"),
        ("-0.50", "-0.5041"),
        ("", " \n"),
    ],
)
def test_spaces_and_digits_that_were_not_written_are_forgiven(expected: str, printed: str) -> None:
    assert same_printed(expected, printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("12", "1 2"),
        ("2", "2.0"),
        ("2", "2.4"),
        ("0.43", "0.44"),
        ("0.43", "-0.43"),
        ("2.", "2.4"),
        ("True", "true"),
        ("1", ""),
        ("1e-99999999999999999999", "0.5"),
        ("007", "7"),
        ("a.b", "a b"),
    ],
)
def test_everything_else_counts(expected: str, printed: str) -> None:
    assert not same_printed(expected, printed)


def test_half_a_unit_of_the_last_digit() -> None:
    assert [half_unit(n) for n in ("0.43", "2.36e6", "17", "1.")] == [Decimal("0.005"), 5000, 0, Decimal("0.5")]


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_compared_without_a_traceback(expected: str, printed: str) -> None:
    assert same_printed(expected, expected)
    assert same_printed(expected, printed) in (True, False)


@given(st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-3), st.integers(1, 6))
def test_a_rounded_float_is_the_float(value: float, digits: int) -> None:
    assert same_printed(f"{value:.{digits}f}", repr(value))
