from __future__ import annotations

from collections.abc import Callable

import pytest

from quizbook.bank.findings import Finding
from quizbook.bank.library import load_bank
from quizbook.bank.questions import MultipleChoice, Numeric

Found = Callable[[str], list[tuple[int, int, str]]]
Lint = Callable[[str], list[Finding]]


def one(lint: Lint, text: str, rule: str) -> Finding:
    findings = lint(text)
    assert [finding.rule for finding in findings] == [rule], findings
    return findings[0]


def test_all_findings_of_a_file_come_at_once(found: Found) -> None:
    text = """\
- id: a.1
  kind: multiple_choise
- id: a.2
  kind: multiple_choice
  section: 3.10
  promt: Which?
  options: {a: no, b: 2, c: [x]}
  answer: [a, {}]
  hints: once
- foo
"""
    assert sorted(found(text)) == [
        (5, 9, "unknown-kind"),
        (8, 12, "yaml-value"),
        (9, 3, "unknown-field"),
        (10, 16, "yaml-value"),
        (10, 29, "wrong-type"),
        (11, 15, "wrong-type"),
        (12, 10, "wrong-type"),
        (13, 3, "wrong-type"),
    ]


def test_an_unknown_field_gets_the_nearest_name_and_the_missing_one_is_not_told_twice(lint: Lint) -> None:
    finding = one(
        lint, "- {id: a, kind: tracing, section: '3.1', promt: x, code: y, answer: z, explain: e}", "unknown-field"
    )
    assert "did you mean `prompt`?" in finding.sentence


def test_a_field_of_another_kind_is_told_whose_it_is(lint: Lint) -> None:
    text = "- {id: a, kind: tracing, section: '3.1', prompt: x, code: y, answer: z, options: {}}"
    assert "it belongs to `multiple_choice`" in one(lint, text, "unknown-field").sentence


def test_an_unknown_field_without_a_neighbour_gets_the_list(lint: Lint) -> None:
    text = "- {id: a, kind: tracing, section: '3.1', prompt: x, code: y, answer: z, zzzz: 1}"
    assert "A tracing question has `id`, `kind`" in one(lint, text, "unknown-field").sentence


def test_a_missing_field_is_named_with_the_question(lint: Lint) -> None:
    finding = one(lint, "- {id: a, kind: tracing, section: '3.1', prompt: x, answer: z}", "missing-field")
    assert "`code`" in finding.sentence
    assert (finding.line, finding.column) == (4, 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {id: a, section: '3'}", "`kind` is missing"),
        ("- {id: a, kind: matchin}", "did you mean `matching`?"),
        ("- {id: a, kind: on}", "`on` is no kind"),
        ("- {id: a, kind: [x]}", "wants a text"),
        ("- {id: a, kinds: matching}", "did you mean `kind`?"),
    ],
)
def test_the_kind_is_asked_for_first(lint: Lint, text: str, words: str) -> None:
    findings = lint(text)
    assert len(findings) == 1
    assert words in findings[0].sentence


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("[]", "wrong-type", "this is a list"),
        ("just text", "wrong-type", "this is the text"),
        ("chapter: 3\ntitle: x\nquestions: {a: b}", "wrong-type", "`questions` wants a list"),
        ("chapter: [3]\ntitle: x\nquestions: []", "wrong-type", "`chapter` wants a text"),
        ("chapter: 3\nquestions: []", "missing-field", "`title`"),
        ("chapter: 3\ntitel: x\nquestions: []", "unknown-field", "did you mean `title`?"),
        ("chapter: 03\ntitle: x\nquestions: []", "yaml-value", "`03`"),
        ("chapter: 3\ntitle: ''\nquestions: []", "empty-text", "`title` is empty"),
        ("chapter: 3\ntitle: x\nquestions:", "wrong-type", "nothing"),
    ],
)
def test_the_frame_of_a_file_is_checked_too(lint: Lint, text: str, rule: str, words: str) -> None:
    assert words in one(lint, text, rule).sentence


NUMERIC = "- {{id: a, kind: numeric, section: '3.1', prompt: x, explain: e, answer: {}, tolerance: {}}}"


@pytest.mark.parametrize(
    ("written", "number"), [("2_360_064", 2360064), ("0x10", 16), ("1e3", 1000), ("-0.5", -0.5), ("6.02e+23", 6.02e23)]
)
def test_a_number_may_be_written_in_every_usual_way(
    write: Callable[..., object], folder: object, written: str, number: float
) -> None:
    write(NUMERIC.format(written, "rounded"))
    (question,) = load_bank([folder]).questions  # type: ignore[list-item]
    assert isinstance(question, Numeric)
    assert (question.answer, question.tolerance) == (number, "rounded")


@pytest.mark.parametrize("written", ["012", "1:30", "'5'", "true", ".nan", "many", "[1]", ""])
def test_what_is_no_number_or_another_one_in_yaml_is_refused(lint: Lint, written: str) -> None:
    assert "`answer` wants a number" in one(lint, NUMERIC.format(written, 0), "wrong-type").sentence


def test_a_tolerance_is_a_number_or_rounded(lint: Lint) -> None:
    assert "or `rounded`" in one(lint, NUMERIC.format(1, "about"), "wrong-type").sentence


def test_whole_numbers_are_text_where_text_is_expected(write: Callable[..., object], folder: object) -> None:
    write("- {id: a, kind: multiple_choice, section: 3, prompt: x, options: {1: 768, 2: 1024}, answer: 1}")
    (question,) = load_bank([folder]).questions  # type: ignore[list-item]
    assert isinstance(question, MultipleChoice)
    assert (question.section, question.options, question.answer) == ("3", {"1": "768", "2": "1024"}, "1")


def test_points_are_checked_like_questions(found: Found) -> None:
    text = """\
- id: a
  kind: short_answer
  section: "3.1"
  prompt: Why?
  answer: Because.
  points:
    - {pont: x}
    - y
    - {point: x, words: y}
"""
    assert sorted(found(text)) == [(10, 8, "unknown-field"), (11, 7, "wrong-type"), (12, 25, "wrong-type")]


def test_nothing_where_something_is_expected_is_one_finding(found: Found) -> None:
    text = "- {id: a, kind: tracing, section: '3.1', prompt: , code: y, answer: z, hints: ~, explain: e}"
    assert [rule for _, _, rule in found(text)] == ["yaml-value", "yaml-value"]
