"""Reads a store where nothing can be written: a file without rights, a read-only disk, a full one."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from quizbook.study.store.opening import FILE_NAME, device_of, migrate, refuse_foreign, spoken, transaction


def connect_to_read(folder: Path) -> tuple[sqlite3.Connection, str]:
    """Open the store in this folder for reading only; return also its device name.

    Where there is none, an empty one in memory stands for it. Answers that another process has not yet moved from the
    WAL into the file are read too, if need be from a copy.
    QuizbookError: it is no store, damaged, newer than this program, or cannot even be read.
    """
    path = folder / FILE_NAME
    wal = path.with_name(f"{FILE_NAME}-wal")
    if not (_size(path) or _size(wal)):
        return _nothing(path)
    ways: list[Callable[[], sqlite3.Connection]] = [lambda: _connection(path, "mode=ro")]
    if _size(wal):
        ways.append(lambda: _copied(path, wal))
    else:
        ways.append(lambda: _connection(path, "mode=ro&immutable=1"))
    for way in ways[:-1]:
        with suppress(sqlite3.Error):
            return _looked_at(way(), path)
    with spoken(path):
        return _looked_at(ways[-1](), path)


def _looked_at(connection: sqlite3.Connection, path: Path) -> tuple[sqlite3.Connection, str]:
    try:
        connection.execute("PRAGMA query_only = TRUE")
        with transaction(connection, "BEGIN"):
            refuse_foreign(connection, path)
            return connection, device_of(connection)
    except BaseException:
        connection.close()
        raise


def _connection(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)


def _copied(path: Path, wal: Path) -> sqlite3.Connection:
    """A connection to a copy of the file and its WAL; the copy's files are gone from the folder at once."""
    with tempfile.TemporaryDirectory(prefix="quizbook-") as folder:
        copy = Path(folder) / path.name
        try:
            shutil.copyfile(wal, copy.with_name(wal.name))
            shutil.copyfile(path, copy)
        except OSError as error:
            raise sqlite3.OperationalError(f"unable to open database file: {error.strerror}") from error
        connection = sqlite3.connect(copy, isolation_level=None)
        whole = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(whole)
        connection.close()
        return whole


def _nothing(path: Path) -> tuple[sqlite3.Connection, str]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, path)
    return _looked_at(connection, path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
