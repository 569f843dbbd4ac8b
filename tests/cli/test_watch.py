"""`quizbook watch` on a terminal, with files that change under it and keys that are pressed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import EXERCISE, PROGRAM, Home, home_in

NAME = "ch03_ex1_weight_transfer.py"
SECOND = {
    "exercise.yaml": 'id: "50.1"\ntitle: Twice\ntask: Write answer(x).\nentry_points: {answer: "(x) -> int"}\n'
    "hints: [Look at x., Take it two times., It is 2 * x.]\nlimits: {cpu_s: 2, wall_s: 3}\n",
    "probe.py": "def answer(submission, *, x):\n    return submission.answer(x)\n",
    "check.py": "def test_twice(submission):\n    assert submission.call('answer', x=3) == 6, 'not twice'\n",
    "starter.py": "def answer(x):\n    raise NotImplementedError\n",
}


class Sitting:
    """A running `quizbook watch` and its screen."""

    def __init__(self, home: Home, folder: Path, *words: str) -> None:
        self.screen, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.process = subprocess.Popen(
            [str(PROGRAM), "watch", *words],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=home.environment(TERM="xterm"),
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def shows(self, words: str, seconds: float = 30) -> str:
        """Waits until the last screen holds these words, and gives it."""
        end = time.monotonic() + seconds
        while True:
            last = re.sub(r"\x1b\[[0-9;]*m", "", self.seen.rpartition("\x1b[3J")[2])
            if words in last and "q quit" in last:
                return last
            assert time.monotonic() < end, f"{words!r} is not on the screen:\n{last}"
            if select.select([self.screen], [], [], 0.2)[0]:
                self.seen += os.read(self.screen, 65536).decode("utf-8", "replace").replace("\r\n", "\n")

    def press(self, key: str) -> None:
        os.write(self.screen, key.encode())

    def end(self) -> int:
        if self.process.poll() is None:
            self.press("q")
        code = self.process.wait(10)
        os.close(self.screen)
        return code


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    course = tmp_path_factory.mktemp("course")
    folder = course / "ch50" / "ex1_twice"
    folder.mkdir(parents=True)
    for name, text in SECOND.items():
        (folder / name).write_text(text)
    with home_in(tmp_path_factory.mktemp("home"), QUIZBOOK_EXERCISES=str(course)) as home:
        yield home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_from_the_starter_over_a_mistake_to_a_pass(home: Home, folder: Path) -> None:
    sitting = Sitting(home, folder, "50.1")
    try:
        assert "0 of 1 points" in sitting.shows("Not yet")
        work = folder / "ch50_ex1_twice.py"
        work.write_text("def answer(x):\n    return x\n")
        sitting.shows("not twice")
        other = folder / "swap"
        other.write_text("def answer(x):\n    return 2 * x\n")
        other.rename(work)  # as editors save
        assert "Press n" in sitting.shows("Passed")
    finally:
        assert sitting.end() == 0
    assert home.state("50.1") == "passed"
    assert [attempt.score for attempt in home.attempts("ch50.ex.1")] == [1.0]  # saves on the way are no attempts


def test_hints_the_list_and_a_fresh_starter_are_a_key_away(home: Home, folder: Path) -> None:
    shutil.copyfile(EXERCISE / "solution.py", folder / NAME)
    (folder / NAME).write_text("mine = 1\n")
    sitting = Sitting(home, folder, "3.1")
    try:
        sitting.shows("transfer_weights")
        sitting.press("h")
        sitting.shows("Hint 1 of")
        sitting.press("h")
        assert "Hint 1 of" in sitting.shows("Hint 2 of")
        sitting.press("l")
        assert "50.1" in sitting.shows("> 3.1")
        sitting.press("r")
        sitting.shows("is not written yet")
    finally:
        assert sitting.end() == 1
    kept = [path for path in folder.glob("*.py") if path.name != NAME]
    assert [path.read_text() for path in kept] == ["mine = 1\n"]


def test_a_file_that_vanishes_and_a_check_that_hangs_stop_nothing(home: Home, folder: Path) -> None:
    work = folder / "ch50_ex1_twice.py"
    work.write_text("def answer(x):\n    return 2 * x\n")
    sitting = Sitting(home, folder, "50.1")
    try:
        sitting.shows("Passed")
        work.unlink()
        sitting.shows("is gone")
        work.write_text("while True:\n    pass\n")
        sitting.shows("checking")
        sitting.press("h")
        sitting.shows("Hint 1")  # keys work while the check hangs
        work.write_text("def answer(x):\n    return 3 * x\n")
        sitting.shows("not twice")  # and so does the next save
    finally:
        assert sitting.end() == 1


def test_without_an_id_it_goes_on_with_the_exercise_watched_last(home: Home, folder: Path) -> None:
    for words in (("3.1",), ()):
        sitting = Sitting(home, folder, *words)
        try:
            sitting.shows("3.1 in ch03_ex1_weight_transfer.py")
        finally:
            sitting.end()


def test_n_goes_on_to_the_next_exercise_that_is_not_passed(home: Home, folder: Path) -> None:
    sitting = Sitting(home, folder, "50.1")
    try:
        sitting.shows("50.1 in")
        sitting.press("n")
        sitting.shows("2.1 in")  # 50.1 is the last; the first that is not passed follows
    finally:
        sitting.end()


def test_in_a_pipe_it_prints_verdicts_without_escapes_and_takes_a_key_a_line(home: Home, folder: Path) -> None:
    (folder / "ch50_ex1_twice.py").write_text("def answer(x):\n    return 2 * x\n")
    process = subprocess.Popen(
        [str(PROGRAM), "watch", "50.1"], cwd=folder, env=home.environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    printed = ""
    while "Passed" not in printed:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    rest, told = process.communicate("q\n", timeout=10)
    assert process.returncode == 0
    assert "\x1b" not in printed + rest + told
