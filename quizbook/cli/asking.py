"""A dialogue in plain lines: prompts out, lines in, until the other side leaves by Ctrl-D, Ctrl-C or a closed terminal.

A signal ends the dialogue only while it waits for a line or writes one. What happens in between, grading an answer
and putting it into the log, is never cut in two: the signal counts at the next prompt.
"""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, Self, TextIO

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SIGNALS = ("SIGINT", "SIGHUP", "SIGTERM")


class Left(Exception):
    """The other side is gone, or wants to be. at_end: the input simply ended (Ctrl-D, the end of a pipe)."""

    def __init__(self, *, at_end: bool = False) -> None:
        super().__init__("the dialogue was left")
        self.at_end = at_end


class Dialogue:
    """A context manager that holds the signals for as long as the dialogue goes on."""

    def __init__(self, source: TextIO, sink: TextIO) -> None:
        self._source, self._sink = source, sink
        self._interruptible = False
        self._asked_to_leave = False
        self._after_prompt = False
        self._former: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for stream in (self._source, self._sink):
            if hasattr(stream, "reconfigure"):
                with contextlib.suppress(OSError, ValueError):  # a stream that was read from already keeps its ways
                    stream.reconfigure(errors="replace")
        for name in _SIGNALS:
            if number := getattr(signal, name, None):
                with contextlib.suppress(ValueError):  # not the main thread: no signals come here
                    self._former[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def say(self, lines: Iterable[str]) -> None:
        """Print lines. Raises Left where nobody can read them any more."""
        text = "".join(f"{_CONTROL.sub('�', line)}\n" for line in lines)
        with self._open_to_signals():
            self._write(text)

    def ask(self, prompt: str) -> str:
        """Print a prompt and read a line, without its end. Raises Left at the end of the input or on a signal."""
        with self._open_to_signals():
            self._write(prompt)
            try:
                line = self._source.readline()
            except (OSError, ValueError):  # the terminal is gone, or stdin was closed
                line = ""
        if not line:
            raise Left(at_end=True)
        self._after_prompt = not self._source.isatty()
        return line.rstrip("\r\n")

    def say_last(self, lines: Iterable[str]) -> None:
        """Print lines if that is still possible; nothing stops it and nothing comes of it if not."""
        with contextlib.suppress(Left, OSError, ValueError):
            self._write("".join(f"{_CONTROL.sub('�', line)}\n" for line in lines))

    def _write(self, text: str) -> None:
        if self._after_prompt:  # nobody saw an Enter key; this begins a line all the same
            self._after_prompt, text = False, f"\n{text}"
        try:
            self._sink.write(text)
            self._sink.flush()
        except OSError as error:
            raise Left from error

    @contextlib.contextmanager
    def _open_to_signals(self) -> Iterator[None]:
        self._interruptible = True
        try:
            if self._asked_to_leave:
                raise Left
            yield
        finally:
            self._interruptible = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_leave = True
        if self._interruptible:
            self._interruptible = False
            raise Left
