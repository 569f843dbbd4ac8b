"""The traps that others fell into: warm processes that know too much, hang, outlive, forget, or listen to the learner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import EXERCISE, HURRIED, REPO, WALL_S, eventually, parent

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


@pytest.fixture
def withheld(judge, hand_in, tmp_path, monkeypatch):
    """Judges a submission to an exercise that withholds reference.attention, in the judge that runs already."""
    assert judge.honest().exit_code == 0  # so that what is warm has had every chance to know too much
    write_exercise(tmp_path / "course", "ch94", WITHHOLDING)
    monkeypatch.setenv("QUIZBOOK_EXERCISES", f"{os.environ['QUIZBOOK_EXERCISES']}{os.pathsep}{tmp_path / 'course'}")
    yield lambda source: judge.check(hand_in(source), "94.1")
    client.stop_all()


def test_importing_a_withheld_module_is_a_finding_that_names_it(withheld):
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
    parallel = "import torch\na = torch.randn(1200, 1200)\nprint(float((a @ a).sum()) == 0, torch.get_num_threads())\n"
    for _ in range(3):
        told = judge.check(hand_in(parallel + SOLUTION))
        assert told.exit_code == 0, told.text
        assert told.printed.strip() == "False 2"


def test_four_submissions_at_once_each_get_their_own_verdict(judge, hand_in):
    files = [hand_in(f"print('number {n}')\n" + (SOLUTION if n % 2 else NOTHING)) for n in range(4)]
    assert judge.honest().exit_code == 0
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(judge.check, files))
    assert [t.exit_code for t in told] == [1, 0, 1, 0]
    assert [t.printed.strip() for t in told] == [f"number {n}" for n in range(4)]


# -- warm processes ---------------------------------------------------------------------------------------------------

ASK = "import sys; from quizbook.judge.client import ask; ask({'do': 'look'})"


def test_the_warm_judge_outlives_who_started_it_and_keeps_nothing_of_theirs(own_judge, tmp_path):
    with (tmp_path / "output").open("wb") as output:
        caller = subprocess.Popen([sys.executable, "-c", ASK], cwd=tmp_path, stdout=output, stderr=output, env={**os.environ, "SECRET": "1"}, start_new_session=True)  # noqa: E501
        assert caller.wait(60) == 0
    assert (tmp_path / "output").read_bytes() == b""
    for pid in (own_judge.pid(), own_judge.runner_pid()):
        process = Path(f"/proc/{pid}")
        assert {os.readlink(process / "fd" / str(n)) for n in (0, 1, 2)} == {"/dev/null"}
        assert os.readlink(process / "cwd") == "/"
        assert b"SECRET" not in (process / "environ").read_bytes()
        assert os.getsid(pid) != os.getsid(0)
        assert os.getsid(pid) != caller.pid
        held = [os.readlink(f) for f in (process / "fd").iterdir() if f.is_symlink()]
        assert not any(str(tmp_path) in path for path in held)
    pid = own_judge.pid()
    assert own_judge.honest().exit_code == 0
    assert own_judge.pid() == pid


def test_the_judge_ends_itself_when_it_has_been_idle(own_judge, monkeypatch):
    monkeypatch.setenv("QUIZBOOK_JUDGE_IDLE", "1")
    assert own_judge.honest().exit_code == 0
    assert own_judge.processes()
    assert eventually(lambda: not own_judge.processes(), 20)
    assert own_judge.honest().exit_code == 0  # and another starts


def test_stop_all_ends_every_judge_of_the_home(own_judge):
    assert own_judge.honest().exit_code == 0
    assert client.stop_all() == 1
    assert eventually(lambda: not own_judge.processes())
    assert not any((own_judge.home / "run").iterdir())
    assert own_judge.scratch() == []
    assert client.stop_all() == 0


def test_a_judge_whose_socket_was_deleted_is_replaced(own_judge):
    assert own_judge.honest().exit_code == 0
    pid = own_judge.pid()
    shutil.rmtree(own_judge.home / "run")
    assert own_judge.honest().exit_code == 0
    assert eventually(lambda: pid not in own_judge.processes(), 30) or own_judge.pid() != pid
    for left in own_judge.processes():
        if left == pid:
            os.kill(pid, 15)


@pytest.mark.slow
def test_an_edit_of_the_code_starts_another_judge_and_ends_the_old_one(own_judge, tmp_path):
    for package in ("quizbook", "reference"):
        shutil.copytree(REPO / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(EXERCISE, tmp_path / "exercises" / "ch03" / EXERCISE.name)

    def ask() -> int:
        subprocess.run([sys.executable, "-c", ASK], check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}, cwd="/")
        return own_judge.pid()

    first = ask()
    assert ask() == first
    assert str(tmp_path).encode() in Path(f"/proc/{first}/cmdline").read_bytes()
    with (tmp_path / "quizbook" / "judge" / "wording.py").open("a") as file:
        file.write("\n# edited\n")
    subprocess.run([sys.executable, "-c", ASK], check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}, cwd="/")
    assert eventually(lambda: first not in own_judge.processes())
    assert own_judge.pid() != first


def test_a_runner_that_died_is_replaced(own_judge):
    assert own_judge.honest().exit_code == 0
    pid, runner = own_judge.pid(), own_judge.runner_pid()
    os.kill(runner, 9)
    assert eventually(lambda: runner not in own_judge.processes())
    for _ in range(3):
        assert own_judge.honest().exit_code == 0
    assert own_judge.pid() == pid
    assert own_judge.runner_pid() != runner


def test_a_runner_that_dies_during_a_check_is_an_error_for_people_and_the_next_check_works(own_judge, hand_in):
    assert own_judge.honest().exit_code == 0
    runner = own_judge.runner_pid()
    file = hand_in("import time\ndef transfer_weights(source, target):\n    time.sleep(600)\n")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(own_judge.check, file)
        assert eventually(lambda: "runner" in [k for p, k in own_judge.processes().items() if p != runner])
        os.kill(runner, 9)
        told = waiting.result(30)
    assert told.exit_code in (1, 2, 4)
    assert own_judge.honest().exit_code == 0
    assert eventually(own_judge.is_at_rest)
    assert eventually(lambda: not own_judge.scratch())


def test_who_hangs_up_during_a_check_leaves_no_process_and_no_file(judge, hand_in):
    assert judge.honest().exit_code == 0
    file = hand_in("import time\ndef transfer_weights(source, target):\n    time.sleep(600)\n")
    code = f"from quizbook.judge.client import ask; ask({{'do': 'check', 'id': '3.1', 'file': {str(file)!r}, 'cwd': '/'}})"
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        assert eventually(lambda: len(judge.processes()) >= 4)
        assert eventually(judge.scratch)
        caller.kill()
    assert eventually(judge.is_at_rest)
    assert eventually(lambda: not judge.scratch())
    assert judge.honest().exit_code == 0


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


# -- what holds the judge up ------------------------------------------------------------------------------------------

LARGE = {
    "exercise.yaml": """
        id: "95.1"
        title: Large inputs
        task: Double it.
        entry_points: {double: "(x) -> Tensor"}
        hints: [one, two, three]
        limits: {cpu_s: 2, wall_s: 3, memory_mb: 700}
        """,
    "probe.py": "def double(submission, *, x):\n    return submission.double(x)\n",
    "check.py": """
        import torch
        from quizbook.judge.checks import assert_close

        def test_small(submission, seed):
            \"\"\"A small one.\"\"\"
            assert_close(submission.call("double", x=torch.ones(2)), 2 * torch.ones(2))

        def test_large(submission, seed):
            \"\"\"A large one.\"\"\"
            assert_close(submission.call("double", x=torch.ones(2**20)), 2 * torch.ones(2**20))
        """,
}
ANSWER_YOURSELF = """
import json, os, struct, sys, time

