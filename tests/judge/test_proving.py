"""`bank prove`: keys are proven by running what they claim, behind the wall."""

from __future__ import annotations

import itertools
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from warm_judge import eventually

from quizbook.bank import proven
from quizbook.bank.questions import AnyQuestion, CodeBlank, MultipleChoice, Numeric, Tracing
from quizbook.judge.proving import Proven, prove

LISTING = CodeBlank(
    id="",
    section="3.4",
    prompt="p",
    listing="scores = queries @ keys.«1»\nweights = torch.«2»(scores, dim=-1)",
    terms={"A": "T", "B": "softmax", "C": "abs().T", "D": "argsort"},
    answer={"1": "A", "2": "B"},
    proof="assert torch.allclose(weights.sum(-1), torch.ones(4))\nassert torch.equal(scores, queries @ keys.T)",
)
LISTING = replace(LISTING, listing=f"queries, keys = torch.randn(4, 3), torch.randn(4, 3)\n{LISTING.listing}")
TRACING = Tracing(
    id="", section="3.1", prompt="p", code="print(torch.arange(3) * 2)", answer="tensor([0,2,4])", proof="run"
)
NUMERIC = Numeric(id="", section="4.2", prompt="p", answer=2360064, proof="d = 768\n4 * d * d + d")
_ids = itertools.count(1)


def fresh(question: Any, **changes: Any) -> Any:
    """The question under an id of which nothing is known yet."""
    return replace(question, id=f"ch03.q.{next(_ids)}", **changes)


def proved(question: AnyQuestion, **more: bool) -> Proven:
    (result,) = prove([question], **more)
    return result


def traced(code: str, answer: str) -> Proven:
    return proved(fresh(TRACING, code=code, answer=answer))


# -- proven or not -----------------------------------------------------------------------------------------------------


def test_keys_that_hold_are_proven_and_kept(judge: Any) -> None:
    questions = [fresh(LISTING), fresh(TRACING), fresh(NUMERIC)]
    results = list(prove(questions))
    assert [(r.outcome.ok, r.outcome.problems, r.runs, r.fresh) for r in results] == [
        (True, (), 16, True),
        (True, (), 1, True),
        (True, (), 1, True),
    ]
    kept = proven.outcomes()
    assert all(kept[question.id].ok for question in questions)


def test_a_proof_that_lets_another_assignment_through_is_reported(judge: Any) -> None:
    question = fresh(LISTING, proof="assert weights.shape == (4, 4)")
    outcome = proved(question).outcome
    assert not outcome.ok
    assert any("1: C, 2: B survives the proof too" in problem for problem in outcome.problems)
    assert proven.outcomes()[question.id] == outcome


def test_assignments_that_are_declared_equal_have_to_survive_too(judge: Any) -> None:
    positive = LISTING.listing.replace("randn", "rand")
    ambiguous = fresh(LISTING, listing=positive)
    (problem,) = proved(ambiguous).outcome.problems
    assert problem.startswith("1: C, 2: B survives the proof too")
    assert proved(replace(ambiguous, also=({"1": "C", "2": "B"},))).outcome.ok


def test_a_wrong_key_is_reported_with_the_right_one(judge: Any) -> None:
    problems = proved(fresh(LISTING, answer={"1": "B", "2": "A"})).outcome.problems
    assert any(p.startswith("1: A, 2: B survives the proof too") for p in problems)
    assert any(p.startswith("1: B, 2: A does not survive: ") for p in problems)
    assert proved(fresh(TRACING, answer="tensor([0, 1, 2])")).outcome.problems == (
        "the code prints `tensor([0, 2, 4])`, the answer says `tensor([0, 1, 2])`",
    )
    assert proved(fresh(NUMERIC, answer=2359296)).outcome.problems == (
        "the proof computes 2360064, the answer says 2359296",
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("print(1 / 0)", "ZeroDivisionError: division by zero"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("import os\nos._exit(0)", "it left the process (exit status 0)"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "its process was killed"),
    ],
)
def test_code_that_does_not_come_to_its_end_is_said_with_the_reason(judge: Any, code: str, reason: str) -> None:
    (problem,) = traced(code, "1").outcome.problems
    assert problem.startswith(f"the code does not survive: {reason}")


def test_after_a_run_that_ended_its_process_the_others_are_run_all_the_same(judge: Any) -> None:
    """Three of four assignments end the process, and the right one is still found."""
    question = fresh(
        LISTING,
        listing="import os\n«1»\n«2»\nx = 1",
        terms={"A": "pass", "B": "os._exit(0)"},
        answer={"1": "A", "2": "A"},
        proof="assert x == 1",
    )
    result = proved(question)
    assert (result.outcome.ok, result.runs) == (True, 4)


