"""What the judge makes of the checks of a check.py: points, needs, remarks, messages and seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from small_course import Judged

PREAMBLE = "import pytest\nfrom quizbook.judge.checks import fail, remark\n"
Run = Callable[..., Any]


@pytest.fixture
def told(judge: Any, hand_in: Any, hurried_course: Path) -> Iterator[Judged]:
    """Judges a submission by a check.py and gives what was told, verdict or error."""
    with ExitStack() as stack:
        yield Judged(judge, hand_in, hurried_course, stack)


@pytest.fixture
def checks(told: Judged) -> Run:
    """The same for a verdict: its checks by name."""

    def run(check: str, *arguments: Any, **more: Any) -> dict[str, dict[str, Any]]:
        answer = told(PREAMBLE + check, *arguments, **more)
        assert answer.error is None, answer.error
        return {check["name"]: check for check in answer.verdict["checks"]}

    return run


# -- points, order and titles ------------------------------------------------------------------------------------------


def test_checks_count_what_their_mark_says_and_one_without_it(told: Judged) -> None:
    verdict = told(
        """\
import pytest

@pytest.mark.points(2)
def test_b(submission):
    assert submission.call("answer", x=2) == 4

def test_a(submission):
    assert submission.call("answer", x=3) == 6

@pytest.mark.points(0.5)
def test_c(submission):
    assert submission.call("answer", x=4) == 9
"""
    ).verdict
    assert [(c["name"], c["score"], c["points"]) for c in verdict["checks"]] == [
        ("test_b", 2, 2),
        ("test_a", 1, 1),
        ("test_c", 0, 0.5),
    ]
    assert (verdict["score"], verdict["points"], verdict["passed"]) == (3, 3.5, False)


def test_the_title_is_the_first_paragraph_of_the_docstring_in_one_line(checks: Run) -> None:
    found = checks('''
def test_titled(submission):
    """The answer is twice
    the number.

    This is for whoever writes checks.
    """

def test_bare(submission):
    pass
''')
    assert found["test_titled"]["title"] == "The answer is twice the number."
    assert found["test_bare"]["title"] == "test_bare"


def test_a_check_with_parameters_is_one_check_for_each(checks: Run) -> None:
    found = checks('''
@pytest.mark.parametrize("x", [1, 2])
def test_doubled(submission, x):
    """Twice."""
    assert submission.call("answer", x=x) == 2 * x
''')
    assert list(found) == ["test_doubled[1]", "test_doubled[2]"]


def test_nothing_but_checks_of_the_file_is_run(told: Judged) -> None:
    verdict = told("def test_a(submission):\n    pass\ndef check_b(submission):\n    assert False\n").verdict
    assert [c["name"] for c in verdict["checks"]] == ["test_a"]


# -- needs -------------------------------------------------------------------------------------------------------------


NEEDS = '''
def test_first(submission):
    """It doubles."""
    assert submission.call("answer", x=2) == 4

@pytest.mark.needs("test_first")
@pytest.mark.points(3)
def test_second(submission):
    """It doubles what is large."""
    assert submission.call("answer", x=2000) == 4000

@pytest.mark.needs("test_second")
def test_third(submission):
    """It is quick."""
'''


def test_a_check_waits_for_the_one_that_it_needs(checks: Run) -> None:
    found = checks(NEEDS, "def answer(x):\n    return x\n")
    assert [c["outcome"] for c in found.values()] == ["failed", "skipped", "skipped"]
    assert found["test_second"]["message"] == "first comes: It doubles."
    assert found["test_third"]["message"] == "first comes: It doubles what is large."
    assert (found["test_second"]["score"], found["test_second"]["points"]) == (0, 3)


def test_a_check_runs_when_what_it_needs_has_passed(checks: Run) -> None:
    assert [c["outcome"] for c in checks(NEEDS).values()] == ["passed"] * 3


def test_any_of_several_needs_is_enough_to_wait(checks: Run) -> None:
    found = checks('''
def test_a(submission):
    """A."""

def test_b(submission):
    """B."""
    fail("No.")

@pytest.mark.needs("test_a", "test_b")
def test_c(submission):
    """C."""
''')
    assert (found["test_c"]["outcome"], found["test_c"]["message"]) == ("skipped", "first comes: B.")


def test_a_check_that_has_parameters_can_be_needed_too(checks: Run) -> None:
    found = checks("""
