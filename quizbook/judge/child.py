"""The judge's end of one child behind the wall: ask, wait no longer than allowed, and tell what came of it.

Whatever comes back is a value, or one of the ways in which nothing came back; each is an exception with a sentence.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol

try:
    import fcntl
    import termios
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from quizbook.errors import QuizbookError
from quizbook.judge.last_words import how_it_died, place, without_trace
from quizbook.judge.launch import start_python
from quizbook.judge.runner import Job
from quizbook.judge.values import decode, encode, read_frame
from quizbook.judge.wording import clean

MOST_OUTPUT = 64 * 1024  # bytes that are kept of what a submission prints
STAND_S = 60.0  # for a child that has to import torch first
DEATH_S = 0.5  # between the end of a child's replies and its own
GRACE_S = 0.25  # between a child's last word on where it hangs and its end


class NoValue(Exception):
    """A request that brought no value; `sentence` is for people."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception of the submission, in its own words: type, message, and where its own files were when it rose.

    place: how that line is called where it was written, if not by its number in the file.
    """

    type: str
    message: str
    file: str | None
    line: int | None
    text: str | None
    place: str | None = None

    def in_words(self) -> str:
        """Such as: ValueError in line 3 (`x = int(y)`): invalid literal."""
        where = f" in {self.place or f'line {self.line}'} (`{self.text}`)" if self.line else ""
        return f"{self.type}{where}" + (f": {self.message}" if self.message else "")


class CallRaised(NoValue):
    """The submission's code raised an exception."""

    def __init__(self, raised: Raised) -> None:
        self.raised = raised
        super().__init__(f"your code raised {raised.in_words()}")


class NotLoaded(NoValue):
    """The submission cannot be used at all."""

    def __init__(self, sentence: str, line: int | None, column: int | None) -> None:
        super().__init__(sentence)
        self.line, self.column = line, column


class TimedOut(NoValue):
    """The submission used up its time."""


class Died(NoValue):
    """The submission's process ended before it answered."""


class Handle(Protocol):
    """One child process as whoever made it knows it."""

    def end(self) -> None:
        """Kills it if it lives, by a signal that it cannot catch."""

    def ended(self) -> int | None:
        """Its exit code, minus the signal's number if one ended it; None if it lives, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A child that the warm runner forked; the runner kills it when our end of the report socket closes."""

    report: socket.socket

    def end(self) -> None:
        """The runner sees the hang-up."""
        self.report.close()

    def ended(self) -> int | None:
        """The runner says."""
        with contextlib.suppress(OSError, ValueError):
            self.report.settimeout(DEATH_S)
            return int(json.loads(self.report.recv(1024))["ended"])
        return None


