"""Attempts and a bank of six questions, for tests of what a log comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from quizbook.study.days import study_day
from quizbook.study.events import Attempt
from quizbook.study.figures import Figures, Items, figures
from quizbook.study.running import Running
from quizbook.study.schedule import Memory, Rater, due_items
from quizbook.study.settings import Settings
from quizbook.study.standing import Standing

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
ITEMS = Items(
    chapters={"a": "2", "b": "2", "c": "2", "d": "10", "e": "10", "ch10.ex.1": "10"},
    sections={"a": "2.1", "b": "2.1", "c": "2.10", "d": "10.1", "e": "10.2"},
    kinds={"a": "numeric", "b": "multiple_choice", "c": "matching", "d": "tracing", "e": "numeric"},
    titles={"2": "Two", "10": "Ten <&> more"},
)


def attempt(item: str = "a", score: float | None = 1.0, days: float = 0.0, **more: Any) -> Attempt:
    one = Attempt(
        at=START + timedelta(days=days), utc_offset=0, device="d", item=item, text_hash="t", key_hash="k", response="x",
        parts={}, score=score, seed=None, mode="quiz", confidence=None, hints=0, seconds=10.0, version="0",
    )  # fmt: skip
    return replace(one, **more)


def stands(attempts: Sequence[Attempt], days: float) -> Standing:
    """Where a learner with these attempts stands so many days after the start."""
    running = Running(Memory(Rater(ITEMS.kinds)))
    for one in attempts:
        running.take(one)
    scheduled, at = running.memory.items(), START + timedelta(days=days)
    return Standing(
        today=study_day(at, 0),
        utc_offset=0,
        settings=Settings(),
        attempts=running.attempts,
        scheduled=scheduled,
        due=tuple(due_items(scheduled, at, 0)),
        answers=running.answers,
        days=running.days,
        passed=frozenset(running.memory.rater.passed),
    )


def figures_of(*attempts: Attempt, days: float | None = None) -> Figures:
    """The figures of these attempts, on the day of the last one or so many days after the start."""
    last = max((one.at for one in attempts), default=START)
    return figures(attempts, ITEMS, stands(attempts, (last - START) / timedelta(days=1) if days is None else days))


@st.composite
def logs(draw: st.DrawFn) -> list[Attempt]:
    """Any attempts, oldest first: all modes, odd times and scores, items that no bank has."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from([*ITEMS.chapters, "gone", "gone.ex.1"]),
                st.none() | st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
                st.floats(0, 40),
                st.sampled_from(["quiz", "review", "pretest", "exam", "exercise", "drill"]),
                st.sampled_from([None, "guess", "fair", "sure"]),
                st.none() | st.floats(allow_nan=True, allow_infinity=True),
                st.none() | st.integers(0, 2),
                st.integers(-720, 840),
            ),
            max_size=25,
        )
    )
    attempts, days = [], 0.0
    for item, score, gap, mode, confidence, seconds, seed, offset in steps:
        days += gap if gap > 1 else gap / 10
        more = {"mode": mode, "confidence": confidence, "seconds": seconds, "seed": seed, "utc_offset": offset}
        attempts.append(attempt(item, score, days, **more))
    return attempts