@pytest.mark.parametrize("x", [1, 2])
def test_doubled(submission, x):
    assert submission.call("answer", x=x) == 2 * x * x

@pytest.mark.needs("test_doubled")
def test_large(submission):
    fail("It is told although what it needs has failed.")
""")
    assert [found[f"test_doubled[{x}]"]["outcome"] for x in (1, 2)] == ["passed", "failed"]
    assert found["test_large"]["outcome"] == "skipped"


def test_a_check_may_skip_itself_with_a_reason_and_the_submission_does_not_pass(told: Judged) -> None:
    answer = told('import pytest\ndef test_a(submission):\n    pytest.skip("tensorflow is not installed")\n')
    (check,) = answer.verdict["checks"]
    assert (check["outcome"], check["message"], check["score"]) == ("skipped", "tensorflow is not installed", 0)
    assert answer.exit_code == 1


# -- messages ----------------------------------------------------------------------------------------------------------


def test_a_remark_is_said_about_a_check_that_passes_and_no_other(checks: Run) -> None:
    found = checks("""
def test_a(submission):
    remark("It shares its storage.")
    remark("It shares its storage.")
    remark("It is slow.")

def test_b(submission):
    remark("This is not said: the check fails.")
    fail("Wrong.")

def test_c(submission):
    pass
""")
    assert found["test_a"]["message"] == "It shares its storage.\nIt is slow."
    assert (found["test_a"]["outcome"], found["test_a"]["score"]) == ("passed", 1)
    assert found["test_b"]["message"] == "Wrong."
    assert found["test_c"]["message"] == ""


def test_a_finding_is_told_with_what_was_expected_and_came(checks: Run) -> None:
    found = checks("""
def test_a(submission):
    fail("The order is wrong.", expected=[1, 2], got=submission.call("answer", x=[1]))
""")
    assert found["test_a"]["message"] == "The order is wrong.\nexpected: [1, 2]\ngot:      [1, 1]"


LONG = """
def test_a(submission):
    assert submission.call("answer", x=2) == 4

@pytest.mark.full
@pytest.mark.points(5)
def test_b(submission):
    assert submission.call("answer", x=3) == 6
"""


def test_a_long_check_runs_and_counts_only_where_it_is_asked_for(told: Judged) -> None:
    short, long = told(PREAMBLE + LONG), told(PREAMBLE + LONG, full=True)
    assert [check["name"] for check in short.verdict["checks"]] == ["test_a"]
    assert (short.verdict["passed"], short.verdict["points"]) == (True, 1)
    assert [check["name"] for check in long.verdict["checks"]] == ["test_a", "test_b"]
    assert (long.verdict["passed"], long.verdict["points"]) == (True, 6)


def test_a_bare_assert_fails_with_its_words_and_no_trace(checks: Run) -> None:
    found = checks("""
def test_a(submission):
    assert submission.call("answer", x=1) == 3, "one doubled is two"

def test_b(submission):
    assert submission.call("answer", x=1) == 3

def test_c(submission):
    pytest.fail("by pytest's own means")
""")
    assert [c["outcome"] for c in found.values()] == ["failed"] * 3
    assert found["test_a"]["message"].startswith("one doubled is two")
    assert found["test_b"]["message"]
    assert found["test_c"]["message"] == "by pytest's own means"
    assert not any("Traceback" in c["message"] or "check.py" in c["message"] for c in found.values())


def test_a_message_without_end_is_cut_and_holds_no_control_characters(checks: Run) -> None:
    found = checks("""
def test_a(submission):
    fail("\\x1b[2J" + "x" * 1_000_000)
