from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from typing import Any

import pytest

from quizbook.bank.proof import (
    MOST_COMBINATIONS,
    WRONG_NAME,
    Run,
    RunResult,
    UnprovableError,
    accepted,
    proof_hash,
    proof_of,
)
from quizbook.bank.questions import AnyQuestion, CodeBlank, MultipleChoice, Numeric, Tracing

TERMS = CodeBlank(
    id="a",
    section="3.4",
    prompt="p",
    listing="x = «1»([3, 1, 2])\ny = «2»(x)",
    terms={"A": "sorted", "B": "min", "C": "reversed", "D": "len"},
    answer={"1": "A", "2": "D"},
    proof="assert x == [1, 2, 3]\nassert y == 3",
)
TYPED = CodeBlank(
    id="a", section="3.4", prompt="p", listing="x = «1»(1, 2)", accept={"1": ("max", "min")}, proof="assert x in (1, 2)"
)
TRACING = Tracing(id="a", section="3.4", prompt="p", code="print(1/3, [1, 2])", answer="0.3333 [1,2]", proof="run")
NUMERIC = Numeric(id="a", section="3.4", prompt="p", answer=12, proof="x = 3\nx * 4")


def carried_out(run: Run) -> RunResult:
    """What the judge does behind the wall, done here for listings of our own."""
    namespace: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            exec(run.source, namespace)
            value = eval(run.expression, namespace) if run.expression else None
        except Exception as error:
            return RunResult(raised=f"{type(error).__name__}: {error}")
    return RunResult(printed=printed.getvalue(), value=value)


def problems(question: AnyQuestion) -> tuple[str, ...]:
    proof = proof_of(question)
    assert proof is not None
    return proof.problems([carried_out(run) for run in proof.runs])


@pytest.mark.parametrize("question", [TERMS, TYPED, TRACING, NUMERIC], ids=["terms", "typed", "tracing", "numeric"])
def test_a_true_key_is_proven(question: AnyQuestion) -> None:
    assert problems(question) == ()


def test_every_assignment_of_terms_is_laid_out_and_one_must_survive() -> None:
    proof = proof_of(TERMS)
    assert proof is not None
    assert len(proof.runs) == 4**2
    (right,) = [run for run in proof.runs if run.survives]
    assert right.name == "1: A, 2: D"
    assert right.source == "x = sorted([3, 1, 2])\ny = len(x)\nassert x == [1, 2, 3]\nassert y == 3"


def test_a_wrong_answer_does_not_survive_and_the_right_one_is_named() -> None:
    found = problems(replace(TERMS, answer={"1": "C", "2": "D"}))
    assert len(found) == 2
    assert found[0].startswith("1: A, 2: D survives the proof too")
    assert found[1].startswith("1: C, 2: D does not survive: ")


def test_a_loose_proof_lets_others_through() -> None:
    loose = replace(TERMS, proof="assert y")
    assert any(sentence.startswith("1: A, 2: B survives") for sentence in problems(loose))
    declared = replace(TERMS, proof="assert y", also=({"1": "A", "2": "B"},))
    assert not any("1: A, 2: B " in sentence for sentence in problems(declared))


def test_what_is_declared_equal_must_survive_too() -> None:
    assert problems(replace(TERMS, also=({"1": "B", "2": "D"},)))[0].startswith("1: B, 2: D does not survive")


def test_many_problems_are_told_in_few_sentences() -> None:
    found = problems(replace(TERMS, proof="pass", answer={"1": "B", "2": "D"}))
    assert len(found) == 6
    assert found[-1].startswith("and ")


def test_a_run_without_a_result_counts_as_not_survived() -> None:
    proof = proof_of(TERMS)
    assert proof is not None
    assert proof.problems([]) == ("1: A, 2: D does not survive: it did not finish",)


def test_every_typed_answer_must_survive_and_a_wrong_name_must_not() -> None:
    proof = proof_of(TYPED)
    assert proof is not None
    assert [(run.name, run.survives) for run in proof.runs] == [
        ("1: max", True), ("1: min", True), (f"1: {WRONG_NAME}", False)
    ]  # fmt: skip
    assert problems(replace(TYPED, accept={"1": ("max", "sum")}))[0].startswith("1: sum does not survive")


def test_a_blank_that_may_hold_anything_is_found() -> None:
    loose = replace(TYPED, listing="def f(): return «1»", accept={"1": ("x",)}, proof="assert f")
    assert problems(loose)[0].startswith(f"1: {WRONG_NAME} survives")


def test_the_answer_of_a_typed_blank_is_accepted_first() -> None:
    assert accepted(replace(TYPED, answer={"1": "sum"})) == {"1": ("sum", "max", "min")}
    assert accepted(replace(TYPED, answer={"1": "max"})) == {"1": ("max", "min")}


