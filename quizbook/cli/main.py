"""From the process's arguments to its exit code; whatever goes wrong becomes one sentence and never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO, cast

from quizbook.cli.options import Call, command
from quizbook.cli.plain import plain_form
from quizbook.cli.screen import home, takes_the_screen
from quizbook.errors import QuizbookError

if TYPE_CHECKING:
    from pathlib import Path

COMPLETION = "_QUIZBOOK_COMPLETE"  # the shell's completion asks through it


def main() -> int:
    """Run the command line of this process and return its exit code.

    0 done or passed, 1 not yet (or interrupted), 2 bad input or usage, 3 no wall, 4 our own fault.
    """
    _steady_streams()
    try:
        code = _outcome(sys.argv[1:])
    except KeyboardInterrupt:
        code = 1
    return _flushed(code)


def _outcome(words: Sequence[str]) -> int:
    try:
        return _run(words)
    except (KeyboardInterrupt, SystemExit):
        raise
    except QuizbookError as error:
        trouble = error if error.kind != "internal" else _own_fault(error, words)
    except BaseException as error:  # also what is no Exception, such as a panic in somebody's Rust
        if isinstance(error, BrokenPipeError) and _reader_has_gone():
            return 1
        trouble = _no_room(error) if _is_full(error) else _own_fault(error, words)
    return _tell(trouble, words)


def _run(words: Sequence[str]) -> int:
    if not words and COMPLETION not in os.environ:
        if takes_the_screen(plain=False):
            return home()
        if sys.stdin.isatty():
            quiz = command("quiz")
            return _call(Call(quiz, {**quiz.defaults(), "plain": True}))
        words = ["--help"]
    plain = plain_form(words)
    if plain is not None:
        return _call(plain)
    from quizbook.cli.app import parse

    understood = parse(words)
    return understood if isinstance(understood, int) else _call(understood)


def _call(call: Call) -> int:
    """Import the command's module and run its function."""
    from importlib import import_module

    module, _, function = call.command.run.partition(":")
    return cast(int, getattr(import_module(module), function)(**call.arguments))


def _tell(error: QuizbookError, words: Sequence[str]) -> int:
    """Say what is wrong, as JSON on stdout if JSON was asked for, otherwise as a sentence on stderr."""
    try:
        if _wants_json(words):
            import json

            print(json.dumps(error.as_json()))
        else:
            print(f"quizbook: {error.message}{_place(error)}", file=sys.stderr)
    except OSError:
        pass  # nobody listens; the exit code still says it
    return error.exit_code


def _place(error: QuizbookError) -> str:
    """The line and column, unless the sentence names the line itself."""
    if error.line is None or f"line {error.line}" in error.message or f":{error.line}" in error.message:
        return ""
    return f" (line {error.line}{'' if error.column is None else f', column {error.column}'})"


def _wants_json(words: Sequence[str]) -> bool:
    return "--json" in words or "--format=json" in words or "--format json" in " ".join(words)


def _own_fault(error: BaseException, words: Sequence[str]) -> QuizbookError:
    """Write the traceback into a log file and say where it lies."""
    what = f"This is quizbook's own fault ({type(error).__name__})."
    if isinstance(error, QuizbookError):
        what = error.message
    try:
        where = f"The details lie in {_write_log(error, words)}; please send that file with your report."
    except OSError as unwritable:
        where = f"It said: {error}. No log could be written ({unwritable})."
    return QuizbookError(f"{what} {where}", kind="internal")


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _no_room(error: BaseException) -> QuizbookError:
    return QuizbookError(f"The output could not be written ({error}). Make room on the disk and try again.")


def _write_log(error: BaseException, words: Sequence[str]) -> str:
    import platform
    import tempfile
    import time
    import traceback

    from quizbook import __version__

    text = (
        f"quizbook {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"arguments: {list(words)!r}\n\n{''.join(traceback.format_exception(error))}"
    )
    name = time.strftime("quizbook-%Y%m%d-%H%M%S-")
    try:
        handle, path = tempfile.mkstemp(".txt", name, _log_folder())
    except Exception:  # a home that cannot be written, or not even be named
        handle, path = tempfile.mkstemp(".txt", name)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path


def _log_folder() -> Path:
    from quizbook import places

    folder = places.home() / "log"
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _steady_streams() -> None:
    """Make sure that the three streams exist and that no character, however odd, ends the program."""
    plans = (("stdin", "r", "surrogateescape"), ("stdout", "w", "replace"), ("stderr", "w", "replace"))
    for name, mode, errors in plans:
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)


def _flushed(code: int) -> int:
    """Write what stdout still holds; a reader that has gone is no matter, a full disk is one."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _mute(sys.stdout)
        code = code or 1
    except OSError as error:
        _mute(sys.stdout)
        code = _tell(_no_room(error), ())
    try:
        sys.stderr.flush()
    except OSError:
        _mute(sys.stderr)
    return code


def _mute(stream: TextIO) -> None:
    """Let the stream lead nowhere, so that Python's own flush at the end finds nothing to complain about."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _reader_has_gone() -> bool:
    """Whether it was stdout's or stderr's pipe that broke, and not a connection of our own."""
    import select

    try:
        poll = select.poll()
        for stream in (sys.stdout, sys.stderr):
            poll.register(stream.fileno(), 0)
        return bool(poll.poll(0))
    except (AttributeError, OSError):  # no poll on this system, no file behind the stream
        return True
