"""Matching: each left side has its right side; the score is the share of right pairs."""

from __future__ import annotations

from quizbook.bank.questions import Matching
from quizbook.grading.grade import Grade
from quizbook.grading.keys import read_pairs
from quizbook.grading.pairs import grade_pairs
from quizbook.grading.wording import quoted


def read(question: Matching, response: object) -> dict[str, str]:
    """The response as left key -> right key; see `read_pairs` for what is forgiven and what is not."""
    return read_pairs(response, question.left, question.right, place="left side", value="right side")


def grade(question: Matching, response: object) -> Grade:
    """The share of left sides that have their right side."""
    return grade_pairs(
        read(question, response),
        question.answer,
        question.right,
        noun="pair",
        wants=lambda at, text: f"{quoted(question.left[at])} goes with {quoted(text)}",
    )
