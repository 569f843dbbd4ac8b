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


def test_of_more_than_the_days_number_the_rest_waits(home: Home) -> None:
    for number in (1, 2, 3):
        answered(home, f"ch03.mc.0{number}", 30 + number)
    assert home.run("settings", "daily_reviews", "2").returncode == 0
    done = review(home, "a\na\n")
    assert "1 more question due beyond today's number" in done.stdout
    assert "Question 2 of 2" in done.stdout
    assert "You have done today's 2 reviews; 1 more question can wait until tomorrow" in " ".join(
        review(home, "").stdout.split()
    )


def test_a_leech_is_pointed_out_with_its_section(home: Home) -> None:
    for day in range(6):
        answered(home, "ch03.mc.01", 60 - day, 0.0)
    assert "ch03.mc.01 was forgotten 5 times: read section" in review(home, "a\n").stdout


def test_an_exercise_that_is_due_is_offered_and_may_wait(home: Home, tmp_path: Path) -> None:
    answered(home, "ch03.ex.1", 60, mode="exercise")
    done = review(home, ":skip\n")
    assert "Exercise 3.1 is due" in done.stdout
    assert done.returncode == 0
    assert [attempt.mode for attempt in home.attempts()] == ["exercise"]


@pytest.mark.slow
def test_the_review_of_an_exercise_is_one_attempt_on_a_fresh_dated_file(home: Home, tmp_path: Path) -> None:
    answered(home, "ch03.ex.1", 60, mode="exercise")
    work = tmp_path / "work"
    work.mkdir()
    with subprocess.Popen(
        [str(PROGRAM), "review", "--plain"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=work,
        env=home.environment(), bufsize=1,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n:hint\n\n")
        process.stdin.flush()
        for line in process.stdout:
            if "0 of" in line:
                break
        (file,) = work.glob("ch03_*_20*.py")
        solution = Path(__file__).parents[2] / "exercises" / "ch03" / "ex1_weight_transfer" / "solution.py"
        file.write_text(solution.read_text(encoding="utf-8"), encoding="utf-8")
        process.stdin.write("\n")
        process.stdin.close()
        process.stdout.read()
        assert process.wait(60) == 0
    _, second = home.attempts()
    assert (second.mode, second.score, second.hints, second.response["failed_checks"]) == ("review", 1.0, 1, 1)
    assert home.document("progress", "--json", code=0)["due"] == 0
    home.run("doctor", "--stop")
