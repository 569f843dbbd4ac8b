"""The warm judge: a process that has torch, the reference and a primed pytest, and forks for every request.

It listens on a socket in the user's private folder, talks to nobody else, and ends itself after ten idle minutes.
A request is one frame of `values` with what to do; the answer is one frame. Answers come from the fork, so whatever a
check does to itself, the next one finds a judge that has done nothing yet.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.judge import premises
from quizbook.judge.exercise import find_exercise
from quizbook.judge.hanging_up import still_there
from quizbook.judge.kept_warm import import_once, not_tried
from quizbook.judge.values import decode, encode, read_frame
from quizbook.judge.warm_runner import WarmRunner

IDLE_S = 600.0
LOOK_S = 5.0  # between two looks whether its socket is still there, while nothing else wakes it
MOST_SECONDS = 900.0  # for one request, whatever it is: then its fork is ended
BACKLOG = 64


def main(arguments: list[str]) -> None:
    """`arguments`: the number of a pipe to report readiness on, the folder to listen in, the idle seconds."""
    ready = int(arguments[0])
    try:
        service = Service(Path(arguments[1]), float(arguments[2]) if len(arguments) > 2 else IDLE_S)
    except BaseException as error:
        os.write(ready, f"{type(error).__name__}: {error}".encode())
        raise
    os.write(ready, b"ready")
    os.close(ready)
    service.run()


class Service:
    """Accepts connections of its own user, forks for each request, and outlives all of them."""

    def __init__(self, folder: Path, idle_s: float) -> None:
        self.folder, self.idle_s = folder, idle_s
        premises.sweep_scratch()
        self.runner = WarmRunner(premises.private_folder("scratch"))
        self._warm_up()
        self.runner.ready()
        self.listener = listen(self.folder)
        self.socket = _identity(self.folder / "judge")
        self.retiring = False
        self.working: dict[int, tuple[socket.socket, float]] = {}  # pid of a fork -> its client, since when
        self.spare: tuple[int, socket.socket] | None = None  # a fork that waits for a request, and how to hand it one

    def _warm_up(self) -> None:
        import torch

        torch.set_num_threads(1)  # forks of a process that ran a parallel operation hang
        for module in self.runner.modules:
            with contextlib.suppress(ImportError):
                __import__(module)
        from quizbook.judge import answers
        from quizbook.judge.pytest_session import prepare

        answers.import_all()
        # compiled checks are kept, but a check leaves nothing in an exercise's folder
        sys.pycache_prefix = str(premises.private_folder("cache", "bytecode"))
        prepare()
        gc.collect()
        gc.freeze()  # forks need not copy what the collector would otherwise touch

    def run(self) -> None:
        """Until it is told to stop, or nothing came for the idle time, or its own socket is gone."""
        wake_r, wake_w = os.pipe()
        os.set_blocking(wake_w, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        last = time.monotonic()
        try:
            while not self.retiring or self.working:
                watched: list[Any] = [wake_r, *(client for client, _ in self.working.values())]
                if not self.retiring:
                    watched.append(self.listener)
                if not self.working and self.spare is None:
                    self._make_spare()
                ready, _, _ = select.select(watched, [], [], 1.0 if self.working else min(self.idle_s, LOOK_S))
                if wake_r in ready:
                    os.read(wake_r, 4096)
                self._reap()
                self._end_forsaken(ready)
                if self.listener in ready:
                    last = time.monotonic()
                    if not self._accept():
                        return
                if self.working:
                    last = time.monotonic()
                elif time.monotonic() - last >= self.idle_s or not self._is_reachable():
                    return
        finally:
            self._close()

    def _accept(self) -> bool:
        """Takes one request; False for the one that says to stop. To retire is to take no more and finish what runs."""
        client, _ = self.listener.accept()
        client.settimeout(5)
        try:
            if not _is_owner(client):
                client.close()
                return True
            frame = read_frame(client.makefile("rb").read)
            request = decode(*frame) if frame else None
        except (OSError, ValueError):
            client.close()
            return True
        if not isinstance(request, dict):
            client.close()
        elif request.get("do") in ("stop", "retire"):
            _answer(client, {"stopped": os.getpid()})
            client.close()
            self.retiring = True
            self.listener.close()
            self._take_socket_away()
            return request.get("do") == "retire"
        else:
            self._fork(client, request)
        return True

    def _fork(self, client: socket.socket, request: Mapping[str, Any]) -> None:
        if not self.runner.alive():
            self._end_spare()
            self.runner.stop()
            self.runner = WarmRunner(premises.private_folder("scratch"))
        self.runner.ready()  # its word about itself comes once, and has to reach this process, not a fork
        self._keep_warm(request)
        pid = self._hand_to_spare(client, request) or os.fork()
        if pid == 0:
            self._end_in_fork(lambda: self._work(client, request))
        self.working[pid] = (client, time.monotonic())

    def _keep_warm(self, request: Mapping[str, Any]) -> None:
        """Imports what checks of this exercise take seconds to import, once, on both sides of the wall at a time."""
        try:
            packages = find_exercise(str(request["id"])).imports
        except (KeyError, QuizbookError):  # the fork says what is wrong with the request
            return
        self.runner.keep_warm(packages)
        if not_tried(packages):
            self._end_spare()  # it was forked before
            import_once(packages)

    def _make_spare(self) -> None:
        """Forks ahead of time: what a fork has to copy before it runs at full speed is copied while nobody waits."""
        self.runner.ready()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._end_in_fork(lambda: self._wait_and_work(theirs))
        theirs.close()
        self.spare = (pid, ours)

    def _hand_to_spare(self, client: socket.socket, request: Mapping[str, Any]) -> int | None:
        """The pid of the fork that took the request, if one is waiting and ready."""
        if self.spare is None or not still_there(self.spare[1], unless_silent=True):
            return None
        pid, channel = self.spare
        self.spare = None
        with channel, contextlib.suppress(OSError):
            socket.send_fds(channel, [b"r"], [client.fileno()])
            channel.sendall(encode(dict(request)))
            return pid
        return None

    def _end_spare(self) -> None:
        if self.spare is not None:
            self.spare[1].close()  # upon which it ends itself
            self.spare = None

    def _wait_and_work(self, channel: socket.socket) -> None:
        from quizbook.judge.pytest_session import rehearse

        rehearse()
        channel.send(b"ready")
        word, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if word and (frame := read_frame(channel.makefile("rb").read)):
            self._work(socket.socket(fileno=descriptors[0]), decode(*frame))

    def _work(self, client: socket.socket, request: Mapping[str, Any]) -> None:
        from quizbook.judge import answers

        client.settimeout(None)
        try:
            answer = answers.answer(request, self.runner)
        except BaseException:
            import traceback

            answer = _our_fault(traceback.format_exc())
        _answer(client, answer)

    def _end_in_fork(self, job: Callable[[], None]) -> None:
        """What a fork does instead of returning to the loop that is not its own."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self.listener.close()
            job()
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                premises.sweep_scratch(pid)
                if self.spare and self.spare[0] == pid:
                    self._end_spare()
                client, _ = self.working.pop(pid, (None, 0.0))
                if client and status != 0:
                    _answer(client, _our_fault(f"the check's process ended with status {status}"))
                if client:
                    client.close()

    def _end_forsaken(self, ready: list[Any]) -> None:
        """Ends the forks whose clients have hung up, or that take for ever."""
        for pid, (client, since) in self.working.items():
            gone = client in ready and not still_there(client)
            if gone or time.monotonic() - since > MOST_SECONDS:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _is_reachable(self) -> bool:
        """Whether its socket still lies where clients look, and not another judge's in its place."""
        return _identity(self.folder / "judge") == self.socket

    def _take_socket_away(self) -> None:
        if self._is_reachable():
            with contextlib.suppress(OSError):
                (self.folder / "judge").unlink()

    def _close(self) -> None:
        if not self.retiring:
            self._take_socket_away()
            self.listener.close()
        self._end_spare()
        for pid in self.working:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.runner.stop()


def listen(folder: Path) -> socket.socket:
    """A socket in `folder` that only its owner can connect to. Its path may be longer than the kernel's 107 bytes."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = Path.cwd()
    os.chdir(folder)
    try:
        Path("judge").unlink(missing_ok=True)
        listener.bind("judge")
        Path("judge").chmod(0o600)
    finally:
        os.chdir(before)
    listener.listen(BACKLOG)
    return listener


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of its name; the number of an inode alone is given out again."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _is_owner(client: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the folder's mode is what keeps others out
    _, uid, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return bool(uid == os.getuid())


def _answer(client: socket.socket, answer: Mapping[str, Any]) -> None:
    with contextlib.suppress(OSError):
        client.sendall(encode(dict(answer)))


def _our_fault(trace: str) -> dict[str, Any]:
    return {"error": {"kind": "internal", "message": "the judge itself failed"}, "trace": trace}
