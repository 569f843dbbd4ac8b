"""The warm process behind the wall: it has torch imported and knows no answer; all it does is fork.

Each job comes from the judge over a socket pair with four file descriptors: where to report the end, where requests
come from, where replies go, where prints go. The forked child raises the wall around itself before it touches a line
of the submission. Nothing that an exercise withholds is ever imported here, since a child can search the memory that
it was forked from.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import os
import select
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from quizbook.judge import behind, offline
from quizbook.judge.hanging_up import still_there
from quizbook.judge.kept_warm import import_once
from quizbook.judge.wall.enclosure import LAYERS, Enclosure, Layer, Limits
from quizbook.judge.wall.raising import raise_wall, try_layers

MOST_JOB = 64 * 1024  # bytes
IDLE_S = 0.5  # without a job, before the time is used to get ready for later ones
SPAWNED_GRACE_S = 30
PR_SET_PDEATHSIG = 1
THREADS = 2  # that a child may use


@dataclass(frozen=True, slots=True)
class Job:
    """What one child is for: the folder with its files, and what it may see and use."""

    folder: str
    enclosure: Enclosure

    def as_json(self) -> bytes:
        """The form in which a job travels from the judge to the runner."""
        e, limits = self.enclosure, self.enclosure.limits
        return json.dumps(
            {
                "folder": self.folder,
                "readable": e.readable,
                "scratch": e.scratch,
                "hidden": e.hidden,
                "limits": [limits.cpu_s, limits.wall_s, limits.memory_mb, limits.scratch_mb],
            }
        ).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Job:
        """The other way round."""
        d = json.loads(text)
        enclosure = Enclosure(tuple(d["readable"]), d["scratch"], tuple(d["hidden"]), Limits(*d["limits"]))
        return cls(d["folder"], enclosure)


def main(arguments: list[str]) -> None:
    """`arguments`: the control socket's number, a folder for trials, the modules to import beforehand."""
    control = socket.socket(fileno=int(arguments[0]))
    warm_up(arguments[2:])
    missing = try_layers(Path(arguments[1]))
    imported = [name for name in sys.modules if name.startswith("reference.")]
    control.send(json.dumps({"missing": missing, "imported": imported}).encode())
    layers = tuple(layer for layer in LAYERS if layer not in missing)
    Runner(control, layers).run()


def warm_up(modules: list[str]) -> None:
    """Imports what children need; one thread only, since a fork after a parallel torch operation hangs the child."""
    import torch

    torch.set_num_threads(1)
    torch.zeros(2, 2) @ torch.zeros(2, 2)  # the first product loads the kernels
    torch.nn.Linear(2, 2)(torch.zeros(1, 2)).sum().backward()
    for module in modules:
        with contextlib.suppress(ImportError):
            __import__(module)
    for module in ("files", "limits", "namespaces", "syscalls"):
        with contextlib.suppress(ImportError, OSError, RuntimeError):  # not every platform has what they are made of
            __import__(f"quizbook.judge.wall.{module}")
    offline.register_gpt2()
    gc.collect()
    gc.freeze()  # forks need not copy what the collector would otherwise touch


def spawned(arguments: list[str]) -> None:
    """The main of a child where nothing warm can be forked: its job and the missing layers, as JSON.

    Requests come from standard input, replies go to standard output, prints to standard error.
    """
    warm_up([])
    layers = tuple(layer for layer in LAYERS if layer not in json.loads(arguments[1]))
    job = Job.from_json(arguments[0].encode())
    if hasattr(signal, "alarm"):  # where nobody outlives the judge to end this child for it
        signal.alarm(math.ceil(job.enclosure.limits.wall_s) + SPAWNED_GRACE_S)
    _become_child(job, [0, 1, 2], layers, warm=False)


class Runner:
    """Forks a child a job, tells the judge how each ended, and ends those whose judge has gone."""

    def __init__(self, control: socket.socket, layers: tuple[Layer, ...]) -> None:
        self.control = control
        self.layers = layers
        self.children: dict[int, socket.socket] = {}  # pid -> where to report

    def run(self) -> None:
        """Until the judge closes the control socket."""
        wake_r, wake_w = os.pipe()
        os.set_blocking(wake_w, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        patience: float | None = IDLE_S
        while True:
            watched = [self.control.fileno(), wake_r, *(s.fileno() for s in self.children.values())]
            ready, _, _ = select.select(watched, [], [], patience)
            if not ready:
                offline.make_gpt2()
                patience = None
            if wake_r in ready:
                os.read(wake_r, 4096)
                self._reap()
            for pid, report in list(self.children.items()):
                if report.fileno() in ready and not still_there(report):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    report.close()
                    del self.children[pid]
            if self.control.fileno() in ready and not self._take_job():
                break
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)

    def _take_job(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self.control, MOST_JOB, 4)
        if not message:
            return False
        if not descriptors:
            import_once(json.loads(message)["import"])
            return True
        report = socket.socket(fileno=descriptors[0])
        pid = os.fork()
        if pid == 0:
            _become_child(Job.from_json(message), descriptors[1:], self.layers, warm=True)
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        self.children[pid] = report
        return True

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if report := self.children.pop(pid, None):
                    with contextlib.suppress(OSError):
                        report.send(json.dumps({"ended": os.waitstatus_to_exitcode(status)}).encode())
                    report.close()


def _become_child(job: Job, descriptors: list[int], layers: tuple[Layer, ...], *, warm: bool) -> None:
    """Never returns. Whatever goes wrong before the wall stands ends the child with a word on its output.

    warm: whether a runner that must not be outlived made this child.
    """
    code = 1
    parent = os.getppid()
    try:
        requests, replies, output = _only_own_descriptors(descriptors)
        if hasattr(os, "setsid"):
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with contextlib.suppress(PermissionError):  # a spawned child leads a session already
                os.setsid()
        raise_wall(job.enclosure, layers)
        if warm:
            _die_with(parent)
        be_nobody_in_particular(job.enclosure.scratch)
        with os.fdopen(requests, "rb") as incoming, os.fdopen(replies, "wb") as outgoing:
            behind.serve(incoming, outgoing, job.folder)
        code = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            os.write(output, f"\nthe child could not start: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


def _die_with(parent: int) -> None:
    """The kernel kills this process when the runner goes. Asked for behind the wall: new credentials would undo it."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def _only_own_descriptors(descriptors: list[int]) -> tuple[int, int, int]:
    """Requests become 3, replies 4, prints 1 and 2, nothing comes from 0; all others are closed."""
    moved = [os.dup(d) for d in descriptors]
    spare = max(*moved, 64) + 1
    high = [os.dup2(d, spare + i) for i, d in enumerate(moved)]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(high[0], 3)
    os.dup2(high[1], 4)
    os.dup2(high[2], 1)
    os.dup2(high[2], 2)
    os.closerange(5, 65536)
    return 3, 4, 1


def be_nobody_in_particular(scratch: str) -> None:
    """An environment of its own, its scratch as home and current folder, and dice of its own."""
    import random

    import torch

    os.environ.clear()
    os.environ.update(
        HOME=scratch,
        TMPDIR=scratch,
        MPLBACKEND="Agg",
        MPLCONFIGDIR=scratch,
        LANG="C.UTF-8",
        PYTHONDONTWRITEBYTECODE="1",
    )
    tempfile.tempdir = None  # what the runner found out about its own surroundings
    os.umask(0o077)
    os.chdir(scratch)
    sys.argv[:] = ["submission"]
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", closefd=False))
    random.seed()
    torch.seed()
    torch.set_num_threads(THREADS)
