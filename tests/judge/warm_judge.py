"""The warm judge of one home as tests ask it, and what can be seen of it from outside."""

from __future__ import annotations

import os
import re
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.judge import client

REPO = Path(__file__).resolve().parents[2]
EXERCISE = REPO / "exercises" / "ch03" / "ex1_weight_transfer"
HURRIED = "93.1"  # exercise 3.1 with short limits, so that what hangs is over soon
WALL_S = 4

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
BROKEN = {
    "exercise.yaml": """
        id: "96.1"
        title: A checker that breaks
        task: Nothing.
        entry_points: {f: "()"}
        hints: [one, two, three]
        """,
    "probe.py": "def f(submission):\n    return submission.f()\n",
    "check.py": 'def test_f(submission, seed):\n    """F."""\n    submission.call("f")["key"]\n',
}


@dataclass(frozen=True)
class Told:
    """What a check came to: a verdict or an error for people, and how long it took."""

    verdict: dict[str, Any] | None
    error: QuizbookError | None
    text: str
    junit: str
    seconds: float

    @property
    def exit_code(self) -> int:
        """As `quizbook check` gives it."""
        if self.error is not None:
            return self.error.exit_code
        assert self.verdict is not None
        return 0 if self.verdict["passed"] else 1

    @property
    def messages(self) -> str:
        """All sentences that a person reads."""
        if self.error is not None:
            return self.error.message
        assert self.verdict is not None
        return "\n".join(c["message"] for c in self.verdict["checks"])

    @property
    def printed(self) -> str:
        """What the submission printed."""
        return "" if self.verdict is None else str(self.verdict["output"])


class Judge:
    """The warm judge of one home, and what can be seen of it from outside."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def check(self, file: Path, id: str = HURRIED, **more: Any) -> Told:
        """One submission, judged."""
        start = time.monotonic()
        request = {"do": "check", "id": id, "file": str(file), "cwd": "/", "seed": 7, "width": 80, "colour": False}
        try:
            answer = client.ask({**request, **more})
        except QuizbookError as error:
            return Told(None, error, error.message, "", time.monotonic() - start)
        return Told(answer["verdict"], None, answer["text"], answer["junit"], time.monotonic() - start)

    def honest(self) -> Told:
        """Our own solution, judged."""
        return self.check(EXERCISE / "solution.py")

    def processes(self) -> dict[int, str]:
        """Every process of this home's judges: "service" (the judge and its forks), "runner" (and its), "spawned"."""
        found = {}
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    command = Path(entry.path, "cmdline").read_bytes()
                    told = command + Path(entry.path, "environ").read_bytes()
                    stat = Path(entry.path, "stat").read_text()
                except OSError:
                    continue
                kind = re.search(rb"quizbook\.judge\.(service|runner) import (main|spawned)", command)
                zombie = stat.rpartition(")")[2].split()[0] == "Z"
                if kind and os.fsencode(self.home) in told and not zombie:
                    found[int(entry.name)] = kind[1].decode() if kind[2] == b"main" else "spawned"
        return found

    def pid(self) -> int:
        """The warm judge itself, not its forks."""
        services = {pid for pid, kind in self.processes().items() if kind == "service"}
        (pid,) = [pid for pid in services if parent(pid) not in {0, *services}]  # 0: a fork that has ended meanwhile
        return pid

    def runner_pid(self) -> int:
        """The warm process behind the wall."""
        (pid,) = [p for p, kind in self.processes().items() if kind == "runner" and parent(p) == self.pid()]
        return pid

    def is_at_rest(self) -> bool:
        """Whether there is one judge, at most one fork of it that waits for work, one runner, and nothing else."""
        kinds = sorted(self.processes().values())
        return kinds in (["runner", "service"], ["runner", "service", "service"])

    def scratch(self) -> list[str]:
        """What lies in the folder of the submissions that are being judged."""
        folder = self.home / "scratch"
        return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def parent(pid: int) -> int:
    """The parent of a process; 0 for one that is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def eventually(condition: Callable[[], object], seconds: float = 5) -> bool:
    """Whether the condition comes true within some seconds: processes take a moment to be gone."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def write_exercise(course: Path, chapter: str, files: dict[str, str]) -> None:
    """A course's own exercise: its files in a folder of the chapter."""
    folder = course / chapter / "ex1"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text))


def end_judges_of(home: Path) -> None:
    before = os.environ.get("QUIZBOOK_HOME")
    os.environ["QUIZBOOK_HOME"] = str(home)
    try:
        client.stop_all()
    finally:
        if before is None:
            del os.environ["QUIZBOOK_HOME"]
        else:
            os.environ["QUIZBOOK_HOME"] = before
