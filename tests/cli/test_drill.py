"""`quizbook drill`, `flags` and `settings`, as a learner uses them."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from program import PROGRAM, Home

from quizbook.study.events import Attempt, now
from quizbook.study.store import open_log


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def answered(home: Home, item: str, score: float) -> None:
    moment, offset = now()
    with open_log(home.path) as log:
        log.append(
            Attempt(
                at=moment - timedelta(days=9), utc_offset=offset, device=log.device, item=item, text_hash="t",
                key_hash="k", response="b", parts={}, score=score, seed=1, mode="quiz", version="0",
            )
        )  # fmt: skip


def typed(home: Home, words: list[str], text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *words], input=text, capture_output=True, text=True, env=home.environment(), timeout=60
    )


# -- drill -------------------------------------------------------------------------------------------------------------


def test_a_drill_asks_what_goes_badly_and_changes_no_due_date(home: Home) -> None:
    for item, score in [("ch03.mc.01", 0.0), ("ch03.s1.q01", 0.0), ("ch04.mc.01", 1.0)]:
        answered(home, item, score)
    due = home.document("progress", "--json", code=0)["due"]
    done = typed(home, ["drill", "--weak", "--count", "3", "--plain"], "")
    assert "A drill: it changes no due date." in done.stdout
    assert "Question 1 of 3 · section 3.1" in done.stdout
    typed(home, ["drill", "--weak", "--plain"], "a\na\na\na\n")
    assert {attempt.mode for attempt in home.attempts()} == {"quiz", "drill"}
    assert home.document("progress", "--json", code=0)["due"] == due


def test_where_nothing_is_weak_a_drill_says_so(home: Home) -> None:
    answered(home, "ch03.mc.01", 1.0)
    done = typed(home, ["drill"], "")
    assert done.returncode == 0
    assert done.stdout.startswith("No section is weak")


# -- flags -------------------------------------------------------------------------------------------------------------


def test_a_question_is_flagged_with_a_note_listed_and_unflagged(home: Home) -> None:
    done = typed(home, ["quiz", "--chapter", "3", "--kind", "multiple_choice", "--plain"], ":flag Really b?\n:flag\n")
    assert "Flagged" in done.stdout
    (flag,) = home.document("flags", "--json", code=0)
    assert flag["notes"] == ["Really b?"]
    told = home.run("flags").stdout
    assert flag["item"] in told
    assert "» Really b?" in told
    assert home.run("flags", "--remove", flag["item"]).returncode == 0
    assert home.run("flags").stdout.startswith("Nothing is flagged.")
    assert home.run("flags", "--remove", "ch03.mc.01").returncode == 2


def test_an_answer_is_taken_back_in_plain_lines(home: Home) -> None:
    done = typed(
        home,
        ["quiz", "--chapter", "3", "--count", "2", "--kind", "multiple_choice", "--plain"],
        ":undo\na\n:undo\nb\na\n",
    )
    assert "There is no answer to take back." in done.stdout
    assert "Taken back; here it is again." in done.stdout
    assert done.returncode == 0
    with open_log(home.path) as log:
        assert len(list(log.outcomes())) == 2
        assert len(list(log.attempts())) == 3


def test_sure_and_wrong_comes_again_in_plain_lines(home: Home) -> None:
    words = ["quiz", "--chapter", "3", "--count", "1", "--kind", "multiple_choice", "--plain", "--seed", "3"]
    outputs = [typed(home, words, f"{letter}!\na\n").stdout for letter in "abcd"]
    assert sum("Once more, since you were sure and it was wrong" in output for output in outputs) == 3


# -- settings ----------------------------------------------------------------------------------------------------------


def test_settings_are_listed_explained_and_changed(home: Home) -> None:
    told = home.run("settings").stdout
    assert "retention = 0.9" in told
    assert "The share of reviews that you want to get right" in told
    assert home.run("settings", "retention", "0.85").stdout.startswith("retention = 0.85")
    assert home.document("settings", "--json", code=0)["retention"] == 0.85
    assert home.document("settings", "retention", "--json", code=0) == {"retention": 0.85}


@pytest.mark.parametrize(
    ("words", "said"), [(["retention", "2"], "0.70 to 0.97"), (["retnetion"], "Did you mean retention?")]
)
def test_a_setting_that_is_none_is_refused(home: Home, words: list[str], said: str) -> None:
    done = home.run("settings", *words)
    assert (done.returncode, said in done.stderr) == (2, True)
