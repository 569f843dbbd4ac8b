"""`quizbook review` in plain lines: what is due is asked, and its answers count for the schedule."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from program import PROGRAM, Home

from quizbook.study.events import Attempt, now
from quizbook.study.store import open_log


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def answered(home: Home, item: str, days_ago: float, score: float = 1.0, **more: str) -> None:
    moment, offset = now()
    with open_log(home.path) as log:
        attempt = Attempt(
            at=moment - timedelta(days=days_ago), utc_offset=offset, device=log.device, item=item, text_hash="t",
            key_hash="k", response="b", parts={}, score=score, seed=1, mode="quiz", version="0",
        )  # fmt: skip
        log.append(replace(attempt, **more))  # type: ignore[arg-type]


def review(home: Home, typed: str) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), "review", "--plain"]
    return subprocess.run(command, input=typed, capture_output=True, text=True, env=home.environment(), timeout=60)


def test_where_nothing_is_due_it_says_when_something_is(home: Home) -> None:
    assert review(home, "").stdout == "No question is due today.\n"
    answered(home, "ch03.mc.01", 0)
    done = review(home, "")
    assert done.returncode == 0
    assert done.stdout.startswith("No question is due today. The next question is due on 20")


def test_what_is_due_is_asked_and_is_then_due_later(home: Home) -> None:
    answered(home, "ch03.mc.01", 30)
    answered(home, "ch04.mc.01", 40)
    answered(home, "ch04.mc.02", 0)
    assert home.document("progress", "--json", code=0)["due"] == 2
    done = review(home, "a\na\n")
    assert "Question 1 of 2" in done.stdout
    assert "Question 2 of 2" in done.stdout
    assert done.returncode == 0
    assert [attempt.mode for attempt in home.attempts()][-2:] == ["review", "review"]
    assert home.document("progress", "--json", code=0)["due"] == 0


def test_an_exercise_that_is_due_is_said(home: Home) -> None:
    answered(home, "ch03.ex.1", 60, mode="exercise")
    assert "Exercise 3.1 is due: `quizbook start 3.1 --fresh` begins anew." in review(home, "").stdout
