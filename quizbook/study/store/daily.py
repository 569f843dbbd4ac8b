"""When a backup is made: never before a question, never in the way of an answer.

A small log is copied whenever somebody who wrote into it closes it. Until then the last day's copy stands; so a log
that has copies of earlier days, or is large, gets today's by a process of its own after today's first answer. That also
serves who never closes the program, only the window.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from datetime import date
from pathlib import Path

from quizbook.study.store.opening import FILE_NAME

FOLDER = "backups"
SMALL = 4 * 2**20  # bytes; so much is copied and checked in a few hundredths of a second


def path_of(folder: Path, day: date) -> Path:
    """Where the copy of a day lies, for the store in this folder."""
    return folder / FOLDER / f"quizbook-{day.isoformat()}.sqlite3"


def after_first_write(folder: Path) -> None:
    """Have today's copy made beside us if there is none, and if there is something of earlier days to lose."""
    if not path_of(folder, date.today()).exists() and ((folder / FOLDER).exists() or _size(folder / FILE_NAME) > SMALL):
        _take_behind(folder)


def before_closing(folder: Path, connection: sqlite3.Connection) -> str | None:
    """Copy a small log; return a sentence where that fails."""
    size = _size(folder / FILE_NAME)
    if size > SMALL:
        if 2 * _size(path_of(folder, date.today())) < size:  # none, or one from before a sync brought very much
            _take_behind(folder)
        return None
    from quizbook.study.store.backups import take

    try:
        take(folder, connection)
    except (OSError, sqlite3.Error) as error:
        said = getattr(error, "strerror", None) or error
        return f"today's backup in {folder / FOLDER} could not be written ({said}); your answers are stored"
    return None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _take_behind(folder: Path) -> None:
    """Start a process that makes the copy and outlives this one."""
    checkout = str(Path(__file__).parents[3])
    code = f"import sys; sys.path.insert(0, {checkout!r}); from quizbook.study.store.backups import main; main()"
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    try:
        command = [sys.executable, "-I", "-c", code, str(folder)]
        os.posix_spawn(sys.executable, command, os.environ, file_actions=nowhere, setsid=True)
    except (OSError, NotImplementedError):
        pass  # the next close, or tomorrow, tries again
