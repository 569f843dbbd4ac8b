from __future__ import annotations

from collections.abc import Callable

import pytest

from quizbook.bank.findings import Finding

Lint = Callable[[str], list[Finding]]

TOP = '- id: ch03.q.01\n  kind: {kind}\n  section: "3.1"\n  prompt: {prompt}\n  explain: It is so.\n'
CHOICE = (
    TOP.format(kind="multiple_choice", prompt="Which tensor holds the scores?")
    + "  why: {a: x, b: y, c: z}\n  options:\n    a: the product of queries and keys\n    b: the sum of the values\n"
    + "    c: the output of the mask\n  answer: a\n"
)
NUMERIC = TOP.format(kind="numeric", prompt="Of 768 inputs, how many weights come out?") + "  answer: 1536\n"
SHORT = TOP.format(kind="short_answer", prompt="Why is that?") + "  answer: For speed.\n  points: [{point: p}]\n"
DIAGRAM = (
    TOP.format(kind="diagram", prompt="What is what?")
    + '  figure: "① ②"\n  alt: Two places.\n  labels: {a: one, b: two}\n  answer: {1: a, 2: b}\n'
)
MATCHING = (
    TOP.format(kind="matching", prompt="Which fits?")
    + "  left: {1: x, 2: y}\n  right: {a: one, b: two}\n  answer: {1: a, 2: b}\n"
)
LONG = "the product of queries and keys, scaled by the square root of the dimension of the keys, before the softmax"

CASES = [
    ("no-explain", 4, 3, CHOICE.replace("  explain: It is so.\n", "")),
    ("no-why", 10, 5, CHOICE.replace("  why: {a: x, b: y, c: z}\n", "")),
    ("no-why", 9, 8, CHOICE.replace(", c: z", "")),
    ("same-options", 13, 8, CHOICE.replace("the output of the mask", "The *sum* of the values.")),
    ("same-options", 10, 22, MATCHING.replace("b: two", "b: One!")),
    ("same-options", 9, 19, MATCHING.replace("2: y", "2: X")),
    ("same-options", 11, 23, DIAGRAM.replace("b: two", "b: ONE")),
    ("all-of-the-above", 13, 8, CHOICE.replace("the output of the mask", "All of the above")),
    ("all-of-the-above", 13, 8, CHOICE.replace("the output of the mask", "none of these")),
    ("all-of-the-above", 13, 8, CHOICE.replace("the output of the mask", "Both a and b.")),
    ("long-answer", 11, 8, CHOICE.replace("the product of queries and keys", LONG)),
    ("gives-away", 7, 11, CHOICE.replace("Which tensor", "Which, the product of queries and keys or another,")),
    ("gives-away", 7, 11, NUMERIC.replace("768", "1536")),
    ("gives-away", 7, 11, SHORT.replace("Why is that?", "Is it done for speed?")),
    ("section-chapter", 6, 12, CHOICE.replace('"3.1"', '"4.1"')),
    ("no-alt", 9, 11, DIAGRAM.replace("  alt: Two places.\n", "")),
]


@pytest.mark.parametrize("text", [CHOICE, NUMERIC, SHORT, DIAGRAM, MATCHING])
def test_a_good_question_has_no_warning(lint: Lint, text: str) -> None:
    assert lint(text) == []


@pytest.mark.parametrize(
    ("rule", "line", "column", "text"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)]
)
def test_a_warning_is_found_where_it_belongs(lint: Lint, rule: str, line: int, column: int, text: str) -> None:
    findings = lint(text)
    assert [(f.rule, f.line, f.column, f.severity) for f in findings] == [(rule, line, column, "warning")], findings


@pytest.mark.parametrize(
    "option", ["any of the heads may be dropped at random", "a and the rest of the values", "neither of them is a view"]
)
def test_ordinary_words_are_no_catch_all(lint: Lint, option: str) -> None:
    assert lint(CHOICE.replace("the sum of the values", option)) == []


def test_options_that_differ_in_a_number_or_sign_are_different(lint: Lint) -> None:
    text = CHOICE.replace("the sum of the values", "x + 1").replace("the output of the mask", "x - 1")
    assert [finding.rule for finding in lint(text.replace("the product of queries and keys", "x + 2"))] == []


def test_a_prompt_that_names_every_option_gives_nothing_away(lint: Lint) -> None:
    prompt = "Is it the product of queries and keys, or the sum of the values, or the output of the mask?"
    assert lint(CHOICE.replace("Which tensor holds the scores?", prompt)) == []
