"""Attempts that an earlier key graded: found, told, and graded by the key of today."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizbook.bank.library import load_bank
from quizbook.bank.questions import AnyQuestion
from quizbook.grading.grader import grade
from quizbook.study.events import Attempt
from quizbook.study.recording import attempt_on
from quizbook.study.regrading import outdated, regrades
from quizbook.study.store.outcomes import effective

TEXT = """\
chapter: 3
title: T
questions:
  - id: a.choice
    kind: multiple_choice
    section: "3.1"
    prompt: Which?
    options: {a: One of them., b: The other one., c: Neither of them.}
    answer: b
    why: {a: No., b: Yes., c: No.}
    explain: Because.
  - id: a.short
    kind: short_answer
    section: "3.1"
    prompt: Why?
    answer: For this reason.
    points: [{point: Says this., words: [reason]}, {point: Says that., words: [that]}]
    explain: Because.
"""


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, AnyQuestion]:
    monkeypatch.setenv("QUIZBOOK_HOME", str(tmp_path / "home"))
    return read(tmp_path, TEXT)


def read(folder: Path, text: str) -> dict[str, AnyQuestion]:
    (folder / "ch03.yaml").write_text(text)
    return {question.id: question for question in load_bank([folder / "ch03.yaml"]).questions}


def answered(question: AnyQuestion, response: object) -> Attempt:
    return attempt_on(question, response, grade(question, response), device="d", mode="quiz")


def test_rewording_changes_no_key(bank: dict[str, AnyQuestion], tmp_path: Path) -> None:
    attempts = [answered(bank["a.choice"], "b")]
    reworded = read(tmp_path, TEXT.replace("Which?", "Which of the three?").replace("One of them.", "The first one."))
    assert outdated(attempts, reworded) == []


def test_another_key_is_told_with_the_number_of_attempts(bank: dict[str, AnyQuestion], tmp_path: Path) -> None:
    attempts = [answered(bank["a.choice"], letter) for letter in "bbc"]
    changed = read(tmp_path, TEXT.replace("answer: b", "answer: c"))
    (one,) = outdated(attempts, changed)
    assert one.sentence == "the key of a.choice changed: 3 earlier attempts were graded by the old one"
    (one,) = outdated(attempts[:1], changed)
    assert one.sentence == "the key of a.choice changed: 1 earlier attempt was graded by the old one"


def test_attempts_are_graded_by_the_key_of_today_and_then_no_longer_outdated(
    bank: dict[str, AnyQuestion], tmp_path: Path
) -> None:
    attempts = [answered(bank["a.choice"], letter) for letter in "bc"]
    changed = read(tmp_path, TEXT.replace("answer: b", "answer: c"))
    notes, left = regrades(outdated(attempts, changed))
    today = list(effective(attempts, notes))
    assert left == []
    assert [attempt.score for attempt in today] == [0.0, 1.0]
    assert outdated(today, changed) == []


def test_what_the_key_of_today_cannot_grade_is_left(bank: dict[str, AnyQuestion], tmp_path: Path) -> None:
    gone = answered(bank["a.choice"], "c")
    text = answered(bank["a.short"], {"text": "so", "ticked": [1]})
    without_c = TEXT.replace(", c: Neither of them.", "").replace(", c: No.", "").replace("answer: b", "answer: a")
    changed = read(tmp_path, without_c.replace("Says that.", "Says more."))
    notes, left = regrades(outdated([gone, text], changed))
    assert notes == []
    assert left == [gone, text]


def test_items_that_are_in_no_bank_are_not_outdated(bank: dict[str, AnyQuestion]) -> None:
    assert outdated([answered(bank["a.choice"], "b")], {}) == []
