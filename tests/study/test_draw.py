"""An order drawn from a seed is the same for ever: attempts keep the seed alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.study.draw import drawn


@pytest.mark.parametrize(
    ("keys", "seed", "salt", "order"),
    [
        ("abcdef", 7, "", ("a", "f", "c", "e", "b", "d")),
        (("ch03.q.01", "é", "\ud800", ""), 1, "x", ("\ud800", "", "ch03.q.01", "é")),
    ],
)
def test_a_seed_draws_what_it_drew_in_the_first_version(keys, seed, salt, order):
    assert drawn(keys, seed, salt) == order


@given(st.lists(st.text(max_size=4), unique=True), st.integers(0, 2**31), st.integers(0, 12))
def test_the_first_few_of_an_order_are_its_beginning(keys, seed, most):
    assert drawn(keys, seed, most=most) == drawn(keys, seed)[:most]
