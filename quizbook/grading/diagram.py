"""Diagram: each place of a figure or listing has its label; the score is the share of right labels."""

from __future__ import annotations

from quizbook.bank.questions import Diagram
from quizbook.grading.grade import Grade
from quizbook.grading.keys import read_pairs
from quizbook.grading.pairs import grade_pairs
from quizbook.grading.wording import quoted


def read(question: Diagram, response: object) -> dict[str, str]:
    """The response as place -> label; see `read_pairs` for what is forgiven and what is not."""
    return read_pairs(response, question.answer, question.labels, place="place", value="label")


def grade(question: Diagram, response: object) -> Grade:
    """The share of places that have their label."""
    return grade_pairs(
        read(question, response),
        question.answer,
        question.labels,
        noun="label",
        wants=lambda at, text: f"place {at} is {quoted(text)}",
    )
