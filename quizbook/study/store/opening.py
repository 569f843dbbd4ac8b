"""Opens the store's file safely: creates it, refuses what is foreign or newer, migrates what is older."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quizbook.errors import QuizbookError

FILE_NAME = "quizbook.sqlite3"
APPLICATION_ID = 0x71626B31  # "qbk1"
MIGRATIONS = (  # a store's version is how many of them it has seen
    "0001_event_log.sql",
    "0002_few_among_many.sql",
    "0003_segments.sql",
)
ELSEWHERE = "set QUIZBOOK_HOME to another folder"


class DamagedError(QuizbookError):
    """The store's file is not what was written; a repair may help.

    reason: in a few words. foreign: it may well be a file that was never ours.
    """

    def __init__(self, message: str, reason: str, *, foreign: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.foreign = foreign


class UnwritableError(QuizbookError):
    """Nothing can be stored here, though what is there may be readable."""


def connect(folder: Path, patience: float) -> tuple[sqlite3.Connection, str]:
    """Open the store in this folder, at this program's version of the schema; return also its device name.

    folder: created with mode 0700 if it is missing, the file in it with 0600.
    patience: seconds to wait for another process.
    QuizbookError: the file is no store, newer than this program, damaged (DamagedError) or cannot be written
    (UnwritableError); it is left as it is.
    """
    path = folder / FILE_NAME
    _create(path)
    with spoken(path):
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            _prepare(connection, path, time.monotonic() + patience)
            return connection, device_of(connection)
        except BaseException:
            connection.close()
            raise


@contextmanager
def spoken(path: Path) -> Iterator[None]:
    """Turn what SQLite says about this file into a sentence for people."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # these are about the caller, not about the file
    except sqlite3.DatabaseError as error:
        raise _spoken(path, error) from error


def make_folder(folder: Path) -> None:
    """Make the store's folder if it is missing, for the learner alone. UnwritableError: it cannot be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise uncreatable(folder, error) from error


def _create(path: Path) -> None:
    make_folder(path.parent)
    try:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise uncreatable(path, error) from error


def uncreatable(path: Path, error: OSError) -> UnwritableError:
    """What to say of a file or a folder that cannot be made or opened."""
    return UnwritableError(
        f"{path} cannot be created ({error.strerror}), so no answer can be stored. Make room or rights there, "
        f"or {ELSEWHERE}."
    )


def _prepare(connection: sqlite3.Connection, path: Path, deadline: float) -> None:
    """Check, migrate and set up; begin again while another process that does the same is in the way."""
    while True:
        try:
            with transaction(connection, "BEGIN"):
                refuse_foreign(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection, path)
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> int:
    """Return the store's version, 0 for an empty file; raise QuizbookError if it is not ours or newer than we are.

    Call it within a transaction, so that all it reads is of one moment.
    """
    application, version = (_number(connection, f"PRAGMA {name}") for name in ("application_id", "user_version"))
    empty = not (application or version or _number(connection, "SELECT count(*) FROM sqlite_master"))
    if application != APPLICATION_ID and not empty:
        raise QuizbookError(f"{path} is a database of another program. Move it away, or {ELSEWHERE}.")
    if version > len(MIGRATIONS):
        raise QuizbookError(
            f"{path} was written by a newer quizbook (version {version} of the store; this program knows "
            f"{len(MIGRATIONS)}). Update quizbook, or {ELSEWHERE}."
        )
    return version


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply what is missing, each file in one transaction that reads the version again under the write lock.

    The lock also shows at once, before anybody answers a question, whether the store can be written.
    """
    while True:
        with transaction(connection):
            version = refuse_foreign(connection, path)
            if version == len(MIGRATIONS):
                return
            sql = Path(__file__).with_name("migrations") / MIGRATIONS[version]
            for statement in _statements(sql.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """Commit what happens within, or none of it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(sql: str) -> Iterator[str]:
    """Split a file into its statements (`executescript` would commit between them)."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def device_of(connection: sqlite3.Connection) -> str:
    """The name of this device; DatabaseError if a table of ours is gone."""
    connection.execute("SELECT max(seq) FROM event").fetchone()
    row = connection.execute("SELECT value FROM meta WHERE name = 'device'").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("it has lost its device name")
    return str(row[0])


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _is_busy(error: sqlite3.Error) -> bool:
    return _name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "") or ""


def _spoken(path: Path, error: sqlite3.Error) -> QuizbookError:
    name = _name(error)
    safe = "What was stored before is safe, the last entry was not stored."
    if name == "SQLITE_NOTADB":
        said = f"{path} is no quizbook database. Nothing was overwritten. Move it away, or {ELSEWHERE}."
        return DamagedError(said, "its beginning is no database's", foreign=True)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return UnwritableError(
            f"{path} cannot be written ({error}), so no answer can be stored. Give yourself the right to write there, "
            f"or {ELSEWHERE}."
        )
    if name == "SQLITE_FULL":
        return UnwritableError(f"The disk that holds {path} is full. {safe} Make room and try again.")
    if name.startswith("SQLITE_IOERR"):
        return UnwritableError(
            f"{path} cannot be read or written ({error}). {safe} Look at the disk's room and health, then try again."
        )
    if _is_busy(error):
        return QuizbookError(
            f"{path} is held by another program. Close it (is it open in a database browser?) and try again."
        )
    said = f"{path} is damaged ({error}). Put a copy back, or move the file away to begin a new log."
    return DamagedError(said, str(error))
