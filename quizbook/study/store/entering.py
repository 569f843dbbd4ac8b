"""The way into the store: past the lock, through a repair where the file is damaged, to read only where nothing can be
written.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quizbook.study.store.guard import Guard
from quizbook.study.store.opening import (
    FILE_NAME,
    DamagedError,
    UnwritableError,
    connect,
    make_folder,
    uncreatable,
)

Tell = Callable[[str], None]
SUSPECT = Path("backups", "suspect")


@dataclass(frozen=True, slots=True)
class Entry:
    """An open store. device: its name. guard: the lock, None where it is only read and nothing can be locked."""

    connection: sqlite3.Connection
    device: str
    guard: Guard | None


def on_stderr(sentence: str) -> None:
    """Tell the learner, beside what the command prints."""
    print(f"quizbook: {sentence}", file=sys.stderr, flush=True)


def enter(folder: Path, patience: float, *, writing: bool, tell: Tell) -> Entry:
    """Open the store in this folder; make the folder, and repair the store, where that is needed.

    writing: False reads only where nothing can be written. tell: hears of a repair. QuizbookError: it cannot be opened.
    """
    try:
        make_folder(folder)
        guard = _guard(folder, patience)
    except UnwritableError:
        if writing:
            raise
        return _to_read(folder, None)
    try:
        if _looks_odd(folder):
            repair(folder, guard, None, patience, tell)
        try:
            return Entry(*connect(folder, patience), guard)
        except DamagedError as damage:
            repair(folder, guard, damage, patience, tell)
            return Entry(*connect(folder, patience), guard)
        except UnwritableError:
            if writing:
                raise
            return _to_read(folder, guard)
    except BaseException:
        guard.close()
        raise


def repair(folder: Path, guard: Guard, damage: DamagedError | None, patience: float, tell: Tell) -> None:
    """Repair the store, all connections to which are closed here, and tell what came of it.

    damage: what was noticed; None where it is only to be looked at. DamagedError, QuizbookError: it cannot be repaired.
    """
    from quizbook.study.store.recovery import is_suspect, no_repair, recover

    if damage is None and not is_suspect(folder):
        return
    path = folder / FILE_NAME
    before = _identity(path)
    try:
        if not _alone(path, guard, patience):
            if damage is None or _identity(path) != before:
                return
            raise no_repair(path, "another quizbook has it open; close that one, then start this one again") from damage
        done = recover(folder, damage, patience)
    except (OSError, sqlite3.Error, UnwritableError) as error:
        if damage is None:
            return
        raise no_repair(path, f"the new file cannot be written ({error})") from error
    finally:
        guard.shared()
    if done is not None:
        tell(done.sentence)


def _guard(folder: Path, patience: float) -> Guard:
    try:
        return Guard(folder, patience)
    except OSError as error:
        raise uncreatable(folder, error) from error


def _alone(path: Path, guard: Guard, patience: float) -> bool:
    """Wait until the store is ours alone; False where it is not, or somebody else has put another file in its place."""
    before, deadline = _identity(path), time.monotonic() + patience
    while not guard.alone(0.1):
        if _identity(path) != before or time.monotonic() > deadline:
            return False
    return True


def _identity(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _looks_odd(folder: Path) -> bool:
    """Whether a repair may be due, asked without loading what does it."""
    path = folder / FILE_NAME
    if (folder / SUSPECT).exists():
        return True
    there = SUSPECT.parent, Path(f"{FILE_NAME}-wal")
    return not (path.exists() and path.stat().st_size) and any((folder / name).exists() for name in there)


def _to_read(folder: Path, guard: Guard | None) -> Entry:
    from quizbook.study.store.read_only import connect_to_read

    return Entry(*connect_to_read(folder), guard)
