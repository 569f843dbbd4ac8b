"""What has to be run to prove a question's key, and what the runs must show; the running is not done here.

    proof = proof_of(question)               # None for a question without a `proof`
    results = [run them behind the wall]     # the judge's part: one RunResult for each of proof.runs, in order
    problems = proof.problems(results)       # no problem: the key is proven

A fill-in listing is run once for every assignment of its terms to its blanks: exactly the answer, and the assignments
that `also` declares equal, may survive. A tracing question's code is run and must print the answer. A numeric
question's expression must have the answer as its value.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quizbook.bank.hashing import digest
from quizbook.bank.marks import blanks_of, filled
from quizbook.bank.printed import half_unit, same_printed
from quizbook.bank.python_code import NotPythonError, parsed, split_last_expression
from quizbook.bank.questions import AnyQuestion, CodeBlank, Numeric, Tracing

RULES = 1  # raise it when a proof demands something else than before: every cached outcome is stale then
MOST_RUNS = 20_000
MOST_COMBINATIONS = 256  # of accepted typed answers; beyond that each accepted answer is tried with the first others
WRONG_NAME = "no_such_name_here"  # what a wrong typed answer looks like
_MOST_SHOWN = 5


class UnprovableError(ValueError):
    """A proof that cannot be run at all; the message is a sentence for the question's author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One program to run in a fresh namespace that holds `torch`, `nn` and `reference` on demand.

    name: how people call it, such as "1: C, 2: E".
    source: Python statements, to be executed first.
    expression: evaluated afterwards in the same namespace; its value goes into RunResult.value.
    survives: whether the key claims that it ends without an exception.
    """

    name: str
    source: str
    expression: str | None = None
    survives: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What became of one run, in plain values.

    raised: None if it ended by itself; otherwise "NameError: name 'x' is not defined", or what ended it from outside
        ("killed after 10 s"). A SyntaxError of the source counts as raised too.
    printed: its standard output.
    value: of the expression: a number or text (tensors of one element as `.item()`); None where there is no
        expression. Of any other type: repr() of it, as text.
    """

    raised: str | None = None
    printed: str = ""
    value: int | float | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The runs that prove one question's key.

    hash: of everything that the outcome depends on; an outcome under another hash is stale.
    """

    question: CodeBlank | Tracing | Numeric
    hash: str
    runs: tuple[Run, ...]

    def problems(self, results: Sequence[RunResult]) -> tuple[str, ...]:
        """Compare what the runs did with what the key claims; a sentence for each difference, none if it is proven.

        results: one for each run, in the order of `runs`; a missing one counts as not finished.
        """
        unfinished = itertools.repeat(RunResult(raised="it did not finish"))
        pairs = zip(self.runs, itertools.chain(results, unfinished), strict=False)
        found = [sentence for run, result in pairs if (sentence := self._problem(run, result))]
        if len(found) > _MOST_SHOWN:
            found[_MOST_SHOWN:] = [f"and {len(found) - _MOST_SHOWN} more of {len(self.runs)} runs"]
        return tuple(found)

    def _problem(self, run: Run, result: RunResult) -> str | None:
        if not run.survives:
            return (
                None if result.raised else f"{run.name} survives the proof too: sharpen it, or declare this in `also`"
            )
        if result.raised:
            return f"{run.name} does not survive: {result.raised}"
        if isinstance(self.question, Tracing) and not same_printed(self.question.answer, result.printed):
            return f"the code prints {_short(result.printed)}, the answer says {_short(self.question.answer)}"
        if isinstance(self.question, Numeric):
            return _wrong_value(self.question, result.value)
        return None


def proof_hash(question: AnyQuestion) -> str | None:
    """The hash of everything that the outcome of a proof depends on; None for a question without a proof."""
    parts: tuple[object, ...]
    match question:
        case CodeBlank(proof=str()):
            parts = (question.listing, question.terms, question.accept, question.answer, question.also, question.proof)
        case Tracing(proof="run"):
            parts = (question.code, question.answer)
        case Numeric(proof=str()):
            parts = (question.answer, question.tolerance, question.proof)
        case _:
            return None
    return digest((RULES, question.kind, *parts))


def proof_of(question: AnyQuestion) -> Proof | None:
    """Lay out the runs that prove a question; None for a question without a `proof`.

    Raises UnprovableError where the proof is not Python or there would be more than MOST_RUNS runs. The question
    must be free of lint errors.
    """
    key = proof_hash(question)
    if key is None:
        return None
    check_provable(question)
    match question:
        case CodeBlank():
            runs = tuple(_assignments(question) if question.terms else _typed(question))
        case Tracing():
            runs = (Run(name="the code", source=question.code),)
        case Numeric():
            source, expression = _split(question.proof or "")
            runs = (Run(name="the proof", source=source, expression=expression),)
        case _:  # pragma: no cover - proof_hash answers None for the other kinds
            return None
    return Proof(question=question, hash=key, runs=runs)


def check_provable(question: AnyQuestion) -> None:
    """See to it that a proof can be laid out, without laying it out.

    Raises UnprovableError, with a sentence that has no full stop: the proof is not Python, does not end with an
    expression where a value is wanted, or would take more than MOST_RUNS runs.
    """
    match question:
        case CodeBlank(proof=str()):
            blanks = blanks_of(question.listing)
            if len(question.terms) ** len(blanks) > MOST_RUNS:
                raise UnprovableError(
                    f"{len(question.terms)} terms in {len(blanks)} blanks make more than {MOST_RUNS:,} assignments, "
                    "too many to run: offer fewer terms or leave fewer blanks"
                )
            _must_be_python(question.proof or "", "proof")
        case Numeric(proof=str()):
            _split(question.proof or "")
        case Tracing(proof="run"):
            _must_be_python(question.code, "code")


def accepted(question: CodeBlank) -> dict[str, tuple[str, ...]]:
    """The accepted texts of each blank where the learner types: its `answer` first, then what `accept` adds."""
    return {
        blank: tuple(
            dict.fromkeys(
                ([question.answer[blank]] if blank in question.answer else []) + [*question.accept.get(blank, ())]
            )
        )
        for blank in blanks_of(question.listing)
    }


def _assignments(question: CodeBlank) -> Iterator[Run]:
    blanks, terms = blanks_of(question.listing), tuple(question.terms)
    right = [dict(question.answer), *map(dict, question.also)]
    for chosen in itertools.product(terms, repeat=len(blanks)):
        assignment = dict(zip(blanks, chosen, strict=True))
        texts = {blank: question.terms[term] for blank, term in assignment.items()}
        yield _run_of(question, assignment, texts, survives=assignment in right)


def _typed(question: CodeBlank) -> Iterator[Run]:
    allowed = accepted(question)
    first = {blank: texts[0] for blank, texts in allowed.items()}
    if math.prod(len(texts) for texts in allowed.values()) <= MOST_COMBINATIONS:
        combinations = [dict(zip(allowed, chosen, strict=True)) for chosen in itertools.product(*allowed.values())]
    else:
        combinations = [first] + [first | {blank: text} for blank, texts in allowed.items() for text in texts[1:]]
    for texts in combinations:
        yield _run_of(question, texts, texts, survives=True)
    for blank in allowed:
        texts = first | {blank: WRONG_NAME}
        yield _run_of(question, texts, texts, survives=False)


def _run_of(question: CodeBlank, names: Mapping[str, str], texts: Mapping[str, str], *, survives: bool) -> Run:
    name = ", ".join(f"{blank}: {names[blank]}" for blank in names)
    return Run(name=name, source=f"{filled(question.listing, texts)}\n{question.proof}", survives=survives)


def _must_be_python(code: str, noun: str) -> None:
    try:
        parsed(code)
    except NotPythonError as error:
        raise UnprovableError(f"the {noun} is not Python: {error}") from None


def _split(code: str) -> tuple[str, str]:
    try:
        split = split_last_expression(code)
    except NotPythonError as error:
        raise UnprovableError(f"the proof is not Python: {error}") from None
    if split is None:
        raise UnprovableError("the proof must end with an expression, whose value is the answer")
    return split


def _wrong_value(question: Numeric, value: int | float | str | None) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"the proof's value is {_short(str(value))}, which is no number"
    if not math.isfinite(value):
        return f"the proof's value is {value}, which is not finite"
    slack = float(half_unit(repr(question.answer))) if question.tolerance == "rounded" else float(question.tolerance)
    if value == question.answer or abs(value - question.answer) <= slack * (1 + 1e-9):
        return None
    return f"the proof computes {value}, the answer says {question.answer}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"`{line}`" if len(line) <= 60 else f"`{line[:57]}...`"
