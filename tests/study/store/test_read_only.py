"""A home that cannot be written: what is in it can still be read, and nobody is asked what cannot be stored."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stored import answer, filled

from quizbook.errors import QuizbookError
from quizbook.study.store import open_log
from quizbook.study.store.opening import FILE_NAME

ROOT = Path(__file__).parents[3]
READ = """
import sys
from pathlib import Path
from quizbook.errors import QuizbookError
from quizbook.study.store import open_log
try:
    with open_log(Path(sys.argv[1]), writing=False) as log:
        print(len(list(log.events())), len(log.device))
        log.append(*log.attempts())
except QuizbookError as error:
    print(error.message)
"""
PROGRAM = "import sys; from quizbook.cli.main import main; sys.exit(main())"
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def bound_by_rights() -> None:
    """Rights do not bind root until it lets go of these."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def python(code: str, *words: object, typed: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-c", code, *map(str, words)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parents[1])]), **more}
    return subprocess.run(
        line, input=typed, capture_output=True, text=True, env=env, cwd="/", timeout=60, preexec_fn=bound_by_rights
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder from which tests take the right of writing."""
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    folder.chmod(0o755)


def closed(home: Path) -> None:
    for file in home.iterdir():
        file.chmod(0o555 if file.is_dir() else 0o444)
    home.chmod(0o555)


def test_a_log_that_cannot_be_written_can_be_read(home: Path) -> None:
    filled(home, 12)
    closed(home)
    done = python(READ, home)
    assert done.stdout.startswith("12 32\n"), done.stderr
    assert "cannot be written" in done.stdout
    assert "no answer can be stored" in done.stdout


def test_answers_that_only_the_wal_holds_are_read_too(home: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from stored import answer
from quizbook.study.store import open_log
open_log(Path(sys.argv[1])).append(*(answer(number) for number in range(20)))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert python(code, home).returncode == -signal.SIGKILL
    (home / f"{FILE_NAME}-shm").unlink()
    closed(home)
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    done = python(READ, home)
    assert done.stdout.startswith("20 32\n"), done.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_where_there_is_no_log_yet_an_empty_one_is_read(home: Path) -> None:
    closed(home)
    assert python(READ, home).stdout.startswith("0 32\n")
    assert list(home.iterdir()) == []


def test_a_log_without_the_right_of_reading_is_refused_in_words(home: Path) -> None:
    filled(home, 1)
    closed(home)
    (home / FILE_NAME).chmod(0)
    done = python(READ, home)
    assert done.stdout.startswith(f"{home / FILE_NAME} cannot be "), done.stderr


def test_a_newer_or_damaged_log_is_not_read_either(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 1000)
    with pytest.raises(QuizbookError, match="is no quizbook database"):
        open_log(tmp_path, writing=False)


def test_a_reader_where_writing_works_is_nobody_special(tmp_path: Path) -> None:
    with open_log(tmp_path, writing=False) as log:
        log.append(answer())
        assert len(list(log.events())) == 1


def test_the_quiz_says_that_nothing_can_be_stored_before_it_asks(home: Path) -> None:
    filled(home, 1)
    closed(home)
    bank = {"QUIZBOOK_HOME": str(home), "QUIZBOOK_BANK": str(ROOT / "tests" / "small_bank")}
    done = python(PROGRAM, "quiz", "--plain", "--count", "1", typed="a\n", **bank)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no answer can be stored" in done.stderr


def test_progress_is_shown_from_a_home_that_cannot_be_written(home: Path) -> None:
    filled(home, 3)
    closed(home)
    done = python(PROGRAM, "progress", QUIZBOOK_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert "3 answers on 3 items" in done.stdout


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="no right to mount a small disk here")
def test_a_disk_that_fills_up_during_a_quiz_keeps_what_was_confirmed(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        told: list[str] = []
        log = open_log(disk, tell=told.append)
        stored: list[str] = []

        def fill() -> None:
            for number in range(2000):
                event = answer(number, response={"text": "x" * 2000})
                log.append(event)
                stored.append(event.id)

        with pytest.raises(QuizbookError, match=r"full|cannot be read or written") as caught:
            fill()
        assert "What was stored before is safe" in caught.value.message
        log.close()
        assert "today's backup" in told[0]
        with open_log(disk, writing=False) as again:
            assert [event.id for event in again.events()] == stored
    finally:
        subprocess.run(["umount", str(disk)], check=True)
