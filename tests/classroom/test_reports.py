"""What is written for a graded class."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quizbook.classroom import reports
from quizbook.classroom.journal import Graded
from quizbook.judge.exercise import Exercise
from quizbook.judge.verdict import CheckResult, Verdict

EXERCISE = Exercise("3.1", "Weights", "task", Path("/e/ch03/ex1_weights"), {}, ("one", "two"))


def graded(learner: str, *outcomes: str, message: str = "why", **more: Any) -> Graded:
    checks = tuple(
        CheckResult(f"test_{n}", f"Title {n}.", outcome, 2, 2 if outcome == "passed" else 0, message)  # type: ignore[arg-type]
        for n, outcome in enumerate(outcomes)
    )
    verdict = Verdict("3.1", f"/class/{learner}.py", 7, "full", 0.1, checks, "printed")
    return Graded(learner, "3.1", more.pop("digest", "abc"), "key", verdict.as_json(), **more)


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_a_row_for_each_check_with_its_reason_and_the_seed() -> None:
    first, second = parsed(reports.as_csv([graded("Ada, L.", "passed", "failed", message='say "why",\nplease')]))
    assert first["learner"] == second["learner"] == "Ada, L."
    assert (first["outcome"], second["outcome"]) == ("passed", "failed")
    assert (second["score"], second["points"], second["check_score"], second["seed"]) == ("2", "4", "0", "7")
    assert second["message"] == 'say "why",\nplease'


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20))
def test_no_cell_begins_like_a_formula_and_no_text_is_lost(text: str) -> None:
    (row,) = parsed(reports.as_csv([graded("ada", "failed", message=text)]))
    assert row["message"].removeprefix("'") in (text, text.removeprefix("'"))
    assert not row["message"].startswith(reports.FORMULA)


def test_a_submission_that_could_not_be_graded_has_a_row_that_says_so() -> None:
    (row,) = reports.rows([graded("ada", fault="the judge went away")])
    assert (row["outcome"], row["message"]) == ("error", "the judge went away")


def test_a_summary_counts_passes_means_and_the_hardest_check_and_leaves_out_the_missing() -> None:
    class_ = [
        graded("a", "passed", "passed"),
        graded("b", "passed", "failed"),
        graded("c", "failed", "failed"),
        graded("d", "failed", "failed", digest=""),
    ]
    (summary,) = reports.summaries(class_)
    assert (summary.learners, summary.passed, summary.missing) == (4, 1, 1)
    assert summary.mean == 0.5
    assert summary.hardest == "2 of 3 failed: Title 1."


def test_feedback_has_the_reasons_the_notes_and_the_seed() -> None:
    text = reports.feedback([graded("Ada", "passed", "failed", notes=("two files",))], {"3.1": EXERCISE})
    assert text.startswith("Ada\n")
    for part in ("✓ Title 0.", "✗ Title 1.", "why", "printed", "two files", "--seed 7", "2 of 4 points"):
        assert part in text


def test_feedback_for_a_fault_of_ours_blames_nobody_else() -> None:
    assert "not your fault" in reports.feedback([graded("Ada", fault="x")], {"3.1": EXERCISE})


@given(st.text(max_size=200))
def test_a_learners_file_name_is_one_on_every_system(learner: str) -> None:
    name = reports.feedback_name(learner)
    assert name
    assert len(name) <= 100
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name not in (".", "..")


def test_a_change_names_the_checks_whose_outcome_differs() -> None:
    change = reports.change(graded("ada", "passed", "failed"), graded("ada", "passed", "passed", "failed"))
    assert change is not None
    assert (change.before, change.after) == (2, 4)
    assert change.checks == ("test_1: failed -> passed", "test_2: not there -> failed")
    assert reports.change(graded("ada", "passed"), graded("ada", "passed")) is None
