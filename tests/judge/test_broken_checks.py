"""A check.py that is broken: our fault, said in a sentence, with the trace for the log, and never the learner's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from small_course import Judged


@pytest.fixture
def told(judge: Any, hand_in: Any, hurried_course: Path) -> Iterator[Judged]:
    """Judges a right submission by a check.py and gives what was told, verdict or error."""
    with ExitStack() as stack:
        yield Judged(judge, hand_in, hurried_course, stack)


BROKEN = {
    "a file that is not Python": "def test_a(submission:\n",
    "an import that is not there": "import no_such_module_of_ours\ndef test_a(submission):\n    pass\n",
    "a file that raises": "1 / 0\ndef test_a(submission):\n    pass\n",
    "a check that raises": "def test_a(submission):\n    {}['W_qurey']\n",
    "a fixture that raises": (
        "import pytest\n@pytest.fixture\ndef case():\n    raise RuntimeError\ndef test_a(case):\n    pass\n"
    ),
    "a fixture that is not there": "def test_a(no_such_fixture):\n    pass\n",
    "a fixture that raises in the end": (
        "import pytest\n@pytest.fixture\ndef case():\n    yield 1\n    raise RuntimeError\n"
        "def test_a(case):\n    pass\n"
    ),
    "no checks at all": "def check_a(submission):\n    pass\n",
    "an exit": "def test_a(submission):\n    raise SystemExit(0)\n",
    "an exit of pytest": "import pytest\ndef test_a(submission):\n    pytest.exit('done', returncode=0)\n",
    "a broken diagnose": (
        "def test_a(submission):\n    submission.call('answer', x=None)\n"
        "def diagnose(raised):\n    return raised.no_such\n"
    ),
}


@pytest.mark.parametrize("check", BROKEN.values(), ids=[name.replace(" ", "_") for name in BROKEN])
def test_a_broken_check_is_our_fault_and_never_the_learners(told: Judged, check: str) -> None:
    answer = told(check)
    assert answer.error is not None, answer.text
    assert answer.error.kind == "internal"
    assert answer.exit_code == 4
    assert "not your fault" in answer.error.message
    assert "Traceback" not in answer.error.message
    assert "\n" not in answer.error.message
    assert len(answer.error.message) < 500


@pytest.mark.parametrize("name", ["a check that raises", "an import that is not there"])
def test_the_trace_of_a_broken_check_goes_along_for_the_log(told: Judged, name: str) -> None:
    trace = "\n".join(told(BROKEN[name]).error.__notes__)
    assert "Traceback" in trace
    assert "check.py" in trace
    assert ("W_qurey" if "raises" in name else "no_such_module_of_ours") in trace


def test_a_check_that_breaks_after_another_failed_is_our_fault_all_the_same(told: Judged) -> None:
    failed = "from quizbook.judge.checks import fail\ndef test_a(submission):\n    fail('No.')\n"
    assert told(failed).exit_code == 1
    assert told(failed + "def test_b(submission):\n    1 / 0\n").exit_code == 4


def test_after_a_broken_check_the_next_one_is_judged_as_ever(told: Judged, judge: Any) -> None:
    assert told(BROKEN["a file that raises"]).exit_code == 4
    assert judge.honest().exit_code == 0
