"""`quizbook bank new` and `bank preview`, as somebody uses them who writes a first question."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest
from program import PROGRAM, Home

KINDS = ("multiple_choice", "matching", "ordering", "code_blank", "diagram", "short_answer", "tracing", "numeric")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def bank(home: Home, tmp_path: Path) -> Path:
    """A file with a question of each kind, as `bank new` writes them."""
    for kind in KINDS:
        done = home.run("bank", "new", kind, "mine.yaml", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    return tmp_path / "mine.yaml"


def test_new_without_a_file_prints_the_question(home: Home) -> None:
    done = home.run("bank", "new", "tracing", "--id", "a.b", "--section", "E.2")
    assert done.stdout.startswith('  - id: a.b\n    kind: tracing\n    section: "E.2"\n')


def test_new_says_what_comes_next(home: Home, tmp_path: Path) -> None:
    done = home.run("bank", "new", "numeric", "mine.yaml", cwd=tmp_path)
    assert "quizbook bank preview mine.yaml:mycourse.numeric\n" in done.stdout
    assert f"export QUIZBOOK_BANK={tmp_path}/mine.yaml" in done.stdout
    assert home.run("bank", "new", "number").returncode == 2


def test_a_preview_has_each_question_and_what_follows_an_answer(home: Home, bank: Path) -> None:
    done = home.run("bank", "preview", bank)
    assert done.returncode == 0
    assert done.stdout.count(" after answering ") == len(KINDS)
    for words in (
        "Question 8 of 8 · section 3.1 · numeric",
        "token ids ─▶ ②",
        "«1»",
        "2362368",
        "Hint 1: Can a share",
        "That is argmax; softmax leaves a share",
        "Its points:",
        "1. set the old gradients to zero",
    ):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_one_question_is_chosen_by_its_id(home: Home, bank: Path) -> None:
    done = home.run("bank", "preview", f"{bank}:mycourse.tracing")
    assert done.stdout.count(" after answering ") == 1
    assert "What does this print?" in done.stdout
    done = home.run("bank", "preview", f"{bank}:mycourse.nothing")
    assert done.returncode == 1
    assert "no sound question mycourse.nothing in " in done.stdout


def test_what_is_wrong_comes_first_and_the_others_are_shown(home: Home, bank: Path) -> None:
    bank.write_text(bank.read_text().replace("answer: 2362368\n", "answr: 2362368\n"))
    done = home.run("bank", "preview", bank)
    assert done.returncode == 1
    assert "answr" in done.stdout.splitlines()[0]
    assert done.stdout.count(" after answering ") == len(KINDS) - 1


def test_a_file_that_is_not_there_is_said(home: Home, tmp_path: Path) -> None:
    done = home.run("bank", "preview", "nothing.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no file nothing.yaml; `quizbook bank new KIND nothing.yaml` makes one" in done.stderr


def test_on_a_terminal_it_follows_every_save_until_ctrl_c(home: Home, bank: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(PROGRAM), "bank", "preview", str(bank)], stdin=theirs, stdout=theirs, stderr=theirs, env=home.environment()
    )
    os.close(theirs)
    seen = ""

    def shows(words: str) -> None:
        nonlocal seen
        end = time.monotonic() + 30
        while words not in seen:
            assert time.monotonic() < end, seen
            if select.select([ours], [], [], 0.2)[0]:
                seen += os.read(ours, 65536).decode("utf-8", "replace")

    try:
        shows("shown again at every save")
        bank.write_text(bank.read_text().replace("What does this print?", "What comes out?"))
        shows("What comes out?")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        os.close(ours)
