"""What takes seconds to import is imported once, on both sides of the wall, and nothing of it hinders a fork."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from small_course import exercise_in
from warm_judge import REPO, Judge, eventually

from quizbook.judge.kept_warm import KEPT_WARM

SLOW = "torch._dynamo"
CHECK = """
    import sys
    there = "torch._dynamo" in sys.modules

    def test_both_sides(submission, seed):
        \"\"\"Both sides have it before they run.\"\"\"
        assert (there, submission.call("answer", x=2)) == EXPECTED
    """
SUBMISSION = "import sys\nthere = 'torch._dynamo' in sys.modules\ndef answer(x):\n    return there\n"
LOOK = """
import os, sys, threading
import torch
torch.set_num_threads(1)

def threads():
    return threading.active_count(), len(os.listdir("/proc/self/task"))

before = threads()
from quizbook.judge.kept_warm import import_once
import_once([sys.argv[1]])
assert sys.argv[1] in sys.modules, "it was not imported"
assert threads() == before, (before, threads())
assert "matplotlib" not in sys.modules, "children could not import it"
"""


@pytest.fixture
def asked(hurried_course: Path, hand_in: Callable[..., Path]) -> Iterator[Callable[..., str]]:
    """What an exercise that wants these imports tells of both sides, by the judge that is given."""
    with ExitStack() as stack:

        def ask(judge: Judge, expected: tuple[bool, bool], imports: list[str]) -> str:
            check = CHECK.replace("EXPECTED", repr(expected))
            id = stack.enter_context(exercise_in(hurried_course, check, imports=imports))
            told = judge.check(hand_in(SUBMISSION), id)
            return "as expected" if told.exit_code == 0 else told.text

        yield ask


@pytest.mark.slow
def test_both_sides_have_what_an_exercise_imports_and_only_from_then_on(own_judge: Judge, asked) -> None:
    assert asked(own_judge, (False, False), []) == "as expected"
    pids = own_judge.pid(), own_judge.runner_pid()
    assert asked(own_judge, (True, True), [SLOW]) == "as expected"
    assert asked(own_judge, (True, True), []) == "as expected"  # it is kept, whatever is asked for next
    assert (own_judge.pid(), own_judge.runner_pid()) == pids
    assert own_judge.honest().exit_code == 0
    os.kill(pids[1], 9)
    assert eventually(lambda: not Path(f"/proc/{pids[1]}").exists())
    assert asked(own_judge, (True, True), [SLOW]) == "as expected"  # a new runner is told again
    assert own_judge.runner_pid() != pids[1]


def test_a_package_that_is_not_installed_is_left_to_the_check(tmp_path: Path) -> None:
    """In a process where it cannot be found: the import is tried once, and what needs it says the rest."""
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from quizbook.judge.kept_warm import import_once, not_tried\n"
        "assert not_tried(['tensorflow']) == ('tensorflow',)\n"
        "import_once(['tensorflow'])\n"
        "assert not_tried(['tensorflow']) == ()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPO)})


@pytest.mark.slow
@pytest.mark.parametrize("package", KEPT_WARM)
def test_it_leaves_no_thread_behind_and_no_file_in_the_home(package: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(package.partition(".")[0]) is None:
        pytest.skip(f"{package} is not installed")
    environment = {**os.environ, "PYTHONPATH": str(REPO), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", LOOK, package], check=True, cwd=tmp_path, env=environment)
    assert list(tmp_path.iterdir()) == []
