"""How a child ended, from its exit status and from what faulthandler made it print about where it was."""

from __future__ import annotations

import contextlib
import re
import signal
from pathlib import Path

from quizbook.judge.wording import clean

TRACE = re.compile(
    r"(?:\n|^)(?:Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!|Stack \(most recent call first\):|Fatal Python error: [^\n]*)\n"
    r"(.*)\Z",
    re.DOTALL,
)
FRAME = re.compile(r'File "([^"]+)", line (\d+) in (\S+)')


def without_trace(printed: str) -> str:
    """What was printed before faulthandler had its say."""
    return TRACE.sub("", printed)


def place(printed: str, folder: str) -> str:
    """` in NAME, line N of FILE`: the innermost line of the submission's own files in `folder`; empty if unknown."""
    if trace := TRACE.search(printed):
        for path, line, function in FRAME.findall(trace[1]):
            if path.startswith(folder) and not path.endswith("probe.py"):
                return f" in {clean(function, limit=80)}, line {line} of {clean(Path(path).name, limit=80)}"
    return ""


def how_it_died(code: int | None, where: str) -> str:
    """A sentence about a child that ended before it answered. code: its exit status, minus a signal's number."""
    if code is None:
        return "it closed the judge's channel before it answered"
    if code >= 0:
        return f"it left the process (exit status {code}) before the check was done; return instead of exiting"
    with contextlib.suppress(ValueError):
        number = signal.Signals(-code)
        if number == getattr(signal, "SIGXCPU", None):
            return f"timed out: it used up its processor time{where}"
        if number == getattr(signal, "SIGKILL", None):
            return "its process was killed: it ran out of processor time or memory"
        return f"its process crashed ({number.name}){where}"
    return f"its process was ended by signal {-code}"
