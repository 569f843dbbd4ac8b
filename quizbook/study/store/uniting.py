"""Takes events of other logs into this one, and remembers which files of shared folders they came in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from quizbook.study.store.coverage import Range, merged, ranges_of
from quizbook.study.store.rows import COLUMNS

_INSERT = f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of a shared folder whose events are all in this log. covers: their places. size: in bytes."""

    name: str
    size: int
    covers: tuple[Range, ...]


def unite(connection: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> tuple[int, list[Range]]:
    """Insert the rows whose ids are not there yet; return how many these are, and the places of all of them.

    rows: in the order of COLUMNS, the id first. Call it within a transaction.
    """
    connection.execute("PRAGMA cache_size = -65536")  # KiB: ids come in no order, all over a large index
    by_id = {row[0]: row for row in rows}
    places: list[int] = []
    new: list[Sequence[object]] = []
    for id, row in by_id.items():
        known = connection.execute("SELECT seq FROM event WHERE id = ?", (id,)).fetchone()
        if known:
            places.append(known[0])
        else:
            new.append(row)
    end = connection.execute("SELECT max(seq) FROM event").fetchone()[0] or 0
    connection.executemany(_INSERT, new)
    return len(new), merged([*ranges_of(places), *([(end + 1, end + len(new))] if new else [])])


def remember(connection: sqlite3.Connection, segment: Segment) -> None:
    """Write down that all of a file's events are in this log. Call it within a transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO segment (name, size, covers) VALUES (?, ?, ?)",
        (segment.name, segment.size, json.dumps(segment.covers, separators=(",", ":"))),
    )


def remembered(connection: sqlite3.Connection) -> dict[str, Segment]:
    """The files that this log has taken in or written, by their names."""
    rows: list[tuple[Any, ...]] = connection.execute("SELECT name, size, covers FROM segment").fetchall()
    return {name: Segment(name, size, tuple((a, b) for a, b in json.loads(covers))) for name, size, covers in rows}
