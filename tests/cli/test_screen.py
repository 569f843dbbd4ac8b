"""Full screen on a terminal, plain lines everywhere else; and the terminal is as it was, however the app ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from program import PROGRAM, Home

ALTERNATE, BACK = "\x1b[?1049h", "\x1b[?1049l"  # into the screen that an app draws on, and out of it
QUIZ = ("quiz", "--chapter", "3", "--kind", "multiple_choice", "--count", "2", "--seed", "1")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


class Terminal:
    """A command on a terminal of 24 lines and 80 columns, which is its own to end."""

    def __init__(self, command: list[str], env: dict[str, str], stderr: int | None = None) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs if stderr is None else stderr, env=env,
            start_new_session=True,
        )  # fmt: skip
        self.seen = ""

    def until(self, words: str, seconds: float = 60) -> str:
        end = time.monotonic() + seconds
        while words not in self.seen:
            assert time.monotonic() < end, self.seen[-3000:]
            if select.select([self.ours], [], [], 0.1)[0]:
                self.seen += os.read(self.ours, 65536).decode("utf-8", "replace")
        return self.seen

    def press(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def end(self, seconds: float = 30) -> int:
        """Its exit code; what it still writes is read."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.seen[-3000:]
            if select.select([self.ours], [], [], 0.05)[0]:
                self.seen += os.read(self.ours, 65536).decode("utf-8", "replace")
        while select.select([self.ours], [], [], 0.2)[0]:
            self.seen += os.read(self.ours, 65536).decode("utf-8", "replace")
        return self.process.returncode

    def is_as_before(self) -> bool:
        """Whether the terminal echoes and breaks lines again, shows its cursor, and is out of the app's screen."""
        as_told = self.seen.rfind(BACK) >= self.seen.rfind(ALTERNATE) and self.seen.rfind("\x1b[?25h") > 0
        return as_told and termios.tcgetattr(self.theirs) == self.before


@contextmanager
def terminal(home: Home, *words: str, command: list[str] | None = None, **more: str) -> Iterator[Terminal]:
    env = home.environment(**{"TERM": "xterm-256color", **more})
    made = Terminal([*(command or [str(PROGRAM)]), *words], env)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.wait(10)
        os.close(made.ours)
        os.close(made.theirs)


def last_lines(seen: str) -> str:
    """What was printed after the app had left the screen."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.rpartition(BACK)[2]).replace("\r\n", "\n")


def test_without_arguments_home_opens_and_q_leaves_the_terminal_as_it_was(home: Home) -> None:
    with terminal(home) as screen:
        assert ALTERNATE in screen.until("Review")
        screen.until("10 questions")
        screen.press("q")
        assert screen.end() == 0
        assert screen.is_as_before()


def test_a_quiz_opens_in_the_app_and_its_summary_is_printed_afterwards(home: Home) -> None:
    with terminal(home, *QUIZ) as screen:
        assert ALTERNATE in screen.until("1 of 2")
        screen.press("a")
        screen.until("uess")
        screen.press("1")
        time.sleep(1)
        screen.press("\x1b")  # leave
        assert screen.end() == 1
        assert "You answered 1 of 2 questions" in last_lines(screen.seen)
        assert screen.is_as_before()
    assert [attempt.mode for attempt in home.attempts()] == ["quiz"]


@pytest.mark.parametrize("more", [{"QUIZBOOK_PLAIN": "1"}, {"TERM": "dumb"}, {}])
def test_plain_lines_are_chosen_where_they_are_asked_for_or_the_terminal_can_do_no_more(
    home: Home, more: dict[str, str]
) -> None:
    with terminal(home, *QUIZ, *([] if more else ["--plain"]), **more) as screen:
        assert "Question 1 of 2" in screen.until(" > ")
        assert ALTERNATE not in screen.seen
        screen.press(":quit\n")
        assert screen.end() == 1


def test_without_arguments_on_a_dumb_terminal_a_plain_quiz_begins(home: Home) -> None:
    with terminal(home, TERM="dumb") as screen:
        assert "Question 1 of" in screen.until(" > ")
        assert "\x1b" not in screen.seen


@pytest.mark.parametrize("words", [QUIZ, ("review",), ("drill", "--weak")])
def test_no_escape_is_ever_written_into_a_pipe(home: Home, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [str(PROGRAM), *words], input="a\na\n", capture_output=True, text=True, timeout=60,
        env=home.environment(TERM="xterm-256color"),
    )  # fmt: skip
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout


def test_a_terminal_whose_errors_go_into_a_file_gets_plain_lines(home: Home, tmp_path: Path) -> None:
    with (tmp_path / "errors").open("w") as errors:
        made = Terminal([str(PROGRAM), *QUIZ], home.environment(TERM="xterm-256color"), stderr=errors.fileno())
        try:
            assert "Question 1 of 2" in made.until(" > ")
        finally:
            made.process.kill()
            made.process.wait(10)
    assert (tmp_path / "errors").read_text() == ""


def test_a_log_that_cannot_be_opened_is_one_sentence_before_any_screen(home: Home) -> None:
    home.path.mkdir()
    (home.path / "quizbook.sqlite3").write_bytes(b"something else, and long enough to be looked at" * 50)
    for words in ((), QUIZ):
        with terminal(home, *words) as screen:
            assert screen.end() == 2
            assert ALTERNATE not in screen.seen
            assert screen.seen.startswith("quizbook: ")
            assert "Traceback" not in screen.seen


BROKEN = """
import quizbook.tui.home as home
def broken(self, today):
    raise ZeroDivisionError("secret detail")
home.HomeScreen.show_today = broken
import sys
from quizbook.cli.main import main
sys.exit(main())
"""


def test_an_error_in_the_app_is_a_sentence_and_a_log_file_and_the_terminal_is_restored(home: Home) -> None:
    with terminal(home, command=[sys.executable, "-c", BROKEN]) as screen:
        assert screen.end() == 4
        assert screen.is_as_before()
        said = last_lines(screen.seen)
        assert "This is quizbook's own fault (ZeroDivisionError)." in said
        assert "Traceback" not in screen.seen
        assert "secret detail" not in screen.seen
        [log] = (home.path / "log").iterdir()
        assert "ZeroDivisionError: secret detail" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_restored(home: Home, number: signal.Signals) -> None:
    with terminal(home) as screen:
        screen.until("10 questions")
        screen.process.send_signal(number)
        assert screen.end() == 1
        assert screen.is_as_before()


def test_control_c_leaves(home: Home) -> None:
    with terminal(home) as screen:
        screen.until("10 questions")
        screen.press("\x03")
        assert screen.end() == 0
        assert screen.is_as_before()


def test_a_terminal_that_goes_away_leaves_no_process_behind(home: Home) -> None:
    made = Terminal([str(PROGRAM)], home.environment(TERM="xterm-256color"))
    try:
        made.until("10 questions")
        os.close(made.ours)
        os.close(made.theirs)
        made.process.send_signal(signal.SIGHUP)  # as the system does
        assert made.process.wait(20) is not None
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.wait(10)