@dataclass(frozen=True, slots=True)
class Spawned:
    """A child of our own, started from nothing."""

    process: subprocess.Popen[bytes]

    def end(self) -> None:
        """Ours to kill."""
        self.process.kill()
        self.process.wait()

    def ended(self) -> int | None:
        """Ours to wait for."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(DEATH_S)
        return None


class Child:
    """A process behind the wall that answers one request after another. folder: where the submission's files lie."""

    def __init__(self, handle: Handle, folder: str, requests: IO[bytes], replies: IO[bytes], output: IO[bytes]) -> None:
        self._handle, self._folder = handle, folder
        self._requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._frames: queue.Queue[tuple[bytes, bytes] | str | None] = queue.Queue()
        self._output = output
        self._printed = bytearray()
        self._draining = threading.Lock()
        self._number = 0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._tell, args=(requests,), daemon=True),
            threading.Thread(target=self._listen, args=(replies,), daemon=True),
            threading.Thread(target=self._drain, args=(output,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, seconds: float, verb: str, *arguments: object) -> Any:
        """The value that the child replies to one request, within so many seconds; NoValue says why there is none."""
        return self.receive(self.send(seconds, verb, *arguments), seconds)

    def send(self, seconds: float, verb: str, *arguments: object) -> int:
        """Hands over a request and does not wait; the number that `receive` asks for, in the same order."""
        self._number += 1
        self._requests.put(encode([self._number, seconds, verb, *arguments]))
        return self._number

    def receive(self, number: int, seconds: float) -> Any:
        """The value of an earlier request, waiting at most so long from now; NoValue says why there is none."""
        try:
            frame = self._frames.get(timeout=max(seconds, 0) + GRACE_S)
        except queue.Empty:
            raise self._timeout(seconds) from None
        if frame is None:
            raise self._death()
        if isinstance(frame, str):
            raise self._forged(frame)
        return _value(self._reply(frame, number))

    def stands(self) -> None:
        """Waits for the first reply, sent when the wall stood and nothing of the submission had run.

        QuizbookError (internal) where it does not come.
        """
        try:
            self.receive(0, STAND_S)
        except NoValue:
            self.close()
            raise QuizbookError(
                f"the process behind the wall does not start: {self.printed().strip()[-500:]}", kind="internal"
            ) from None

    def printed(self) -> str:
        """What the submission printed so far, cut at 64 KiB, without control characters or our own notes."""
        self._settle()
        text = bytes(self._printed[:MOST_OUTPUT]).decode("utf-8", "replace")
        return clean(without_trace(text), lines=True)

    def end(self) -> None:
        """Ends the child, if that has not been done; nobody waits until it is gone."""
        if not self._closed:
            self._closed = True
            self._requests.put(None)
            self._handle.end()

    def close(self) -> None:
        """Ends the child and waits for the last of its prints."""
        self.end()
        for thread in self._threads:
            thread.join(timeout=5)

    def _reply(self, frame: tuple[bytes, bytes], number: int) -> Mapping[str, Any]:
        """The reply to that request; whoever answers anything else has no more to say."""
        try:
            reply = decode(*frame)
        except ValueError as error:
            raise self._forged(f"something that is no value: {error}") from None
        if not isinstance(reply, dict) or type(reply.get("id")) is not int or reply["id"] != number:
            raise self._forged("an answer that nobody asked for")
        return reply

    def _forged(self, what: str) -> Died:
        self.close()
        return Died(f"your code wrote into the judge's channel: {what}")

    def _timeout(self, seconds: float) -> TimedOut:
        self.close()
        return TimedOut(f"timed out: it was still running after {seconds:.3g} s{self._place()}")

    def _death(self) -> Died:
        code = self._handle.ended()
        self.close()
        return Died(how_it_died(code, self._place()))

    def _place(self) -> str:
        return place(self._printed.decode("utf-8", "replace"), self._folder)

    def _tell(self, requests: IO[bytes]) -> None:
        """In a thread of its own: a child that does not read must not hold up the judge's clock."""
        with contextlib.suppress(OSError), requests:
            while (message := self._requests.get()) is not None:
                requests.write(message)
                requests.flush()

    def _listen(self, replies: IO[bytes]) -> None:
        with replies:
            try:
                answered = -1  # the word that the wall stands comes unasked
                while (frame := read_frame(replies.read)) is not None:
                    answered += 1
                    if answered > self._number:
                        raise ValueError("more answers than there were requests")
                    self._frames.put(frame)
                self._frames.put(None)
            except (ValueError, OSError, MemoryError) as error:
                self._frames.put(str(error))

    def _drain(self, output: IO[bytes]) -> None:
        with output, contextlib.suppress(OSError, ValueError):
            while True:
                if fcntl:
                    select.select([output], [], [])
                with self._draining:
                    chunk = os.read(output.fileno(), 65536)
                    # the end is kept as well: that is where a hanging child says where it hangs
                    kept = self._printed + chunk
                    self._printed = kept if len(kept) <= 2 * MOST_OUTPUT else kept[:MOST_OUTPUT] + kept[-MOST_OUTPUT:]
                if not chunk:
                    return

    def _settle(self) -> None:
        """Waits until everything that the child printed before its last reply has been read."""
        if fcntl is None:  # a pipe here does not tell what it holds
            self.close()
            return
        deadline = time.monotonic() + GRACE_S
        waiting = struct.pack("i", 1)
        while any(waiting) and time.monotonic() < deadline:
            with self._draining, contextlib.suppress(OSError, ValueError):
                waiting = fcntl.ioctl(self._output, termios.FIONREAD, waiting)
                continue
            return  # it is closed: all was read


def fork_child(control: socket.socket, job: Job) -> Child:
    """A child forked from the warm runner at the other end of `control`."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    requests_r, requests_w = os.pipe()
    replies_r, replies_w = os.pipe()
    output_r, output_w = os.pipe()
    given = [theirs.fileno(), requests_r, replies_w, output_w]
    socket.send_fds(control, [job.as_json()], given)
    theirs.close()
    for descriptor in given[1:]:
        os.close(descriptor)
    return Child(
        Forked(ours),
        job.folder,
        os.fdopen(requests_w, "wb"),
        os.fdopen(replies_r, "rb"),
        os.fdopen(output_r, "rb", buffering=0),
    )


def spawn_child(missing: tuple[str, ...], job: Job) -> Child:
    """A child started from nothing, where the platform cannot fork a process that has torch in it."""
    process = start_python(
        "from quizbook.judge.runner import spawned; spawned(sys.argv[1:])",
        job.as_json().decode(),
        json.dumps(missing),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pipes = [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None]
    return Child(Spawned(process), job.folder, *pipes)


def _value(reply: Mapping[str, Any]) -> Any:
    if "value" in reply:
        return reply["value"]
    if "unsendable" in reply:
        raise NoValue(f"what your code returned cannot be judged: {clean(str(reply['unsendable']), limit=600)}")
    told = reply.get("refused", reply.get("raised"))
    if not isinstance(told, dict):
        raise NoValue("your code handed over something that is no value")
    line = told.get("line") if isinstance(told.get("line"), int) else None
    if "refused" in reply:
        column = told.get("column") if isinstance(told.get("column"), int) else None
        raise NotLoaded(clean(str(told.get("sentence")), limit=600), line, column)
    file, text = told.get("file"), told.get("text")
    raise CallRaised(
        Raised(
            type=clean(str(told.get("type")), limit=80),
            message=clean(str(told.get("message")), limit=600),
            file=clean(file, limit=80) if isinstance(file, str) else None,
            line=line,
            text=clean(text, limit=160) if isinstance(text, str) else None,
        )
    )
