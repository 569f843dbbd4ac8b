"""The traps that others fell into: the reference as an answer key, forks that hang, a learner's files and words."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from warm_judge import EXERCISE, HURRIED, Judge, end_judges_of, write_exercise

from quizbook.errors import QuizbookError
from quizbook.judge import client

SOLUTION = (EXERCISE / "solution.py").read_text()
NOTHING = "def transfer_weights(source, target):\n    pass\n"


# -- the reference is an answer key -----------------------------------------------------------------------------------

WITHHOLDING = {
    "exercise.yaml": """
        id: "94.1"
        title: The class itself
        task: Write the class.
        entry_points: {told: "() -> str"}
        hints: [one, two, three]
        withheld: [attention]
        limits: {cpu_s: 5, wall_s: 8}
        """,
    "probe.py": "def told(submission):\n    return submission.told()\n",
    "check.py": """
        from quizbook.judge.checks import fail
        import reference.attention

        def test_it_tells(submission, seed):
            \"\"\"It tells nothing.\"\"\"
            fail("told: " + str(submission.call("told")) + f" {reference.attention.SelfAttention_v1.__name__}")
        """,
}


@pytest.fixture(scope="module")
def withholding(tmp_path_factory):
    """A home, and a folder of exercises with one that withholds reference.attention."""
    home, course = tmp_path_factory.mktemp("withholding_home"), tmp_path_factory.mktemp("withholding")
    write_exercise(course, "ch94", WITHHOLDING)
    yield home, course
    end_judges_of(home)


@pytest.fixture
def withheld(request, withholding, hurried_course, hand_in, monkeypatch):
    """Judges a submission to that exercise, beside exercises that withhold nothing, when others were judged before."""
    home, course = withholding
    monkeypatch.setenv("QUIZBOOK_HOME", str(home))
    honest = Judge(home).honest()  # so that what is warm has had every chance to know too much
    assert honest.verdict is not None
    if "withheld" in honest.verdict["wall"] and "named" not in request.node.name:
        pytest.skip("no mount namespace here: what is withheld can be read as text, and the report says so")
    monkeypatch.setenv("QUIZBOOK_EXERCISES", f"{hurried_course}{os.pathsep}{course}")
    return lambda source: Judge(home).check(hand_in(source), "94.1")


def test_importing_a_withheld_module_is_named_as_a_finding(withheld):
    for statement in ("from reference.attention import SelfAttention_v1", "import reference.attention as a"):
        told = withheld(f"{statement}\ndef told(): return 'x'\n")
        assert told.exit_code == 2
        assert "reference.attention is withheld" in told.messages


def test_a_withheld_module_reads_as_empty_text_and_so_does_its_byte_code(withheld):
    told = withheld(
        "import glob, os, reference\n"
        "here = os.path.dirname(reference.__file__)\n"
        "def told():\n"
        "    files = glob.glob(here + '/attention*.py') + glob.glob(here + '/__pycache__/attention.*')\n"
        "    return repr(sorted({len(open(file, 'rb').read()) for file in files}))\n"
    )
    assert "told: [0] SelfAttention_v1" in told.messages  # the judge in front has it, the child has not


def test_a_withheld_module_is_not_in_the_memory_that_the_child_was_forked_from(withheld):
    told = withheld(
        "import gc, sys\n"
        "def told():\n"
        "    sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != 'Withheld']\n"
        "    names = {m for m in sys.modules if m.startswith('reference.')}\n"
        "    kinds = {k.__name__ for k in gc.get_objects() if isinstance(k, type)}\n"
        "    try:\n"
        "        import reference.attention as a\n"
        "        found = hasattr(a, 'SelfAttention_v1')\n"
        "    except ImportError:\n"
        "        found = False\n"
        "    return repr(('reference.attention' in names, 'SelfAttention_v1' in kinds, found))\n"
    )
    assert "told: (False, False, False)" in told.messages


# -- forking what has threads -----------------------------------------------------------------------------------------


def test_a_parallel_product_in_one_child_hangs_neither_it_nor_the_next(judge, hand_in):
    parallel = "\na = torch.randn(1200, 1200)\nprint(float((a @ a).sum()) == 0, torch.get_num_threads())\n"
    for _ in range(3):
        told = judge.check(hand_in(SOLUTION + parallel))
        assert told.exit_code == 0, told.text
        assert told.printed.strip() == "False 2"


def test_four_submissions_at_once_each_get_their_own_verdict(judge, hand_in):
    files = [hand_in((SOLUTION if n % 2 else NOTHING) + f"print('number {n}')\n") for n in range(4)]
    assert judge.honest().exit_code == 0
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(judge.check, files))
    assert [t.exit_code for t in told] == [1, 0, 1, 0]
    assert [t.printed.strip() for t in told] == [f"number {n}" for n in range(4)]


# -- what the learner's folder and environment say ---------------------------------------------------------------------


def meddle(folder: Path) -> None:
    """Files that turn every test of an unprotected pytest into a pass."""
    (folder / "conftest.py").write_text(
        "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    outcome = yield\n    outcome.get_result().outcome = 'passed'\n"
    )
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--collect-only'\n")
    (folder / "sitecustomize.py").write_text("raise SystemExit(0)\n")
    for name in ("pytest", "torch", "json", "reference", "check"):
        (folder / f"{name}.py").write_text("raise SystemExit(0)\n")


@pytest.mark.parametrize("spawn", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_configuration_beside_the_file_and_in_the_environment_changes_nothing(own_judge, hand_in, monkeypatch, spawn):
    if spawn:
        monkeypatch.setenv("QUIZBOOK_SPAWN", "1")
    wrong, right = hand_in("# torch json pytest conftest sitecustomize reference check\n" + NOTHING), hand_in(SOLUTION)
    for folder in (wrong.parent, right.parent):
        meddle(folder)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    monkeypatch.setenv("PYTEST_PLUGINS", "conftest")
    monkeypatch.setenv("PYTHONPATH", str(wrong.parent))
    monkeypatch.setenv("PYTHONSTARTUP", str(wrong.parent / "sitecustomize.py"))
    monkeypatch.chdir(wrong.parent)
    told = own_judge.check(wrong, cwd=str(wrong.parent))
    assert told.verdict is not None, told.text
    assert told.verdict["score"] == 0
    assert len(told.verdict["checks"]) == 7
    told = own_judge.check(right, cwd=str(wrong.parent))
    assert told.exit_code == 0, told.text


def test_the_files_that_a_submission_names_go_along_and_no_others(judge, hand_in):
    file = hand_in(
        "import os\nfrom mine import transfer_weights\n"
        "print(sorted(os.listdir(os.path.dirname(__file__))), open(os.path.dirname(__file__) + '/data.json').read())\n"
    )
    (file.parent / "mine.py").write_text(SOLUTION)
    (file.parent / "data.json").write_text("[1]")
    (file.parent / "other.py").write_text("secret = 1")
    (file.parent / ".token.json").write_text("secret")
    (file.parent / "key.pem").write_text("secret")
    told = judge.check(file)
    assert told.exit_code == 0, told.text
    assert told.printed.strip() == "['data.json', 'handed.py', 'mine.py', 'probe.py'] [1]"
    alone = judge.check(file, alone=True)
    assert alone.exit_code == 2
    assert "mine" in alone.messages


@pytest.mark.parametrize("name", ["solution", "check", "starter", "mistakes.not_transposed"])
def test_a_file_in_an_exercises_own_folder_gets_no_neighbours(judge, tmp_path, name):
    folder = shutil.copytree(EXERCISE, tmp_path / "exercise")
    (folder / "importer.py").write_text(f"from {name} import *\n")
    told = judge.check(folder / "importer.py")
    assert told.exit_code == 2
    assert name.partition(".")[0] in told.messages


# -- seeds ------------------------------------------------------------------------------------------------------------


def test_a_seed_repeats_a_run_and_without_one_every_run_is_another(judge, hand_in):
    file = hand_in(NOTHING)
    first, again = judge.check(file), judge.check(file)
    assert first.messages == again.messages
    assert "expected:" in first.messages
    fresh, other = judge.check(file, seed=None), judge.check(file, seed=None)
    assert fresh.verdict is not None
    assert other.verdict is not None
    assert fresh.verdict["seed"] != other.verdict["seed"]
    assert fresh.messages != other.messages
    assert judge.check(file, seed=fresh.verdict["seed"]).messages == fresh.messages


def test_who_asks_for_the_whole_wall_gets_it_or_exit_3(judge):
    look = client.ask({"do": "look"})
    told = judge.check(EXERCISE / "solution.py", require_wall=True)
    assert told.exit_code == (0 if look["wall"] == "full" else 3)


@pytest.mark.slow
def test_a_judge_that_cannot_start_says_why(own_judge, monkeypatch, tmp_path):
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(tmp_path / "nowhere"))
    with pytest.raises(QuizbookError) as raised:
        client.ask({"do": "check", "id": HURRIED, "file": str(EXERCISE / "solution.py"), "cwd": "/", "seed": 1})
    assert "nowhere" in raised.value.message
    assert raised.value.exit_code == 2
