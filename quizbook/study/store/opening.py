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
MIGRATIONS = ("0001_event_log.sql", "0002_few_among_many.sql")  # a store's version is how many of them it has seen
ELSEWHERE = "set QUIZBOOK_HOME to another folder"


def connect(folder: Path, patience: float) -> tuple[sqlite3.Connection, str]:
    """Open the store in this folder, at this program's version of the schema; return also its device name.

    folder: created with mode 0700 if it is missing, the file in it with 0600.
    patience: seconds to wait for another process.
    QuizbookError: the file is no store, damaged, newer than this program, or cannot be written; it is left as it is.
    """
    path = folder / FILE_NAME
    _create(path)
    with spoken(path):
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            _prepare(connection, path, time.monotonic() + patience)
            return connection, _device(connection)
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
        raise QuizbookError(_sentence(path, error)) from error


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise QuizbookError(
            f"{path} cannot be created ({error.strerror}). Make room or rights there, or {ELSEWHERE}."
        ) from error


def _prepare(connection: sqlite3.Connection, path: Path, deadline: float) -> None:
    """Check, migrate and set up; begin again while another process that does the same is in the way."""
    while True:
        try:
            with transaction(connection, "BEGIN"):
                _refuse_foreign(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            _migrate(connection, path)
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> int:
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


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply what is missing, each file in one transaction that reads the version again under the write lock.

    The lock also shows at once, before anybody answers a question, whether the store can be written.
    """
    while True:
        with transaction(connection):
            version = _refuse_foreign(connection, path)
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


def _device(connection: sqlite3.Connection) -> str:
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


def _sentence(path: Path, error: sqlite3.Error) -> str:
    name = _name(error)
    safe = "What was stored before is safe, the last entry was not stored."
    if name == "SQLITE_NOTADB":
        return f"{path} is no quizbook database. Nothing was overwritten. Move it away, or {ELSEWHERE}."
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return f"{path} cannot be written ({error}). Give yourself the right to write there, or {ELSEWHERE}."
    if name == "SQLITE_FULL":
        return f"The disk that holds {path} is full. {safe} Make room and try again."
    if name.startswith("SQLITE_IOERR"):
        return f"{path} cannot be read or written ({error}). {safe} Look at the disk's room and health, then try again."
    if _is_busy(error):
        return f"{path} is held by another program. Close it (is it open in a database browser?) and try again."
    return f"{path} is damaged ({error}). Put a copy back, or move the file away to begin a new log."
