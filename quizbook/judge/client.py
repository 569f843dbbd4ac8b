"""Asks the warm judge, and starts it where there is none. Imports little: this is on the way of every check."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.judge import premises
from quizbook.judge.values import decode, encode, read_frame

TRIES = 2  # a judge may end between our knock and its answer
Say = Callable[[str], None]
FORGOTTEN_S = 86400.0  # after which nobody can be about to start a judge in a folder


def ask(request: Mapping[str, Any], say: Say = lambda text: None) -> dict[str, Any]:
    """The judge's answer to a request; `say` is told when something takes longer than a person expects.

    QuizbookError for what the judge refuses (as it says) and for a judge that fails (internal).
    """
    request = {**request, "env": _environment()}
    if must_spawn():
        from quizbook.judge.cold import answer_cold

        return _checked(answer_cold(request))
    for _ in range(TRIES):
        folder = premises.private_folder("run", premises.key())
        connection = _connect(folder) or _start(folder, say)
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as replies:
            connection.sendall(encode(request))
            if frame := read_frame(replies.read):
                return _checked(decode(*frame))
    raise QuizbookError(f"the judge went away {TRIES} times while it worked", kind="internal")


def must_spawn() -> bool:
    """Whether nothing can be kept warm here: no fork, or QUIZBOOK_SPAWN=1 says so."""
    return not sys.platform.startswith("linux") or os.environ.get("QUIZBOOK_SPAWN") == "1"


def stop_all() -> int:
    """Ends every warm judge of this user and home; how many there were."""
    stopped = 0
    for folder in premises.private_folder("run").iterdir():
        if connection := _connect(folder):
            with contextlib.suppress(OSError, ValueError), connection, connection.makefile("rb") as replies:
                connection.sendall(encode({"do": "stop"}))
                if read_frame(replies.read):
                    stopped += 1
    return stopped


def _checked(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise QuizbookError("the judge answered nothing that can be read", kind="internal")
    if error := answer.get("error"):
        told = QuizbookError(error["message"], kind=error["kind"], line=error.get("line"), column=error.get("column"))
        if trace := answer.get("trace"):
            told.add_note(trace)
        raise told
    return answer


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k.startswith("QUIZBOOK_")}


def _connect(folder: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # a path of any length: the kernel allows 107 bytes
        try:
            connection.connect(f"/proc/self/fd/{opened}/judge")
        finally:
            os.close(opened)
        return connection
    connection.close()
    return None


def _start(folder: Path, say: Say) -> socket.socket:
    import fcntl

    from quizbook.judge.launch import start_python

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection := _connect(folder):  # somebody else was faster
            return connection
        say("starting the judge, which the first check of the day has to wait for ...")
        _retire_older(folder)
        ready_r, ready_w = os.pipe()
        process = start_python(
            "from quizbook.judge.service import main; main(sys.argv[1:])",
            str(ready_w),
            str(folder),
            *([idle] if (idle := os.environ.get("QUIZBOOK_JUDGE_IDLE")) else []),
            env=_environment() | {k: v for k in ("HOME",) if (v := os.environ.get(k))},
            pass_fds=(ready_w,),
        )
        os.close(ready_w)
        with os.fdopen(ready_r, "rb") as ready:
            word = ready.read().decode("utf-8", "replace")
        process.returncode = 0  # it outlives us: not ours to wait for
        connection = _connect(folder) if word == "ready" else None
        if connection is None:
            raise QuizbookError(
                f"the judge does not start: {word or 'it ended without a word'}; `quizbook doctor` says more",
                kind="internal",
            )
        return connection


def _retire_older(folder: Path) -> None:
    """Ends judges of the same installation whose code has changed since, and removes what older ones left."""
    place = folder.name.partition("-")[0]
    for other in folder.parent.glob(f"{place}-*"):
        if other == folder:
            continue
        if connection := _connect(other):
            with contextlib.suppress(OSError), connection:
                connection.sendall(encode({"do": "retire"}))
        elif time.time() - other.stat().st_mtime > FORGOTTEN_S:
            for name in ("judge", "lock"):
                (other / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                other.rmdir()
