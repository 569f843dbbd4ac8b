"""Daily copies of the log, each written whole, checked and then renamed into its place: seven days and four weeks."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from quizbook.study.store.daily import FOLDER, path_of
from quizbook.study.store.guard import Guard
from quizbook.study.store.opening import APPLICATION_ID, FILE_NAME, MIGRATIONS

SUSPECT = "suspect"  # a file of this name: the log did not pass its check
DAYS, WEEKS = 7, 4
_PART = ".part"
_OLD_PART = 3600  # seconds after which nobody writes on it any more


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that passed its check. events: how many it holds."""

    path: Path
    day: date
    events: int


def kept(days: Collection[date]) -> set[date]:
    """The days whose copies stay: the newest seven, and the newest of each of the four weeks before those."""
    newest = sorted(days, reverse=True)
    daily, older = newest[:DAYS], newest[DAYS:]
    taken = {day.isocalendar()[:2] for day in daily}
    weekly: dict[tuple[int, int], date] = {}
    for day in older:
        week = day.isocalendar()[:2]
        if week not in taken and len(weekly) < WEEKS:
            weekly.setdefault(week, day)
    return {*daily, *weekly.values()}


def days_with_copies(folder: Path) -> dict[date, Path]:
    """The copies that there are for the store in this folder, sound or not."""
    found: dict[date, Path] = {}
    with suppress(OSError):
        for entry in os.scandir(folder / FOLDER):
            name = entry.name
            if name.startswith("quizbook-") and name.endswith(".sqlite3"):
                with suppress(ValueError):
                    found[date.fromisoformat(name[len("quizbook-") : -len(".sqlite3")])] = Path(entry.path)
    return found


def take(folder: Path, log: sqlite3.Connection, today: date | None = None) -> bool:
    """Copy the store in this folder as today's backup, and delete what is too old; writers need not wait.

    log: a connection to it. A copy with more events is never replaced by one with fewer. Returns False where the copy
    does not pass its check: the log is then marked as suspect. OSError, sqlite3.Error: it could not be written.
    """
    target = path_of(folder, today or date.today())
    target.parent.mkdir(mode=0o700, exist_ok=True)
    _clear(target.parent)
    disk = os.statvfs(target.parent)
    if disk.f_bavail * disk.f_frsize < 2 * (folder / FILE_NAME).stat().st_size + 2**20:
        raise OSError("the disk has not enough room for it")
    part = target.with_name(f"{target.name}-{os.getpid()}{_PART}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(log, part)
        events = _events(part)
        if events is None:
            (target.parent / SUSPECT).touch(0o600)
            return False
        if (_events(target) or 0) <= events:
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _prune(folder)
    return True


def sound(folder: Path) -> Iterator[Backup]:
    """The copies that pass their check and that this program can read, the one with the most events first."""
    found = [
        Backup(path, day, events)
        for day, path in days_with_copies(folder).items()
        if (events := _events(path)) is not None
    ]
    yield from sorted(found, key=lambda backup: (backup.events, backup.day), reverse=True)


def main() -> None:
    """Take a backup of the store in the folder that the command line names, when the machine has time for it."""
    os.nice(15)
    folder = Path(sys.argv[1])
    guard = Guard(folder, patience=60.0)
    with suppress(OSError, sqlite3.Error), closing(sqlite3.connect(folder / FILE_NAME, timeout=60.0)) as log:
        take(folder, log)
    guard.close()


def _copy(log: sqlite3.Connection, part: Path) -> None:
    with closing(sqlite3.connect(part)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # one fsync at the end, before the rename
        log.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read where nothing can be written
    handle = os.open(part, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _events(path: Path) -> int | None:
    """How many events a copy holds; None where it is not sound, or newer than this program."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            one = copy.execute
            if one("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                return None
            if not 1 <= one("PRAGMA user_version").fetchone()[0] <= len(MIGRATIONS):
                return None
            if one("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return None
            if one("SELECT count(*) FROM meta WHERE name = 'device'").fetchone()[0] != 1:
                return None
            return int(one("SELECT count(*) FROM event").fetchone()[0])
    except sqlite3.Error:
        return None


def _prune(folder: Path) -> None:
    copies = days_with_copies(folder)
    for day in copies.keys() - kept(copies):
        with suppress(OSError):
            copies[day].unlink()


def _clear(folder: Path) -> None:
    """Delete what an interrupted copy left behind."""
    for entry in os.scandir(folder):
        with suppress(OSError):
            if _PART in entry.name and time.time() - entry.stat().st_mtime > _OLD_PART:
                os.unlink(entry.path)  # noqa: PTH108