def double(x):
    frame = sys._getframe()
    while "number" not in frame.f_locals:
        frame = frame.f_back
    header = json.dumps({"d": [["id", frame.f_locals["number"]], ["value", None]]}).encode()
    os.write(4, struct.pack(">4sIQ", b"QB1\\n", len(header), 0) + header)
    time.sleep(600)
"""


@pytest.mark.parametrize("spawn", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_request_that_nobody_reads_does_not_hold_the_judge(own_judge, hand_in, tmp_path, monkeypatch, spawn):
    if spawn:
        monkeypatch.setenv("QUIZBOOK_SPAWN", "1")
    write_exercise(tmp_path / "course", "ch95", LARGE)
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(tmp_path / "course"))
    told = own_judge.check(hand_in("def double(x):\n    return 2 * x\n"), "95.1")
    assert told.exit_code == 0, told.text
    told = own_judge.check(hand_in(ANSWER_YOURSELF), "95.1")
    assert told.exit_code == 1
    assert "timed out" in told.messages
    assert told.seconds < 30


def test_the_judge_takes_no_more_memory_than_it_needs_from_a_child_that_sends_gigabytes(judge, tmp_path):
    assert judge.honest().exit_code == 0
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            most[0] = max(most[0], *(resident(pid) for pid, kind in judge.processes().items() if kind == "service"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for name in ("frame_giant", "frame_flood", "huge_tensor"):
            file = shutil.copyfile(REPO / "tests" / "hostile" / f"{name}.py", tmp_path / f"{name}.py")
            assert judge.check(file).exit_code == 1
    finally:
        done.set()
        watcher.join()
    assert most[0] < 1500 * 2**20


def test_a_message_that_claims_the_world_costs_no_time(judge, hand_in):
    told = judge.check(
        hand_in(
            "import os, struct, time\n"
            "def transfer_weights(source, target):\n"
            "    os.write(4, struct.pack('>4sIQ', b'QB1\\n', 2**31, 2**62))\n"
            "    time.sleep(600)\n"
        )
    )
    assert told.exit_code == 1
    assert "channel" in told.messages
    assert told.seconds < WALL_S


def test_a_call_that_hangs_is_told_with_its_place(judge, hand_in):
    told = judge.check(hand_in("import time\n\ndef transfer_weights(source, target):\n    time.sleep(600)\n"))
    assert "timed out" in told.messages
    assert "line 4 of handed.py" in told.messages
    assert told.messages.count("line 4 of handed.py") == 1  # once is enough


# -- the fall-back without fork ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["solution", "starter", "mistakes/not_transposed", "mistakes/frozen", "mistakes/scaled"])
def test_a_judge_that_cannot_fork_gives_the_same_verdict(judge, monkeypatch, name):
    warm = judge.check(EXERCISE / f"{name}.py")
    monkeypatch.setenv("QUIZBOOK_SPAWN", "1")
    cold = judge.check(EXERCISE / f"{name}.py")
    assert warm.verdict is not None
    assert cold.verdict is not None
    different = {"seconds"}
    assert {k: v for k, v in cold.verdict.items() if k not in different} == {
        k: v for k, v in warm.verdict.items() if k not in different
    }
    assert eventually(lambda: "spawned" not in judge.processes().values())


@pytest.mark.slow
def test_a_spawned_child_dies_with_who_spawned_it(judge, hand_in):
    file = hand_in("import time\ndef transfer_weights(source, target):\n    time.sleep(600)\n")
    code = f"from quizbook.judge.client import ask; ask({{'do': 'check', 'id': '3.1', 'file': {str(file)!r}, 'cwd': '/'}})"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "QUIZBOOK_SPAWN": "1"}) as caller:
        assert eventually(lambda: any(parent(p) == caller.pid for p, k in judge.processes().items() if k == "spawned"), 60)
        time.sleep(1)
        caller.kill()
    assert eventually(lambda: "spawned" not in judge.processes().values())


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


def test_a_judge_that_cannot_start_says_why(own_judge, monkeypatch, tmp_path):
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(tmp_path / "nowhere"))
    with pytest.raises(QuizbookError) as raised:
        client.ask({"do": "check", "id": HURRIED, "file": str(EXERCISE / "solution.py"), "cwd": "/", "seed": 1})
    assert "nowhere" in raised.value.message
    assert raised.value.exit_code == 2


def resident(pid: int) -> int:
    """Bytes of memory that a process has, without those that it shares with the process it was forked from."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(("Private_Dirty", "Private_Clean"))) * 1024


def write_exercise(course: Path, chapter: str, files: dict[str, str]) -> None:
    import textwrap

    folder = course / chapter / "ex1"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text))


