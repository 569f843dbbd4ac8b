"""The hostile submissions of tests/hostile: none passes, each gets its sentence, and nothing of any is left."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from warm_judge import EXERCISE, HURRIED, REPO, WALL_S, eventually

from quizbook.judge.exercise import find_exercise

CORPUS = sorted((REPO / "tests" / "hostile").glob("*.py"))
FIRST_LINE = re.compile(r"# tries(?: in (\d\.\d))?: .+; right verdict: not passed \(exit ([12](?:\|2)?)\)\n")
QUICK = {
    "change_modes_outside",
    "delete_outside",
    "endless_loop",
    "exit_with_a_report",
    "forks",
    "frames_in_advance",
    "memory_bomb",
    "other_programs",
    "patch_probe",
    "patch_the_judge",
    "read_the_solution",
    "search_objects",
    "system_calls",
    "terminal_escapes",
    "write_outside",
    "writes_after_the_answer",
}
HARMFUL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
OVERHEAD_S = 15  # of starting, laying out and cleaning up, on a machine that is busy with something else
MARK = "quizbook_hostile"  # in every name that a hostile file tries to leave somewhere


def test_the_corpus_is_as_large_as_it_has_to_be():
    assert len(CORPUS) >= 100
    assert len({exercise_of(path) for path in CORPUS}) >= 6
    assert {path.stem for path in CORPUS} >= QUICK


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_file_says_in_its_first_line_what_it_tries(path):
    assert first_line(path)


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.stem, marks=() if p.stem in QUICK else pytest.mark.slow) for p in CORPUS]
)
def test_it_does_not_pass_and_leaves_nothing_behind(path, judge, canary, tmp_path):
    assert judge.honest().exit_code == 0
    pid, runner, before, traces = judge.pid(), judge.runner_pid(), state_of(canary), traces_outside()
    rank = [standing(pid), standing(runner)]

    handed = tmp_path / path.name
    shutil.copyfile(path, handed)
    id = exercise_of(path)
    told = judge.check(handed, id)

    assert told.exit_code in allowed_by(path), told.text
    assert told.messages.strip()
    assert told.seconds < (WALL_S if id == HURRIED else find_exercise(id).limits.wall_s) + OVERHEAD_S
    assert_fit_for_people(told)
    assert eventually(judge.is_at_rest), f"left running: {judge.processes()}"
    assert eventually(lambda: not judge.scratch()), f"left lying: {judge.scratch()}"
    assert state_of(canary) == before
    assert traces_outside() == traces
    assert handed.read_bytes() == path.read_bytes()
    assert not datagrams(canary)

    after = judge.honest()
    assert after.exit_code == 0, after.text
    assert (judge.pid(), judge.runner_pid()) == (pid, runner)
    assert [standing(pid), standing(runner)] == rank


@pytest.mark.slow
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_where_every_child_is_started_from_nothing_it_does_not_pass_either(path, judge, tmp_path, monkeypatch):
    """In the fallback mode; what does not hold there is in the README of the corpus."""
    monkeypatch.setenv("QUIZBOOK_SPAWN", "1")
    handed = shutil.copyfile(path, tmp_path / path.name)
    told = judge.check(handed, exercise_of(path))
    assert told.exit_code in allowed_by(path), told.text
    assert told.messages.strip()
    assert_fit_for_people(told)
    assert eventually(lambda: "spawned" not in judge.processes().values())
    assert eventually(lambda: not judge.scratch())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["exit_with_a_report", "forks", "patch_the_judge", "terminal_escapes"])
def test_nor_does_it_where_the_program_itself_is_the_judge(name, tmp_path):
    path = shutil.copyfile(REPO / "tests" / "hostile" / f"{name}.py", tmp_path / f"{name}.py")
    command = [sys.executable, "-m", "quizbook", "check", exercise_of(path), str(path)]
    environment = {**os.environ, "QUIZBOOK_SPAWN": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    said = done.stdout + done.stderr
    assert done.returncode in allowed_by(path), said
    assert said.strip()
    assert "Traceback" not in said
    assert not re.search(r"^Passed\b", said, re.MULTILINE)
    assert not HARMFUL.search(said.replace("\r", "\x00"))


@pytest.mark.slow
def test_forty_hostile_files_in_a_row_leave_the_judge_as_it_was(judge, tmp_path):
    """Nothing piles up: descriptors, threads and memory of the judge and its runner are what they were."""
    quick = [p for p in CORPUS if p.stem in QUICK - {"endless_loop", "memory_bomb"}]
    assert judge.honest().exit_code == 0
    before = [held(judge.pid()), held(judge.runner_pid())]
    for path in (quick * 3)[:40]:
        handed = tmp_path / path.name
        shutil.copyfile(path, handed)
        assert judge.check(handed).exit_code in (1, 2)
    assert eventually(judge.is_at_rest)
    assert eventually(lambda: all(map(no_more, [held(judge.pid()), held(judge.runner_pid())], before))), (
        before,
        held(judge.pid()),
        held(judge.runner_pid()),
    )


# -- what is looked at ------------------------------------------------------------------------------------------------


@pytest.fixture
def canary(judge_home) -> Iterator[Path]:
    """A folder in the home that the hostile files try to damage, with a file and a socket that takes datagrams."""
    folder = judge_home / "canary"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "file").write_text("alive\n")
    (folder / "file").chmod(0o644)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.setblocking(False)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    listener.bind(f"/proc/self/fd/{descriptor}/socket")  # its real path may be longer than a socket's name
    os.close(descriptor)
    LISTENERS[folder] = listener
    yield folder
    LISTENERS.pop(folder).close()
    shutil.rmtree(folder)


LISTENERS: dict[Path, socket.socket] = {}


def datagrams(canary: Path) -> bytes:
    try:
        return LISTENERS[canary].recv(100)
    except BlockingIOError:
        return b""


def state_of(canary: Path) -> list[tuple[object, ...]]:
    """Everything that can be changed about the files of the folder, times of reading apart."""
    found = []
    for path in [canary, *sorted(canary.rglob("*"))]:
        s = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        attributes = [(n, os.getxattr(path, n)) for n in os.listxattr(path)] if not path.is_socket() else []
        found.append(
            (str(path), s.st_mode, s.st_uid, s.st_gid, s.st_nlink, s.st_mtime_ns, s.st_ctime_ns, content, attributes)
        )
    return found


def traces_outside() -> set[str]:
    """What hostile files may have left outside the home; nothing of it is there in the beginning."""
    places = [
        *(Path(p) for p in ("/tmp", "/var/tmp", "/dev/shm", "/mnt", tempfile.gettempdir(), sys.prefix)),
        *(Path(p) for p in site.getsitepackages()),
        REPO,
        REPO / "reference",
        EXERCISE,
        EXERCISE.parent,
    ]
    found = {str(p) for place in places if place.is_dir() for p in place.iterdir() if MARK in p.name}
    found |= {str(EXERCISE / n) for n in ("conftest.py", "pytest.ini", "report.xml") if (EXERCISE / n).exists()}
    for kind in ("shm", "sem", "msg"):
        keys = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
        found |= {f"{kind} {line.split()[0]}" for line in keys if int(line.split()[0]) in (0x51B00C, 0x51B00D)}
    return found


def held(pid: int) -> tuple[int, ...]:
    """How many descriptors and threads a process has."""
    return tuple(sum(1 for _ in Path(f"/proc/{pid}/{kind}").iterdir()) for kind in ("fd", "task"))


def no_more(now: tuple[int, ...], before: tuple[int, ...]) -> bool:
    """Whether nothing piled up; one descriptor belongs to the fork that may or may not wait for work."""
    return now[0] <= before[0] + 1 and now[1] <= before[1]


def standing(pid: int) -> tuple[object, ...]:
    """The priority of a process, the processors that it may use, and its limits."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    return os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid), os.sched_getscheduler(pid), limits


