"""Puts a damaged log right: the best backup, and every event that can still be read from the damaged file.

The damaged file is never changed and never deleted; it stays beside the log under a dated name.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.grading.wording import counted
from quizbook.study.events import Event
from quizbook.study.store.backups import SUSPECT, Backup, days_with_copies, sound
from quizbook.study.store.carving import carved
from quizbook.study.store.daily import FOLDER
from quizbook.study.store.opening import FILE_NAME, DamagedError, connect, device_of, transaction
from quizbook.study.store.rows import COLUMNS, event_of, row_of
from quizbook.study.store.uniting import unite

_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a repair came to. damaged: where the old file lies now, None where there was none.

    backup: what was begun with. carved: events that only the damaged file held. last: the newest event's time.
    """

    path: Path
    reason: str
    damaged: Path | None
    backup: Backup | None
    carved: int
    last: datetime | None

    @property
    def sentence(self) -> str:
        """What happened, for the learner."""
        total = self.carved + (self.backup.events if self.backup else 0)
        latest = f", the latest of {self.last.astimezone():%Y-%m-%d %H:%M}" if self.last else ""
        source = f"from the backup of {self.backup.day}" if self.backup else "without a backup, as there is none yet"
        file = f"; {self.carved} of them were read from the damaged file" if self.backup and self.carved else ""
        where = f"; the damaged file lies in {self.damaged}" if self.damaged else ""
        more = "" if self.backup else "; a copy of yours, or a folder that you sync with, may hold more"
        more = more if self.damaged else f"; to begin anew, move {self.path.parent / FOLDER} away too"
        return (
            f"the log {self.path} was damaged ({self.reason}) and is repaired {source}: "
            f"{counted(total, 'event')}{latest}{file}{where}{more}"
        )


def is_suspect(folder: Path) -> bool:
    """Whether the file is to be looked at before anybody opens it. Cheap: every start asks.

    So it is where a check failed, where the file is gone or cut to nothing though there was a log here once.
    """
    path = folder / FILE_NAME
    if (folder / FOLDER / SUSPECT).exists():
        return True
    try:
        if path.stat().st_size:
            return False
    except OSError:
        pass
    wal = path.with_name(f"{FILE_NAME}-wal")
    return bool(days_with_copies(folder)) or (wal.exists() and wal.stat().st_size > 0)


def recover(folder: Path, damage: DamagedError | None, patience: float) -> Recovered | None:
    """Repair the store in this folder, if it is damaged; nobody else may have it open.

    damage: what SQLite said; without it the file is checked. Returns None where nothing is wrong.
    DamagedError: nothing was found to repair it with; all is left as it is. OSError, sqlite3.Error: the new file could
    not be written.
    """
    path = folder / FILE_NAME
    reason = _reason(path, damage)
    if reason is None:
        (folder / FOLDER / SUSPECT).unlink(missing_ok=True)
        return None
    for left in folder.glob(".repair-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".repair-", dir=folder) as name:
        made = Path(name) / FILE_NAME
        backup = next(sound(folder), None)
        if backup:
            shutil.copyfile(backup.path, made)
            made.chmod(0o600)
        connection, _ = connect(Path(name), patience)
        with closing(connection):
            found = _unite_all(connection, carved(path, path.with_name(f"{FILE_NAME}-wal"), _ids(connection)))
            last = connection.execute("SELECT max(at) FROM event").fetchone()[0]
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if backup is None and not found:
            raise damage if damage and damage.foreign else DamagedError(_hopeless(path, reason), reason)
        damaged = _aside(path)
        made.replace(path)
        _settled(folder)
    (folder / FOLDER / SUSPECT).unlink(missing_ok=True)
    return Recovered(path, reason, damaged, backup, found, datetime.fromisoformat(last) if last else None)


def _reason(path: Path, damage: DamagedError | None) -> str | None:
    """What is wrong with the file, in a few words; None if nothing is."""
    if not path.exists():
        return "it was gone"
    if path.stat().st_size == 0:
        return "it was empty"
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            if (said := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                return " ".join(str(said).replace("*** in database main ***", "").split())
            device_of(connection)
            if damage is not None:  # what a check of the pages does not see: entries that are no events
                for row in connection.execute(f"SELECT {', '.join(COLUMNS)} FROM event"):
                    event_of(row)
    except sqlite3.Error as error:
        return str(error)
    except (TypeError, ValueError, KeyError):
        return damage.reason if damage else "an entry cannot be read"
    return None


def _unite_all(connection: sqlite3.Connection, events: Iterator[Event]) -> int:
    count = 0
    while batch := list(islice(events, _BATCH)):
        with transaction(connection):
            count += unite(connection, map(row_of, batch))[0]
    return count


def _ids(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT id FROM event")}


def _aside(path: Path) -> Path | None:
    """Give the damaged file and its WAL their dated names; the log's own name is taken from the file last.

    Whatever happens meanwhile, the file is there under one name or both; what began earlier is gone on with.
    """
    stem = f"{path.stem}-damaged-"
    target = path.with_name(f"{stem}{datetime.now():%Y-%m-%d-%H%M%S-%f}{path.suffix}")
    if there := path.exists():
        begun = (other for other in path.parent.glob(f"{stem}*{path.suffix}") if other.samefile(path))
        target = next(begun, target)
    if there and not target.exists():
        try:
            os.link(path, target)
        except OSError:  # a file system without links
            path.rename(target)
    for tail in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + tail).rename(target.with_name(target.name + tail))
    return target if there else None


def _settled(folder: Path) -> None:
    """Have the renames on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hopeless(path: Path, reason: str) -> str:
    return (
        f"{path} is damaged ({reason}), there is no sound backup in {path.parent / FOLDER}, and no answer can be read "
        "from it. Nothing was changed. Put a copy of yours in its place; or move it away to begin a new log, into "
        "which `quizbook sync FOLDER` brings what a shared folder holds."
    )


def no_repair(path: Path, why: str) -> QuizbookError:
    """What to say where a log that is damaged cannot be repaired now."""
    return QuizbookError(f"{path} is damaged and was not repaired: {why}. Nothing was changed or deleted.")