""")
    assert len(found["test_a"]["message"]) < 5000
    assert "\x1b" not in found["test_a"]["message"]


RAISES = "def answer(x):\n    return {}['missing']\n"


def test_an_exception_of_the_submission_is_a_finding_with_its_line(checks: Run) -> None:
    (check,) = checks("def test_a(submission):\n    submission.call('answer', x=1)\n", RAISES).values()
    assert check["outcome"] == "failed"
    assert check["message"] == "your code raised KeyError in line 2 (`return {}['missing']`): 'missing'"


def test_diagnose_gives_an_exception_its_name(checks: Run) -> None:
    (check,) = checks(
        """
def test_a(submission):
    submission.call("answer", x=1)

def diagnose(raised):
    return "There is no such key." if raised.type == "KeyError" and raised.line == 2 else None
""",
        RAISES,
    ).values()
    assert check["message"] == (
        "There is no such key.\ngot:      KeyError in line 2 (`return {}['missing']`): 'missing'"
    )


def test_an_exception_that_diagnose_does_not_know_keeps_its_own_words(checks: Run) -> None:
    check = "def test_a(submission):\n    submission.call('answer', x=1)\n\ndef diagnose(raised):\n    return None\n"
    assert checks(check, RAISES)["test_a"]["message"].startswith("your code raised KeyError in line 2")


def test_what_may_not_cross_the_wall_is_a_finding(checks: Run) -> None:
    (check,) = checks(
        "def test_a(submission):\n    submission.call('answer', x=1)\n", "def answer(x):\n    return object\n"
    ).values()
    assert (check["outcome"], check["score"]) == ("failed", 0)
    assert check["message"].startswith("what your code returned cannot be judged: type is no plain value")


# -- seeds -------------------------------------------------------------------------------------------------------------


SEEDS = """
def test_a(seed, run_seed):
    remark(f"{seed} {run_seed}")

def test_b(seed, run_seed):
    remark(f"{seed} {run_seed}")
"""


def seeds_of(verdict: dict[str, Any]) -> list[list[str]]:
    return [check["message"].split() for check in verdict["checks"]]


def test_the_same_run_seed_gives_the_same_seeds_and_every_check_its_own(told: Judged) -> None:
    one, other = told(PREAMBLE + SEEDS, times=2, seed=41)
    (a, run_a), (b, run_b) = seeds_of(one.verdict)
    assert a != b
    assert run_a == run_b
    assert seeds_of(one.verdict) == seeds_of(other.verdict)
    assert one.verdict["seed"] == 41


def test_another_run_seed_gives_other_seeds(told: Judged) -> None:
    found = [seeds_of(told(PREAMBLE + SEEDS, seed=seed).verdict) for seed in (41, 42)]
    flat = [seed for run in found for a, run_seed in run for seed in (a, run_seed)]
    assert len(set(flat)) == 6


def test_without_a_seed_every_run_draws_a_new_one_and_says_it(told: Judged) -> None:
    one, other = told(PREAMBLE + SEEDS, times=2, seed=None)
    assert one.verdict["seed"] != other.verdict["seed"]
    assert seeds_of(one.verdict) != seeds_of(other.verdict)
    assert f"--seed {one.verdict['seed']}" in one.text or f"seed {one.verdict['seed']}," in one.text


def test_seeds_are_good_for_torch(checks: Run) -> None:
    assert all(c["outcome"] == "passed" for c in checks("""
import torch

def test_a(seed, run_seed):
    torch.manual_seed(seed)
    torch.Generator().manual_seed(run_seed)
    assert 0 <= seed < 2**31 and 0 <= run_seed < 2**31
""").values())  # fmt: skip


def test_a_tensor_where_a_plain_value_is_compared_is_not_right_and_breaks_nothing(checks: Run) -> None:
    result = checks(
        """\
import torch

def test_a(submission):
    got = [submission.call("answer", x=torch.ones(2))]
    assert got == [2]

def test_b(submission):
    assert submission.call("answer", x=1) == 2
"""
    )
    assert (result["test_a"]["outcome"], result["test_b"]["outcome"]) == ("failed", "passed")
    assert result["test_a"]["message"].startswith("A tensor came where a plain value is expected")
