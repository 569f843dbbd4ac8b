"""A question and a response make a grade: the way from a question's kind to its rule."""

from __future__ import annotations

from typing import Any, assert_never

from quizbook.bank import questions as kinds
from quizbook.grading import code_blank, diagram, matching, multiple_choice, numeric, ordering, short_answer, tracing
from quizbook.grading.grade import Grade


def grade(question: kinds.AnyQuestion, response: object) -> Grade:
    """Grade a response in the question's own keys.

    response: as the kind wants it: "b", ["b", "d"], {1: "c"}, ["c", "a"], text, a number,
        {"text": ..., "ticked": [1, 3]}. Keys may be ints, the case of letters is forgiven.
    Returns the score, the parts and the score in words. Raises ResponseError for a response of the wrong shape.
    """
    match question:
        case kinds.MultipleChoice():
            return multiple_choice.grade(question, response)
        case kinds.Matching():
            return matching.grade(question, response)
        case kinds.Ordering():
            return ordering.grade(question, response)
        case kinds.CodeBlank():
            return code_blank.grade(question, response)
        case kinds.Diagram():
            return diagram.grade(question, response)
        case kinds.ShortAnswer():
            return short_answer.grade(question, response)
        case kinds.Tracing():
            return tracing.grade(question, response)
        case kinds.Numeric():
            return numeric.grade(question, response)
    assert_never(question)


def as_stored(question: kinds.AnyQuestion, response: object) -> Any:
    """The response as the log keeps it: JSON-able, in the question's own keys. Raises ResponseError as `grade` does."""
    match question:
        case kinds.MultipleChoice():
            return multiple_choice.read(question, response)
        case kinds.Matching():
            return matching.read(question, response)
        case kinds.Ordering():
            return ordering.read(question, response)
        case kinds.CodeBlank():
            return code_blank.read(question, response)
        case kinds.Diagram():
            return diagram.read(question, response)
        case kinds.ShortAnswer():
            return short_answer.read(question, response)
        case kinds.Tracing():
            return tracing.read(question, response)
        case kinds.Numeric():
            return numeric.read(question, response)
    assert_never(question)
