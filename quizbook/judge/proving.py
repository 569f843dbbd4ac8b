"""Proves the keys of questions: their runs go behind the wall, what came of them is compared and kept for lint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from quizbook.bank import proven
from quizbook.bank.proof import Run, RunResult, UnprovableError, proof_hash, proof_of
from quizbook.bank.proven import Outcome
from quizbook.bank.questions import AnyQuestion
from quizbook.judge.client import ask

AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Proven:
    """What came of one question's proof. fresh: whether it was run now, or known from before."""

    id: str
    outcome: Outcome
    runs: int
    fresh: bool


def prove(questions: Iterable[AnyQuestion], *, again: bool = False) -> Iterator[Proven]:
    """The outcome for each question with a proof, as they come; each is kept at once.

    A question whose proof has not changed since it was last run is not run again, unless `again`.
    """
    known = {} if again else proven.outcomes()
    todo: list[AnyQuestion] = []
    for question in questions:
        outcome = known.get(question.id)
        if outcome and outcome.hash == proof_hash(question):
            yield Proven(question.id, outcome, 0, fresh=False)
        elif proof_hash(question) is not None:
            todo.append(question)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for result in pool.map(_prove, todo):
            proven.keep({result.id: result.outcome})
            yield result


def _prove(question: AnyQuestion) -> Proven:
    key = proof_hash(question) or ""
    try:
        proof = proof_of(question)
    except UnprovableError as error:
        return Proven(question.id, Outcome(key, False, (str(error),)), 0, fresh=True)
    assert proof is not None
    problems = proof.problems(_results(proof.runs))
    return Proven(question.id, Outcome(proof.hash, not problems, problems), len(proof.runs), fresh=True)


def _results(runs: tuple[Run, ...]) -> list[RunResult]:
    told = ask({"do": "prove", "runs": [[run.source, run.expression] for run in runs]})["results"]
    return [RunResult(raised=r["raised"], printed=r["printed"], value=r["value"]) for r in told]