def first_line(path: Path) -> re.Match[str]:
    with path.open() as file:
        told = FIRST_LINE.fullmatch(file.readline())
    assert told, path.name
    return told


def exercise_of(path: Path) -> str:
    """3.1 where the first line names no other: a copy of it with a short time limit."""
    return first_line(path)[1] or HURRIED


def allowed_by(path: Path) -> set[int]:
    return {int(code) for code in first_line(path)[2].split("|")}


def assert_fit_for_people(told) -> None:
    """Sentences, no traces of ours, nothing that a terminal, a JSON reader or an XML reader would stumble over."""
    assert "Traceback" not in told.messages
    assert "quizbook/judge" not in told.messages
    assert len(told.messages) < 20_000
    for text in (told.text, told.messages, told.printed):
        assert not HARMFUL.search(text.replace("\r", "\x00"))
    assert not re.search(r"^Passed\b", told.text, re.MULTILINE)
    if told.verdict is not None:
        assert told.verdict["score"] < told.verdict["points"]
        assert len(told.verdict["output"]) <= 64 * 1024
        assert json.loads(json.dumps(told.verdict)) == told.verdict
        suite = ElementTree.fromstring(told.junit.encode())
        assert int(suite.attrib["failures"]) > 0
        assert suite.attrib["errors"] == "0"