@pytest.mark.slow
def test_a_listing_that_never_ends_has_not_survived(judge: Any) -> None:
    question = fresh(
        LISTING,
        listing="x = 3\nwhile x > 0:\n    x = x «1» 1",
        terms={"A": "-", "B": "+"},
        answer={"1": "B"},
        proof="assert x == 0",
    )
    decreasing, endless = proved(question).outcome.problems
    assert decreasing.startswith("1: A survives the proof too")
    assert endless.startswith("1: B does not survive: timed out: it was still running after 10 s")


def test_a_proof_that_is_not_python_is_reported_without_a_run(judge: Any) -> None:
    result = proved(fresh(NUMERIC, proof="4 *"))
    assert (result.outcome.ok, result.runs) == (False, 0)
    assert result.outcome.problems[0].startswith("the proof is not Python")


def test_questions_without_a_proof_are_passed_over(judge: Any) -> None:
    choice = MultipleChoice(id="ch03.mc.1", section="3.1", prompt="p", options={"a": "1", "b": "2"}, answer="a")
    assert list(prove([choice, fresh(TRACING, proof=None), fresh(NUMERIC, proof=None)])) == []


# -- once is enough ----------------------------------------------------------------------------------------------------


def test_what_is_known_is_not_run_again(judge: Any) -> None:
    questions = [fresh(TRACING), fresh(NUMERIC, answer=1)]
    first, second = list(prove(questions)), list(prove(questions))
    assert [(r.fresh, r.runs) for r in first] == [(True, 1), (True, 1)]
    assert [(r.fresh, r.runs) for r in second] == [(False, 0), (False, 0)]
    assert [r.outcome for r in first] == [r.outcome for r in second]
    assert [r.outcome.ok for r in second] == [True, False]


@pytest.mark.parametrize("change", [{"answer": "tensor([0, 2, 5])"}, {"code": "print(torch.arange(3))"}])
def test_a_question_whose_key_or_code_changed_is_run_again(judge: Any, change: dict[str, str]) -> None:
    question = fresh(TRACING)
    assert proved(question).outcome.ok
    again = proved(replace(question, **change))
    assert (again.fresh, again.outcome.ok) == (True, False)
    assert proved(replace(question, prompt="Said in other words.")).fresh  # the older key's outcome was replaced


def test_other_words_alone_change_nothing_that_was_proven(judge: Any) -> None:
    question = fresh(TRACING)
    assert proved(question).fresh
    assert not proved(replace(question, prompt="Said in other words.", explain="And why.")).fresh


def test_all_can_be_run_again(judge: Any) -> None:
    question = fresh(NUMERIC)
    assert [proved(question, again=again).fresh for again in (False, False, True)] == [True, False, True]


# -- the wall ----------------------------------------------------------------------------------------------------------


REFUSED = """
try:
    {}
    print("done")
except OSError as error:
    print("refused")
"""


def test_a_proof_cannot_write_outside(judge: Any, judge_home: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, judge_home, Path(__file__).parent):
        mark = folder / "written_by_a_proof"
        assert traced(REFUSED.format(f"open({str(mark)!r}, 'w')"), "refused").outcome.ok
        assert not mark.exists()


def test_a_proof_cannot_read_the_learners_files(judge: Any, judge_home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for path in (tmp_path / "secret", judge_home, Path(__file__), Path(__file__).parents[2] / "question_bank"):
        act = f"import os; os.listdir({str(path)!r})" if path.is_dir() else f"open({str(path)!r}).read()"
        assert traced(REFUSED.format(act), "refused").outcome.ok, path


def test_a_proof_cannot_open_the_network(judge: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        assert traced(REFUSED.format(f"import socket; socket.create_connection({address!r}, 2)"), "refused").outcome.ok
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_proof_cannot_start_a_program(judge: Any) -> None:
    assert traced(REFUSED.format("import os; os.fork()"), "refused").outcome.ok
    assert traced(REFUSED.format("import subprocess; subprocess.run(['true'])"), "refused").outcome.ok


def test_each_run_begins_in_a_fresh_namespace_with_the_same_dice(judge: Any) -> None:
    question = fresh(
        LISTING,
        listing="assert 'seen' not in globals()\nseen = torch.rand(1)\nx = «1»",
        terms={"A": "1", "B": "2"},
        answer={"1": "A"},
        proof="torch.manual_seed(123)\nassert torch.equal(seen, torch.rand(1)) and x == 1",
    )
    assert proved(question).outcome.ok


def test_a_proof_may_use_the_reference(judge: Any) -> None:
    code = "print(reference.attention.SelfAttention_v1(3, 2).W_query.shape)"
    assert traced(f"from reference.attention import SelfAttention_v1\n{code}", "torch.Size([3, 2])").outcome.ok


def test_nothing_of_a_proof_is_left(judge: Any) -> None:
    before = set(judge.scratch())  # a judge that a test killed leaves its folders to the next one, which sweeps them
    traced("import pathlib\npathlib.Path('own').write_text('x' * 1000)\nprint(1)", "1")
    assert eventually(lambda: set(judge.scratch()) <= before)
