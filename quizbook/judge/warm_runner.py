"""The process behind the wall, as the judge holds it: what it may import, how it starts and ends, what it said."""

from __future__ import annotations

import ast
import contextlib
import functools
import json
import socket
from collections.abc import Sequence
from pathlib import Path

from quizbook import places
from quizbook.judge import launch


def preloaded_modules() -> tuple[str, ...]:
    """The modules of the reference that no exercise withholds, and so may be in the memory that children search."""
    from quizbook.errors import QuizbookError
    from quizbook.judge.exercise import all_exercises

    try:
        withheld = {name for exercise in all_exercises() for name in exercise.withheld}
    except QuizbookError:
        return ()
    files = sorted((places.CHECKOUT / "reference").glob("[!_]*.py"))
    needs = {file.stem: _imports(file, file.stat().st_mtime_ns) for file in files}
    tainted = {name for name in needs if name in withheld}
    while more := {name for name, others in needs.items() if others & tainted} - tainted:
        tainted |= more
    return tuple(f"reference.{name}" for name in needs if name not in tainted)


@functools.lru_cache(maxsize=256)  # each state of a file is read once
def _imports(file: Path, modified: int) -> frozenset[str]:
    """The modules of the reference that a module of it imports itself."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(name.split(".")[1] for name in found if name.startswith("reference."))


class WarmRunner:
    """The process behind the wall, as the judge holds it."""

    def __init__(self, folder: Path) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.modules = preloaded_modules()
        self.process = launch.start_python(
            "from quizbook.judge.runner import main; main(sys.argv[1:])",
            str(theirs.fileno()),
            str(folder),
            *self.modules,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        self.control = ours
        self.missing: tuple[str, ...] | None = None
        self.imported: tuple[str, ...] = ()
        self.kept_warm: set[str] = set()

    def ready(self) -> None:
        """Waits until the runner has said which layers of the wall do not hold, and what it has imported."""
        if self.missing is None:
            self.control.settimeout(120)
            message = self.control.recv(64 * 1024)
            self.control.settimeout(None)
            if not message:
                raise OSError("the runner did not start")
            told = json.loads(message)
            self.missing, self.imported = tuple(told["missing"]), tuple(told["imported"])

    def keep_warm(self, packages: Sequence[str]) -> None:
        """Has the runner import what it was not told to import yet; children that are asked for later have it."""
        if new := [name for name in packages if name not in self.kept_warm]:
            self.kept_warm.update(new)
            with contextlib.suppress(OSError):  # it is gone: the next request finds out
                self.control.send(json.dumps({"import": new}).encode())

    def alive(self) -> bool:
        """Whether it is there and has imported nothing that an exercise has come to withhold since."""
        return self.process.poll() is None and self.modules == preloaded_modules()

    def stop(self) -> None:
        """Closes the control socket, upon which the runner ends its children and itself."""
        self.control.close()
        with contextlib.suppress(Exception):
            self.process.wait(timeout=2)
        self.process.kill()
        self.process.wait()
