from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quizbook.bank.library import load_bank
from quizbook.bank.lint import lint_paths
from quizbook.bank.proof import proof_hash
from quizbook.bank.proven import Outcome, keep, outcomes
from quizbook.errors import QuizbookError

Write = Callable[..., Path]
QUESTIONS = """\
- {id: q.1, kind: tracing, section: '3.1', prompt: x, explain: e, code: print(1), answer: 1, proof: run}
- {id: q.2, kind: numeric, section: '3.1', prompt: y, explain: e, answer: 5, proof: 2 + 3}
- {id: q.3, kind: numeric, section: '3.1', prompt: z, explain: e, answer: 5}
"""


def hash_of(path: Path, id_: str) -> str:
    key = proof_hash(load_bank([path]).by_id(id_))
    assert key is not None
    return key


def test_proofs_that_were_never_run_are_counted_and_are_no_finding(write: Write) -> None:
    report = lint_paths([write(QUESTIONS)])
    assert (report.findings, report.never_proven) == ((), 2)
    assert "2 proofs never run here" in report.summary


def test_a_proof_that_held_is_silent(write: Write) -> None:
    path = write(QUESTIONS)
    keep({id_: Outcome(hash_of(path, id_), ok=True) for id_ in ("q.1", "q.2")})
    report = lint_paths([path])
    assert (report.findings, report.never_proven) == ((), 0)


def test_a_proof_that_failed_is_an_error_with_its_reasons(write: Write) -> None:
    path = write(QUESTIONS)
    keep({"q.2": Outcome(hash_of(path, "q.2"), ok=False, problems=("the proof computes 6", "really"))})
    (finding,) = lint_paths([path]).findings
    assert (finding.rule, finding.line, finding.severity) == ("proof-failed", 5, "error")
    assert finding.sentence == "The proof failed: the proof computes 6; really."


def test_a_proof_of_another_key_is_stale(write: Write) -> None:
    path = write(QUESTIONS)
    keep({"q.1": Outcome(hash_of(path, "q.1"), ok=True)})
    write(changed := QUESTIONS.replace("print(1), answer: 1", "print(2), answer: 2"))
    (finding,) = lint_paths([path]).findings
    assert (finding.rule, finding.line, finding.column) == ("proof-stale", 4, changed.index("run") + 1)


def test_outcomes_are_added_to_those_that_are_known(home: Path) -> None:
    keep({"a": Outcome("1", ok=True), "b": Outcome("2", ok=True)})
    keep({"b": Outcome("3", ok=False, problems=("x",))})
    assert outcomes() == {"a": Outcome("1", ok=True), "b": Outcome("3", ok=False, problems=("x",))}
    assert [path.name for path in (home / "cache").iterdir()] == ["proofs.json"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": ["x"]}', "[" * 100_000])
def test_a_damaged_file_of_outcomes_is_as_good_as_none(home: Path, content: str) -> None:
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "proofs.json").write_text(content)
    assert outcomes() == {}


def test_outcomes_that_cannot_be_kept_are_an_error(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(QuizbookError, match="cannot be kept"):
        keep({"a": Outcome("1", ok=True)})
