"""`quizbook export`: the whole log as JSON Lines, for other programs, for a teacher, for research."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from quizbook import places
from quizbook.errors import QuizbookError
from quizbook.grading.wording import counted
from quizbook.study.store import Log, open_log
from quizbook.study.store.event_lines import head_line, line_of_event


def export(*, file: str, anonymous: bool, force: bool) -> int:
    """Write every event, one a line, after a line that says what this is; `-` is stdout.

    anonymous: leave out what tells whose it is. force: write over a file that is there.
    The file appears whole or not at all. QuizbookError: it is there already, or cannot be written.
    """
    with open_log(places.home(), writing=False) as log:
        lines = _anonymous_lines(log) if anonymous else _lines(log)
        count = _put(sys.stdout, lines) if file == "-" else _write(Path(file).expanduser(), lines, force=force)
    where = "" if file == "-" else f" to {file}"
    print(f"quizbook: {counted(count - 1, 'event')} written{where}", file=sys.stderr)
    return 0


def _lines(log: Log) -> Iterator[str]:
    yield head_line()
    for _, line in log.lines():
        yield line


def _anonymous_lines(log: Log) -> Iterator[str]:
    from quizbook.study.anonymous import anonymous

    yield head_line(anonymous=True)
    yield from map(line_of_event, anonymous(log.events()))


def _write(path: Path, lines: Iterator[str], *, force: bool) -> int:
    """Write beside the file, for the learner alone, and rename it when it is whole; return the number of lines."""
    part = path.with_name(f".{path.name[:200]}-{os.getpid()}.part")
    try:
        if path.is_dir():
            raise QuizbookError(f"{path} is a folder. Name the file in it, such as {path / 'answers.jsonl'}.")
        if path.exists() and not path.is_file():  # a pipe, a terminal, /dev/null
            with path.open("w", encoding="ascii") as file:
                return _put(file, lines)
        if path.exists() and not force:
            raise _there_already(path)
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            count = _put(file, lines)
            file.flush()
            os.fsync(file.fileno())
        _rename(part, path, force=force)
        return count
    except OSError as error:
        raise QuizbookError(f"{path} cannot be written ({error.strerror or error}). Nothing was changed.") from error
    except ValueError as error:  # a zero byte in the name
        raise QuizbookError(f"The file cannot be written ({error}).") from error
    finally:
        with suppress(OSError, ValueError):
            part.unlink(missing_ok=True)


def _put(file: TextIO, lines: Iterator[str]) -> int:
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007
        print(line, file=file)
    return count


def _rename(part: Path, path: Path, *, force: bool) -> None:
    if force:
        part.replace(path)
        return
    try:
        os.link(part, path)  # unlike a rename, it never takes the place of another file
    except FileExistsError:
        raise _there_already(path) from None
    except OSError:  # a file system without links
        part.replace(path)


def _there_already(path: Path) -> QuizbookError:
    return QuizbookError(f"{path} is there already. Give another name, or --force to write over it.")
