from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quizbook.bank.findings import Finding
from quizbook.bank.library import load_bank
from quizbook.bank.rules.question_errors import columns

Lint = Callable[[str], list[Finding]]

TOP = '- id: {id}\n  kind: {kind}\n  section: "3.1"\n  prompt: What holds?\n  explain: It is so.\n'
CHOICE = TOP.format(id="ch03.q.01", kind="multiple_choice") + "  why: {a: x, b: y}\n"
MATCHING = TOP.format(id="ch03.q.01", kind="matching")
ORDERING = TOP.format(id="ch03.q.01", kind="ordering")
BLANK = TOP.format(id="ch03.q.01", kind="code_blank")
DIAGRAM = TOP.format(id="ch03.q.01", kind="diagram") + "  alt: Two boxes.\n"
SHORT = TOP.format(id="ch03.q.01", kind="short_answer")
TRACING = TOP.format(id="ch03.q.01", kind="tracing")
NUMERIC = TOP.format(id="ch03.q.01", kind="numeric")

SOUND = {
    "choice": CHOICE + "  options: {a: one, b: two}\n  answer: b\n",
    "several": CHOICE + "  options: {a: one, b: two}\n  answer: [b, a]\n",
    "matching": MATCHING + "  left: {1: x, 2: y}\n  right: {a: one, b: two, c: three}\n  answer: {1: c, 2: a}\n",
    "ordering": ORDERING + "  steps: {a: one, b: two, c: three}\n  answer: [c, a, b]\n  fixed: {1: c}\n",
    "precedence": ORDERING + "  steps: {a: one, b: two, c: three}\n  after: {c: [a, b]}\n  fixed: {3: c}\n",
    "terms": BLANK
    + "  listing: x = «1»(«2»)\n  terms: {A: f, B: g}\n  answer: {1: A, 2: B}\n  also: [{1: B, 2: A}]\n"
    + "  proof: assert x\n",
    "typed": BLANK + "  listing: x = «1»(«2»)\n  accept: {1: [f, g], 2: [h]}\n",
    "typed answer": BLANK + "  listing: x = «1»\n  answer: {1: f}\n  accept: {1: [g]}\n",
    "diagram": DIAGRAM + '  figure: "① -> ②"\n  labels: {a: one, b: two, c: three}\n  answer: {1: b, 2: a}\n',
    "stages": DIAGRAM + "  listing: «1» «2»\n  labels: {a: one, b: two}\n  answer: {1: b, 2: a}\n",
    "short": SHORT + "  answer: Because.\n  points: [{point: A reason., words: [because]}]\n",
    "tracing": TRACING + "  code: print(1)\n  answer: 1\n  proof: run\n",
    "numeric": NUMERIC + "  answer: 5\n  proof: |\n    x = 2\n    x + 3\n",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_a_sound_question_has_no_finding(lint: Lint, text: str) -> None:
    assert lint(text) == []


BROKEN = [
    # ids
    ("id-form", 4, 7, SOUND["tracing"].replace("ch03.q.01", "ch03 q 01")),
    ("id-chapter", 4, 7, SOUND["tracing"].replace("ch03", "ch04")),
    ("id-chapter", 4, 7, SOUND["tracing"].replace("ch03", "appD")),
    # empty text
    ("empty-text", 7, 11, SOUND["tracing"].replace("What holds?", "' '")),
    ("empty-text", 10, 16, SOUND["choice"].replace("a: one", "a: ''")),
    ("empty-text", 10, 20, SOUND["short"].replace("A reason.", "''")),
    ("empty-text", 12, 10, SOUND["tracing"] + "  tags: ['']\n"),
    # multiple choice
    ("unknown-answer", 11, 11, SOUND["choice"].replace("answer: b", "answer: c")),
    ("unknown-answer", 11, 15, SOUND["several"].replace("[b, a]", "[b, d]")),
    ("unknown-answer", 11, 11, SOUND["several"].replace("[b, a]", "[b, b]")),
    ("unknown-answer", 11, 11, SOUND["several"].replace("[b, a]", "[]")),
    ("few-options", 10, 12, CHOICE.replace(", b: y", "") + "  options: {a: one}\n  answer: a\n"),
    ("unused-key", 9, 15, SOUND["choice"].replace("b: y", "c: y")),
    # matching
    ("unmatched-key", 11, 11, SOUND["matching"].replace(", 2: a}", "}")),
    ("unmatched-key", 11, 24, SOUND["matching"].replace("2: a}", "2: a, 3: b}")),
    ("unknown-answer", 11, 15, SOUND["matching"].replace("1: c", "1: d")),
    ("few-options", 9, 9, SOUND["matching"].replace(", 2: y", "").replace(", 2: a", "")),
    # ordering
    ("unmatched-key", 10, 11, SOUND["ordering"].replace("[c, a, b]", "[c, a]")),
    ("unknown-answer", 10, 18, SOUND["ordering"].replace("[c, a, b]", "[c, a, d, b]")),
    ("unknown-answer", 10, 11, SOUND["ordering"].replace("[c, a, b]", "[c, a, b, a]")),
    ("unknown-answer", 11, 14, SOUND["ordering"].replace("fixed: {1: c}", "fixed: {1: a}")),
    ("unknown-answer", 11, 14, SOUND["ordering"].replace("fixed: {1: c}", "fixed: {1: z}")),
    ("unused-key", 11, 11, SOUND["ordering"].replace("fixed: {1: c}", "fixed: {4: c}")),
    ("few-options", 11, 10, SOUND["ordering"].replace("fixed: {1: c}", "fixed: {1: c, 2: a}")),
    ("missing-field", 4, 3, SOUND["ordering"].replace("answer: [c, a, b]", "tags: [x]")),
    ("missing-field", 4, 3, SOUND["ordering"].replace("fixed: {1: c}", "after: {a: [c]}")),
    ("order-circle", 10, 10, SOUND["precedence"].replace("{c: [a, b]}", "{c: [a], a: [b], b: [c]}")),
    ("unknown-answer", 10, 18, SOUND["precedence"].replace("[a, b]", "[a, z]")),
    ("unused-key", 10, 11, SOUND["precedence"].replace("c: [a, b]", "z: [a, b]").replace("  fixed: {3: c}\n", "")),
    ("unknown-answer", 11, 14, SOUND["precedence"].replace("{3: c}", "{2: c}")),
    # code_blank
    ("blank-without-answer", 11, 11, SOUND["terms"].replace("answer: {1: A, 2: B}", "answer: {1: A}")),
    ("blank-without-answer", 11, 18, SOUND["terms"].replace("answer: {1: A, 2: B}", "answer: {1: A, 3: B, 2: B}")),
    ("unknown-answer", 11, 15, SOUND["terms"].replace("answer: {1: A", "answer: {1: C")),
    ("unknown-answer", 12, 14, SOUND["terms"].replace("also: [{1: B", "also: [{1: C")),
    ("blank-without-answer", 9, 12, SOUND["terms"].replace("x = «1»(«2»)", "x = f(g)")),
    ("unused-key", 14, 3, SOUND["terms"] + "  accept: {1: [f]}\n"),
    ("blank-without-answer", 10, 11, SOUND["typed"].replace(", 2: [h]", "")),
    (
        "blank-without-answer",
        10,
        30,
        SOUND["typed"].replace("2: [h]", "2: [h], 3: [i]").replace("1: [f, g]", "1: [f]  "),
    ),
    ("blank-without-answer", 10, 26, SOUND["typed"].replace("[h]", "[]")),
    ("unused-key", 11, 3, SOUND["typed"] + "  also: [{1: f}]\n"),
    # diagram
    ("figure-wide", 10, 11, SOUND["diagram"].replace("① -> ②", "① ---" + 71 * "-" + " ②")),
    ("label-without-place", 12, 11, SOUND["diagram"].replace("answer: {1: b, 2: a}", "answer: {1: b}")),
    ("label-without-place", 12, 24, SOUND["diagram"].replace("2: a}", "2: a, 3: c}")),
    ("label-without-place", 10, 11, SOUND["diagram"].replace("① -> ②", "1 -> 2")),
    ("unknown-answer", 12, 15, SOUND["diagram"].replace("1: b", "1: z")),
    ("missing-field", 4, 3, SOUND["diagram"].replace('figure: "① -> ②"', "tags: [x]")),
    ("missing-field", 4, 3, SOUND["diagram"] + "  listing: «1»\n"),
    # the rest
    ("few-options", 10, 11, SOUND["short"].replace("[{point: A reason., words: [because]}]", "[]")),
    ("wrong-type", 10, 14, NUMERIC + "  answer: 5\n  tolerance: -1\n"),
    # proofs
    ("proof-form", 13, 10, SOUND["terms"].replace("assert x", "assert x ==")),
    ("proof-form", 10, 10, SOUND["numeric"].replace("x + 3", "y = x + 3")),
    ("proof-form", 10, 10, SOUND["numeric"].replace("x + 3", "(x + 3")),
    ("proof-form", 11, 10, SOUND["tracing"].replace("print(1)", "print(1")),
    (
        "proof-form",
        12,
        10,
        BLANK
        + f"  listing: {' '.join(f'«{n}»' for n in range(1, 16))}\n  terms: {{A: f, B: g}}\n"
        + f"  answer: {{{', '.join(f'{n}: A' for n in range(1, 16))}}}\n  proof: assert x\n",
    ),
]


@pytest.mark.parametrize(
    ("rule", "line", "column", "text"), BROKEN, ids=[f"{n}-{case[0]}" for n, case in enumerate(BROKEN)]
)
def test_an_error_is_found_where_it_stands(lint: Lint, rule: str, line: int, column: int, text: str) -> None:
    findings = lint(text)
    assert [(f.rule, f.line, f.column, f.severity) for f in findings] == [(rule, line, column, "error")], findings


def test_a_question_with_an_error_stays_out_of_the_bank_and_the_others_stay_in(
    write: Callable[..., Path], folder: Path
) -> None:
    write(SOUND["tracing"] + SOUND["choice"].replace("ch03.q.01", "ch03.q.02").replace("answer: b", "answer: z"))
    bank = load_bank([folder])
    assert [question.id for question in bank.questions] == ["ch03.q.01"]
    assert [finding.rule for finding in bank.findings] == ["unknown-answer"]


def test_an_id_without_a_chapter_fits_everywhere(lint: Lint) -> None:
    assert lint(SOUND["tracing"].replace("ch03.q.01", "warm-up.shapes.07")) == []


def test_the_message_of_a_circle_names_its_steps(lint: Lint) -> None:
    (finding,) = lint(SOUND["precedence"].replace("{c: [a, b]}", "{c: [a], a: [c]}"))
    assert "`a` before `c` before `a`" in finding.sentence or "`c` before `a` before `c`" in finding.sentence


def test_wide_and_combining_characters_are_counted_as_the_terminal_shows_them() -> None:
    assert columns("┌──①──┐") == 7
    assert columns("日本") == 4
    assert columns("e\u0301") == 1


def test_a_figure_of_76_columns_fits(lint: Lint) -> None:
    assert lint(SOUND["diagram"].replace("① -> ②", "① " + 72 * "─" + " ②")) == []
