"""Plain lines: text is filled to the width, code and lists keep their form."""

import pytest

from quizbook.bank.questions import Diagram, Tracing
from quizbook.cli.lines import feedback_lines, question_lines, wrapped
from quizbook.grading.grader import grade
from quizbook.study.presentation import present
from quizbook.study.session import Feedback


def test_paragraphs_are_filled_and_stay_apart():
    assert wrapped("one two\nthree\n\nfour", 9) == ["one two", "three", "", "four"]


def test_list_items_begin_lines_and_hang():
    assert wrapped("Take:\n- one two three\n- four\n12. five six", 11) == [
        "Take:",
        "- one two",
        "  three",
        "- four",
        "12. five",
        "    six",
    ]


def test_code_between_fences_stays_as_it_is():
    assert wrapped("Look:\n```python\nif x:\n    y = 1 +   2\n```\ndone", 10) == [
        "Look:",
        "  if x:",
        "      y = 1 +   2",
        "done",
    ]


def test_a_figure_keeps_its_columns():
    figure = "  ①  ─▶ ②\n     │\n"
    question = Diagram(id="i", section="1.1", prompt="p", figure=figure, labels={"a": "A", "b": "B"}, answer={"1": "a"})
    assert "    ①  ─▶ ②" in question_lines(present(question, 1), 1, 1, 80)


def test_wrong_output_is_shown_beside_the_right_one_line_by_line():
    question = Tracing(id="i", section="1.1", prompt="p", code="c", answer="tensor([[1, 2],\n        [3, 4]])\n")
    lines = feedback_lines(Feedback(present(question, 1), "5", grade(question, "5")), 80)
    assert lines[-2:] == ["  tensor([[1, 2],", "          [3, 4]])"]


@pytest.mark.parametrize("width", [24, 40, 80])
def test_nothing_is_wider_than_the_screen(width):
    text = "word " * 30 + "\n\n- " + "item " * 30
    assert max(map(len, wrapped(text, width))) <= width