def test_too_many_typed_combinations_are_tried_one_by_one() -> None:
    listing = "x = " + " + ".join(f"«{n}»" for n in range(5))
    accept = {str(n): tuple(f"{k}" for k in range(4)) for n in range(5)}
    proof = proof_of(replace(TYPED, listing=listing, accept=accept))
    assert proof is not None
    assert MOST_COMBINATIONS < 4**5
    assert len(proof.runs) == 1 + 5 * 3 + 5


@pytest.mark.parametrize(
    ("answer", "proven"),
    [
        ("0.3333 [1,2]", True),
        ("0.33 [1, 2]", True),
        ("0.3334 [1,2]", False),
        ("0.3333 [1,2.]", False),
        ("0.3333", False),
    ],
)
def test_traced_code_must_print_the_answer(answer: str, proven: bool) -> None:
    assert (problems(replace(TRACING, answer=answer)) == ()) is proven


@pytest.mark.parametrize(
    ("answer", "tolerance", "value", "proven"),
    [
        (12, 0, 12, True),
        (12, 0, 12.0, True),
        (12, 0, 12.5, False),
        (12, 0.5, 12.5, True),
        (12, 0.5, 12.6, False),
        (0.43, "rounded", 0.4299, True),
        (0.43, "rounded", 0.44, False),
        (2.36e6, "rounded", 2360000.04, True),
        (12, 0, float("nan"), False),
        (12, 0, "12", False),
        (1, 0, True, False),
        (12, 0, None, False),
        (10**60, 0, 10**60, True),
        (10**60, 0, 10**60 + 1, False),
    ],
)
def test_a_number_must_be_the_answer_within_its_tolerance(
    answer: float, tolerance: Any, value: Any, proven: bool
) -> None:
    proof = proof_of(replace(NUMERIC, answer=answer, tolerance=tolerance))
    assert proof is not None
    assert (proof.problems([RunResult(value=value)]) == ()) is proven


@pytest.mark.parametrize(
    ("proof", "source", "expression"),
    [
        ("3 * 4", "", "3 * 4"),
        ("x = 3\nx * 4\n", "x = 3\n", "x * 4"),
        ("x = 3; x * 4", "x = 3; ", "x * 4"),
        ("(3\n * 4)", "", "(3\n * 4)"),
        ("ä = 3; ä * 4", "ä = 3; ", "ä * 4"),
    ],
)
def test_a_numeric_proof_is_statements_and_a_last_expression(proof: str, source: str, expression: str) -> None:
    laid_out = proof_of(replace(NUMERIC, proof=proof))
    assert laid_out is not None
    (run,) = laid_out.runs
    assert run.source == source
    assert run.expression is not None
    assert eval(run.expression, {"x": 3, "ä": 3}) == eval(expression, {"x": 3, "ä": 3})
    assert problems(replace(NUMERIC, proof=proof)) == ()


@pytest.mark.parametrize(
    "question",
    [
        replace(NUMERIC, proof="x = 3"),
        replace(NUMERIC, proof="3 *"),
        replace(NUMERIC, proof="(" * 5000 + ")" * 5000),
        replace(NUMERIC, proof="\x00"),
        replace(TERMS, proof="assert"),
        replace(TRACING, code="print("),
        replace(TERMS, listing=" ".join(f"«{n}»" for n in range(10))),
        replace(TERMS, listing=" ".join(f"«{n}»" for n in range(10_000))),
    ],
)
def test_a_proof_that_cannot_be_run_says_so(question: AnyQuestion) -> None:
    with pytest.raises(UnprovableError):
        proof_of(question)


def test_a_question_without_a_proof_has_none() -> None:
    choice = MultipleChoice(id="a", section="3", prompt="p", options={"a": "x", "b": "y"}, answer="a")
    for question in (choice, replace(TERMS, proof=None), replace(TRACING, proof=None), replace(NUMERIC, proof=None)):
        assert proof_of(question) is None
        assert proof_hash(question) is None


def test_the_hash_changes_with_what_is_run_and_not_with_the_wording() -> None:
    for question in (TERMS, TYPED, TRACING, NUMERIC):
        proof = proof_of(question)
        assert proof is not None
        assert proof.hash == proof_hash(question) == proof_hash(replace(question, prompt="other", explain="other"))
    assert proof_hash(TERMS) != proof_hash(replace(TERMS, answer={"1": "B", "2": "D"}))
    assert proof_hash(TERMS) != proof_hash(replace(TERMS, proof="assert y == 3"))
    assert proof_hash(TRACING) != proof_hash(replace(TRACING, answer="0.4"))
    assert proof_hash(NUMERIC) != proof_hash(replace(NUMERIC, tolerance=1))
