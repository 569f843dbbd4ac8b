"""From the words of a command line to an exit code; whatever goes wrong becomes one sentence and never a traceback."""

from __future__ import annotations

import contextlib
import importlib
import json
import opcode
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import cast

DONE, INTERRUPTED, BAD_INPUT, OWN_FAULT = 0, 1, 2, 4
OURS = str(Path(__file__).parents[1])
NO_MEMORY = ("can't allocate memory", "out of memory", "not enough memory")


def main(words: Sequence[str] | None = None) -> int:
    """Run what a command line says, by default this process's; the exit code.

    0 done, 1 interrupted, 2 bad input or usage, 4 a fault of this program, of which a file then holds the details.
    """
    words = sys.argv[1:] if words is None else words
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # no character that a model writes ends the program
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt as interrupt:
        print(f"reference: {interrupt or 'stopped'}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone. What is left of it goes nowhere, so that the end of the process is quiet.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except Exception as error:
        return _tell(error, words)


def _run(words: Sequence[str]) -> int:
    from reference.jobs.app import parse

    understood = parse(words)
    if isinstance(understood, int):
        return understood
    name, settings = understood
    if name != "pretrain" and int(os.environ.get("WORLD_SIZE", "1") or 1) > 1:
        raise ValueError(f"{name} runs in one process; only pretrain shares its work among several")
    job = importlib.import_module(f"reference.jobs.{name}")
    if settings.threads is not None:
        import torch

        torch.set_num_threads(settings.threads)
    return cast(int, job.run(settings))


def _tell(error: Exception, words: Sequence[str]) -> int:
    """Says what went wrong: a sentence on stderr, or JSON on stdout where that was asked for."""
    sentence = sentence_of(error)
    code = OWN_FAULT if sentence is None else BAD_INPUT
    if sentence is None:
        sentence = f"this is a fault of the program itself ({type(error).__name__}); {_noted(error, words)}"
    if "--json" in words:
        kind = "internal" if code == OWN_FAULT else "input"
        print(json.dumps({"passed": False, "error": {"kind": kind, "message": sentence}}), flush=True)
    else:
        rank = os.environ.get("RANK", "0")
        print(f"reference{'' if rank == '0' else f' (process {rank})'}: {sentence}", file=sys.stderr)
    return code


def sentence_of(error: Exception) -> str | None:
    """What is wrong with the input, for the one who gave it; None where the fault is the program's own.

    A ValueError that our modules raise speaks of a value that came from outside. One that arises in torch or Python
    speaks of a value that we should not have handed on.
    """
    if isinstance(error, MemoryError) or any(said in str(error) for said in NO_MEMORY):
        return "there is not enough memory; a smaller --batch-size, context or model may fit"
    if isinstance(error, OSError):
        named = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{named}" if error.strerror else str(error)
    if isinstance(error, ValueError | TypeError | ImportError) and _raised_by_us(error.__traceback__):
        return str(error)
    return None


def _raised_by_us(trace: TracebackType | None) -> bool:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or not trace.tb_frame.f_code.co_filename.startswith(OURS + os.sep):
        return False
    # What is written in C has no frame of its own: the last one is ours, but it was calling something, not raising.
    return trace.tb_frame.f_code.co_code[trace.tb_lasti] == opcode.opmap["RAISE_VARARGS"]


def _noted(error: Exception, words: Sequence[str]) -> str:
    """Writes the traceback into a file, and says where it lies."""
    import tempfile
    import traceback

    text = f"arguments: {list(words)!r}\n\n{''.join(traceback.format_exception(error))}"
    try:
        handle, path = tempfile.mkstemp(".txt", "reference-")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return f"it said: {error}"
    return f"the details are in {path}"
