"""Single keys from a terminal, without Enter; from a pipe, a key a line."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Callable, Iterator

ESCAPE = b"\x1b"
END = "q"  # what a closed input means
Wait = Callable[[float], str | None]


@contextlib.contextmanager
def single_keys() -> Iterator[Wait]:
    """Gives a function that waits some seconds for a key, or None; afterwards the terminal is as before."""
    descriptor = sys.stdin.fileno()
    if not os.isatty(descriptor):
        yield lambda seconds: _read(descriptor, seconds)
        return
    import termios
    import tty

    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSANOW)
        yield lambda seconds: _read(descriptor, seconds)
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _read(descriptor: int, seconds: float) -> str | None:
    if not select.select([descriptor], [], [], seconds)[0]:
        return None
    raw = os.read(descriptor, 64)
    if not raw:
        return END
    if raw.startswith(ESCAPE):  # an arrow, a function key, a pasted text
        return None
    return raw.decode("utf-8", "replace").strip().lower()[:1] or None
