"""The pytest that runs a check.py: nothing of a learner's surroundings reaches it, and it says nothing by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RUN = """
import json, os, sys
from pathlib import Path
from quizbook.judge.plugin import JudgePlugin
from quizbook.judge.pytest_session import prepare, run_checks

def run():
    plugin = JudgePlugin(lambda name, inputs: inputs, 1, lambda: {loaded})
    run_checks(Path(sys.argv[1]), plugin)
    return [[r.name, r.outcome, r.message] for r in plugin.results], plugin.broken

before = dict(os.environ)
{body}
assert dict(os.environ) == before, "the environment is another one than before"
"""
ONCE = "print(json.dumps(run()))"
CHECK = "def test_a(submission):\n    assert submission.call('echo', x=3) == {'x': 3}\n"
Session = Callable[..., Any]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """What a session in a process of its own finds in a check.py, standing in the check's folder."""

    def run(check: str = CHECK, body: str = ONCE, *, loaded: bool = True, **environment: str) -> Any:
        (tmp_path / "check.py").write_text(check)
        done = subprocess.run(
            [sys.executable, "-c", RUN.format(body=body, loaded=loaded), str(tmp_path / "check.py")],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return json.loads(done.stdout)

    return run


PASSED = [[["test_a", "passed", ""]], None]


def test_a_check_is_run_and_nothing_is_printed_by_pytest(session: Session) -> None:
    assert session() == PASSED


def test_what_a_check_prints_does_not_get_out_either(session: Session) -> None:
    assert (
        session("import sys\nprint('import')\n" + CHECK + "    print('call')\n    print('e', file=sys.stderr)\n")
        == PASSED
    )


@pytest.mark.parametrize("options", ["--collect-only", "--no-such-option"])
def test_no_variable_of_the_environment_changes_it(session: Session, options: str) -> None:
    variables = {"PYTEST_ADDOPTS": options, "PYTEST_PLUGINS": "no_such_plugin", "PY_COLORS": "1", "FORCE_COLOR": "1"}
    assert session(PYTEST_DISABLE_PLUGIN_AUTOLOAD="", **variables) == PASSED


def test_no_file_beside_the_check_changes_it(session: Session, tmp_path: Path) -> None:
    for name, text in {
        "conftest.py": "raise SystemExit('conftest was imported')\n",
        "pytest.ini": "[pytest]\naddopts = --collect-only\npython_functions = nothing\n",
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--no-such-option'\n",
        "tox.ini": "[pytest]\naddopts = --collect-only\n",
        "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
    }.items():
        (tmp_path / name).write_text(text)
    assert session() == PASSED


def test_a_session_that_was_prepared_finds_the_same(session: Session) -> None:
    assert session(body="prepare()\n" + ONCE) == PASSED


def test_one_process_can_run_several_one_after_another(session: Session) -> None:
    assert session(body="prepare()\nprint(json.dumps([run(), run(), run()]))") == [PASSED] * 3


def test_no_check_of_a_submission_that_could_not_be_loaded_is_run(session: Session, tmp_path: Path) -> None:
    check = f"from pathlib import Path\ndef test_a(submission):\n    Path({str(tmp_path / 'ran')!r}).touch()\n"
    assert session(check, loaded=False) == [[], None]
    assert not (tmp_path / "ran").exists()


def test_the_fixtures_of_a_check_may_be_shared_by_several(session: Session) -> None:
    check = """\
import pytest
asked = []

@pytest.fixture(scope="module")
def shared(submission, run_seed):
    asked.append(submission.call("echo", x=run_seed))
    return asked[-1]

def test_a(shared):
    assert len(asked) == 1

def test_b(shared, run_seed):
    assert len(asked) == 1 and shared == {"x": run_seed}
"""
    assert session(check) == [[["test_a", "passed", ""], ["test_b", "passed", ""]], None]


def test_checks_know_their_marks(session: Session) -> None:
    check = "import pytest\n@pytest.mark.points(2)\n@pytest.mark.needs('test_a')\ndef test_a(submission):\n    pass\n"
    assert session(check) == PASSED


def test_a_check_that_needs_one_which_is_not_there_is_broken(session: Session) -> None:
    check = "import pytest\n@pytest.mark.needs('test_b')\ndef test_a(submission):\n    pass\n"
    assert "test_a needs test_b, which is not there" in str(session(check)[1])


def test_it_leaves_no_files_beside_the_check(session: Session, tmp_path: Path) -> None:
    session()
    left = {path.name for path in tmp_path.rglob("*")} - {"check.py", "__pycache__"}
    assert not {name for name in left if not name.endswith(".pyc")}
