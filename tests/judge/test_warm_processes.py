"""The judge and its runner: they outlive callers, edits, deaths and floods, and leave nothing when they end."""

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
from warm_judge import EXERCISE, REPO, WALL_S, eventually, parent

from quizbook.judge import client

SOLUTION = (EXERCISE / "solution.py").read_text()
NOTHING = "def transfer_weights(source, target):\n    pass\n"


# -- warm processes ---------------------------------------------------------------------------------------------------

ASK = "import sys; from quizbook.judge.client import ask; ask({'do': 'look'})"


def test_the_warm_judge_outlives_who_started_it_and_keeps_nothing_of_theirs(own_judge, tmp_path):
    with (tmp_path / "output").open("wb") as output:
        caller = subprocess.Popen(
            [sys.executable, "-c", ASK],
            cwd=tmp_path,
            stdout=output,
            stderr=output,
            env={**os.environ, "SECRET": "1"},
            start_new_session=True,
        )
        assert caller.wait(60) == 0
    assert (tmp_path / "output").read_bytes() == b""
    for pid in (own_judge.pid(), own_judge.runner_pid()):
        process = Path(f"/proc/{pid}")
        assert {str((process / "fd" / str(n)).readlink()) for n in (0, 1, 2)} == {"/dev/null"}
        assert (process / "cwd").readlink() == Path("/")
        assert b"SECRET" not in (process / "environ").read_bytes()
        assert os.getsid(pid) != os.getsid(0)
        assert os.getsid(pid) != caller.pid
        held = [str(f.readlink()) for f in (process / "fd").iterdir() if f.is_symlink()]
        assert not any(str(tmp_path) in path for path in held)
    pid = own_judge.pid()
    assert own_judge.honest().exit_code == 0
    assert own_judge.pid() == pid


@pytest.mark.slow
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
    assert not list((own_judge.home / "run").rglob("judge"))
    assert own_judge.scratch() == []
    assert client.stop_all() == 0


@pytest.mark.slow
def test_a_judge_whose_socket_was_deleted_is_replaced(own_judge):
    assert own_judge.honest().exit_code == 0
    pid = own_judge.pid()
    shutil.rmtree(own_judge.home / "run")
    assert own_judge.honest().exit_code == 0
    assert eventually(lambda: pid not in own_judge.processes(), 60)
    assert own_judge.pid() != pid


@pytest.mark.slow
def test_an_edit_of_the_code_starts_another_judge_and_ends_the_old_one(own_judge, tmp_path):
    for package in ("quizbook", "reference"):
        shutil.copytree(REPO / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(EXERCISE, tmp_path / "exercises" / "ch03" / EXERCISE.name)

    def ask() -> int:
        subprocess.run(
            [sys.executable, "-c", ASK], check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}, cwd="/"
        )
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
    assert eventually(lambda: not Path(f"/proc/{runner}").exists())
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
    code = (
        f"from quizbook.judge.client import ask; ask({{'do': 'check', 'id': '3.1', 'file': {str(file)!r}, 'cwd': '/'}})"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        assert eventually(lambda: judge.scratch() and list(judge.processes().values()).count("runner") == 2)
        caller.kill()
    assert eventually(judge.is_at_rest)
    assert eventually(lambda: not judge.scratch())
    assert judge.honest().exit_code == 0


# -- what holds the judge up ------------------------------------------------------------------------------------------

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
def test_a_request_that_nobody_reads_does_not_hold_the_judge(judge, hand_in, monkeypatch, spawn):
    if spawn:
        monkeypatch.setenv("QUIZBOOK_SPAWN", "1")
    told = judge.check(hand_in("def double(x):\n    return 2 * x\n"), "95.1")
    assert told.exit_code == 0, told.text
    told = judge.check(hand_in(ANSWER_YOURSELF), "95.1")
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
    assert " ".join(told.text.split()).count("line 4 of handed.py") == 1  # once is enough


# -- the fall-back without fork ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["solution", "starter", "mistakes/not_transposed", "mistakes/frozen", "mistakes/scaled"]
)
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
    code = (
        f"from quizbook.judge.client import ask; ask({{'do': 'check', 'id': '3.1', 'file': {str(file)!r}, 'cwd': '/'}})"
    )
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "QUIZBOOK_SPAWN": "1"}) as caller:
        assert eventually(
            lambda: any(parent(p) == caller.pid for p, k in judge.processes().items() if k == "spawned"), 60
        )
        time.sleep(1)
        caller.kill()
    assert eventually(lambda: "spawned" not in judge.processes().values())


def resident(pid: int) -> int:
    """Bytes of memory that a process has, without those that it shares with the process it was forked from."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return (
        sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(("Private_Dirty", "Private_Clean")))
        * 1024
    )
