"""The installed `quizbook` as people meet it: a process, in a home of the test's own."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quizbook.study.events import Attempt, Note
from quizbook.study.store import open_log

PROGRAM = Path(sys.executable).with_name("quizbook")
REPOSITORY = Path(__file__).parents[2]
EXERCISE = REPOSITORY / "exercises" / "ch03" / "ex1_weight_transfer"
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Home:
    """A home, and the program that lives in it. more: further variables of its environment."""

    path: Path
    more: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("QUIZBOOK_", "PYTEST"))}
        inherited.pop("NO_COLOR", None)
        return {**inherited, "QUIZBOOK_HOME": str(self.path), **self.more, **more}

    def run(self, *words: object, before: tuple[str, ...] = (), cwd: Path | None = None, **more: str) -> Done:
        """What came of one command. before: another program with its arguments, which runs ours."""
        return subprocess.run(
            [*before, str(PROGRAM), *map(str, words)],
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=self.environment(**more),
            cwd=cwd or self.path.parent,
            timeout=120,
        )

    def document(self, *words: object, code: int, **options: Any) -> Any:
        """The one JSON document that a command printed, and nothing else, with this exit code."""
        done = self.run(*words, **options)
        assert done.returncode == code, (done.stdout, done.stderr)
        return json.loads(done.stdout)

    def on_a_terminal(self, *words: object, columns: int = 80, **more: str) -> tuple[int, str]:
        """Exit code and screen of a command whose streams are a terminal."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [str(PROGRAM), *map(str, words)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self.environment(**{"TERM": "xterm", **more}),
            cwd=self.path.parent,
        )
        os.close(theirs)
        screen = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                screen += os.read(ours, 65536)
            except OSError:  # the terminal's other end is closed
                break
        os.close(ours)
        return process.wait(10), screen.decode().replace("\r\n", "\n")

    def attempts(self, item: str | None = None) -> list[Attempt]:
        with open_log(self.path) as log:
            return list(log.attempts(item))

    def notes(self) -> list[Note]:
        with open_log(self.path) as log:
            return [event for event in log.events("setting") if isinstance(event, Note)]

    def state(self, id: str) -> str:
        """What `exercises --json` says of one."""
        rows = self.document("exercises", "--json", code=0)
        return str(next(row["state"] for row in rows if row["id"] == id))


@contextmanager
def home_in(folder: Path, **more: str) -> Iterator[Home]:
    """A new home, whose warm processes are ended with the block."""
    home = Home(folder / "home", more)
    yield home
    home.run("doctor", "--stop")
    assert eventually(lambda: not warm_processes(folder)), "tests left processes behind"


def warm_processes(folder: Path) -> list[int]:
    """The processes of judges whose environment or command line names something in this folder."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                command = Path(entry.path, "cmdline").read_bytes()
                told = command + Path(entry.path, "environ").read_bytes()
                stat = Path(entry.path, "stat").read_text()
            except OSError:
                continue
            ours = re.search(rb"quizbook\.judge\.(service|runner) import", command) and os.fsencode(folder) in told
            if ours and stat.rpartition(")")[2].split()[0] != "Z":
                found.append(int(entry.name))
    return found


def eventually(condition: Any, seconds: float = 10) -> bool:
    """Whether the condition comes true within some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
