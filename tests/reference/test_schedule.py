"""The learning rate of each step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.schedule import Schedule


def test_it_rises_in_a_line_and_falls_along_half_a_cosine() -> None:
    schedule = Schedule(steps=25, peak=4.0, warmup=4, initial=0.0, least=2.0)
    assert [schedule.rate(step) for step in range(5)] == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0])
    assert schedule.rate(14) == pytest.approx(3.0)  # halfway between the peak at 4 and the end at 24
    assert schedule.rate(9) == pytest.approx(3.0 + 0.5**0.5)  # a quarter of the way: the cosine of 45 degrees
    assert schedule.rate(24) == pytest.approx(2.0)


def test_without_a_least_rate_it_stays_at_the_peak() -> None:
    assert {Schedule(steps=9, peak=0.1).rate(step) for step in range(9)} == {0.1}


@given(st.integers(1, 60), st.data())
def test_it_never_leaves_its_bounds_and_has_one_peak(steps: int, data: st.DataObject) -> None:
    warmup = data.draw(st.integers(0, steps))
    initial, least = (data.draw(st.floats(0, 1)) for _ in range(2))
    schedule = Schedule(steps, 1.0, warmup, initial, least)
    rates = [schedule.rate(step) for step in range(steps)]
    assert all(min(initial, least) - 1e-9 <= rate <= 1 + 1e-9 for rate in rates)
    assert rates[: warmup + 1] == sorted(rates[: warmup + 1])
    assert rates[warmup:] == sorted(rates[warmup:], reverse=True)
    if steps > warmup + 1:
        assert rates[warmup] == pytest.approx(1.0)
        assert rates[-1] == pytest.approx(least)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"warmup": 11}, "a warmup of 11 steps does not fit into a training of 10"),
        ({"warmup": -1}, "warmup is -1; it is 0 or more"),
        ({"initial": -0.1}, r"initial is -0.1; it is 0 or more"),
        ({"least": 2.0}, r"the least rate is 2.0; it is from 0 to the peak of 1.0"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(change: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Schedule(**({"steps": 10, "peak": 1.0} | change))  # type: ignore[arg-type]
