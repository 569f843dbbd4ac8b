"""The event log: appends what happened and reads it back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from quizbook.errors import QuizbookError
from quizbook.study.events import Attempt, Event, EventKind, Mode, Note
from quizbook.study.store.daily import after_first_write, before_closing
from quizbook.study.store.entering import Entry, Tell, enter, on_stderr, repair
from quizbook.study.store.opening import FILE_NAME, DamagedError, connect, spoken, transaction
from quizbook.study.store.outcomes import effective
from quizbook.study.store.rows import COLUMNS, event_of, row_of, stored_time

if TYPE_CHECKING:
    from quizbook.study.store.coverage import Range
    from quizbook.study.store.uniting import Segment

_INSERT = f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM event"
_IS_NOTE = "kind <> 'attempt'"  # as the index of notes has it
_NOTES: tuple[EventKind, ...] = ("retraction", "regrade", "flag", "setting")


def open_log(folder: Path, *, patience: float = 10.0, writing: bool = True, tell: Tell = on_stderr) -> Log:
    """Open the log that lies in this folder, or begin one there; one that is damaged is repaired first.

    folder: usually `places.home()`; created with mode 0700 if it is missing. patience: seconds to wait while another
    process writes. writing: False for who only reads, and wants to where nothing can be written. tell: hears what the
    learner has to know of repairs and backups.
    QuizbookError: the store is foreign, newer than this program, beyond repair, or cannot be written.
    """
    return Log(folder / FILE_NAME, enter(folder, patience, writing=writing, tell=tell), patience, tell)


class Log:
    """An append-only log of events; a context manager that closes its file.

    device: the random name of this installation, which every event carries.
    """

    def __init__(self, path: Path, entry: Entry, patience: float, tell: Tell) -> None:
        self.path = path
        self.device = entry.device
        self._connection = entry.connection
        self._guard = entry.guard
        self._patience = patience
        self._tell = tell
        self._has_written = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; every event that was appended is safe already. A small log leaves a backup behind."""
        try:
            if self._has_written:
                self._has_written = False
                if failure := before_closing(self.path.parent, self._connection):
                    self._tell(failure)
        finally:
            self._connection.close()
            if self._guard is not None:
                self._guard.close()

    def append(self, *events: Event) -> None:
        """Write these events, all of them or none, and return when they are on the disk.

        A log that turns out to be damaged is repaired, and they are written into the repaired one.
        QuizbookError: they could not be written, or hold what cannot be stored. ValueError: one is in the log already.
        """
        rows = [row_of(event) for event in events]
        try:
            try:
                self._insert(rows)
            except DamagedError as damage:
                self._repair(damage)
                self._insert(rows)
        except sqlite3.IntegrityError as error:
            raise ValueError(f"the log refuses this event: {error}") from error
        self._wrote()

    def unite(self, events: Iterable[Event], segment: Segment | None = None) -> int:
        """Append those of the events that the log lacks, all of them or none; return how many these were.

        segment: the file that they came in, which is remembered with their places (its own `covers` is not looked at).
        """
        from quizbook.study.store.uniting import remember, unite

        rows = [row_of(event) for event in events]
        with self._spoken(), transaction(self._connection):
            count, places = unite(self._connection, rows)
            if segment is not None:
                remember(self._connection, replace(segment, covers=tuple(places)))
        if count:
            self._wrote()
        return count

    def segments(self) -> dict[str, Segment]:
        """The files of shared folders that this log has taken in or written, by their names."""
        from quizbook.study.store.uniting import remembered

        with self._spoken():
            return remembered(self._connection)

    def remember(self, segment: Segment) -> None:
        """Write down that this file holds these places of the log."""
        from quizbook.study.store.uniting import remember

        with self._spoken(), transaction(self._connection):
            remember(self._connection, segment)

    def lines(self, ranges: Iterable[Range] | None = None) -> Iterator[tuple[int, str]]:
        """Yield the place and the line of JSON of each event in these ranges of the log (without any: of all)."""
        from quizbook.study.store.event_lines import line_of

        with self._spoken():
            for first, last in [(1, self._end())] if ranges is None else ranges:
                query = f"SELECT seq, {', '.join(COLUMNS)} FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq"
                for seq, *row in self._connection.execute(query, (first, last)):
                    yield seq, line_of(tuple(row))

    def end(self) -> int:
        """The place of the last event; 0 in an empty log."""
        with self._spoken():
            return self._end()

    def events(self, *kinds: EventKind) -> Iterator[Event]:
        """Yield the events of these kinds (without any: of all kinds) in the order in which they were appended."""
        marks = ", ".join("?" * len(kinds))
        notes_only = f"{_IS_NOTE} AND " if "attempt" not in kinds else ""
        yield from self._read(f"{notes_only}kind IN ({marks})" if kinds else "TRUE", kinds, "seq")

    def attempts(self, item: str | None = None, mode: Mode | None = None) -> Iterator[Attempt]:
        """Yield the attempts as they were graded at the time, oldest first; of one item or one mode if it is named."""
        conditions, values = ["kind = 'attempt'"], []
        if item is not None:
            conditions.append("item = ?")
            values.append(item)
        if mode == "exercise":
            conditions.append("mode = 'exercise'")  # as the index of exercises has it
        elif mode is not None:
            conditions.append("mode = ?")
            values.append(mode)
        yield from cast("Iterator[Attempt]", self._read(" AND ".join(conditions), tuple(values), "at, seq"))

    def outcomes(self, item: str | None = None, mode: Mode | None = None) -> Iterator[Attempt]:
        """Yield the attempts that still count, as they are graded today: retractions and regrades are applied.

        Statistics, states and due dates are computed from here.
        """
        notes = cast("Iterator[Note]", self.events(*_NOTES))
        return effective(self.attempts(item, mode), notes)

    def graded_by(self) -> Iterator[tuple[str, str]]:
        """Yield each item with each hash of a key that an answer to it was ever graded by, in no order."""
        with spoken(self.path):
            yield from self._connection.execute(
                "SELECT DISTINCT item, key_hash FROM event WHERE kind = 'attempt'"
                " UNION SELECT meant.item, json_extract(note.body, '$.key_hash')"
                f" FROM event AS note JOIN event AS meant ON meant.id = note.about WHERE note.{_IS_NOTE}"
                " AND note.kind = 'regrade'"
            )

    def rateable(self, after: int = 0) -> Iterator[Attempt]:
        """Yield the outcomes after that place of the log, ordered by time, with what a rating needs and no more.

        Responses are read of exercises only, parts not at all: a million attempts take seconds instead of a minute.
        """
        time = "+at" if after else "at"  # a few rows are sorted, all of them are read by the index of times
        with self._spoken():
            end = self._end()
            rows = self._connection.execute(
                "SELECT id, at, utc_offset, device, item, score, seed, mode, confidence, hints, seconds, version,"
                " CASE WHEN mode IN ('exercise', 'review') AND item LIKE '%.ex.%' THEN response END, body"
                f" FROM event WHERE kind = 'attempt' AND seq > ? AND seq <= ? ORDER BY {time}, id",
                (after, end),
            )
            yield from effective(map(_rateable, rows), self._notes(after, end))

    def end_before(self, moment: datetime) -> int:
        """The place up to which every event of the log happened before that moment; 0 where there is none."""
        with self._spoken():
            query = "SELECT seq FROM event WHERE at >= ? ORDER BY +seq LIMIT 1"  # by the index of times, not of places
            first = self._connection.execute(query, (stored_time(moment),)).fetchone()
            return self._end() if first is None else int(first[0]) - 1

    def id_at(self, place: int) -> str:
        """The id of the event at a place of the log; nothing where there is none."""
        with self._spoken():
            row = self._connection.execute("SELECT id FROM event WHERE seq = ?", (place,)).fetchone()
        return str(row[0]) if row else ""

    def undisturbed(self, place: int, last: datetime) -> bool:
        """Whether all that came after a place of the log lies after that moment and is about what came after it."""
        with self._spoken():
            earlier = self._connection.execute(
                "SELECT 1 FROM event WHERE seq > ? AND kind = 'attempt' AND +at < ? LIMIT 1",
                (place, stored_time(last)),
            ).fetchone()
            about = self._connection.execute(
                "SELECT 1 FROM event AS note CROSS JOIN event AS meant ON meant.id = note.about"
                " WHERE note.seq > ? AND meant.seq <= ? LIMIT 1",
                (place, place),
            ).fetchone()
            return self._end() >= place and earlier is None and about is None

    def _end(self) -> int:
        return int(self._connection.execute("SELECT max(seq) FROM event").fetchone()[0] or 0)

    def _notes(self, after: int, end: int) -> Iterator[Note]:
        rows = self._connection.execute(
            f"{_SELECT} WHERE {_IS_NOTE} AND kind IN ('retraction', 'regrade') AND seq > ? AND seq <= ?", (after, end)
        )
        return cast("Iterator[Note]", map(self._event, rows))

    def _insert(self, rows: Sequence[tuple[object, ...]]) -> None:
        with spoken(self.path), transaction(self._connection):
            self._connection.executemany(_INSERT, rows)

    def _wrote(self) -> None:
        if not self._has_written:
            self._has_written = True
            after_first_write(self.path.parent)

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """As `spoken`; a damage that is noticed is repaired before the sentence is raised."""
        try:
            with spoken(self.path):
                yield
        except DamagedError as damage:
            self._repair(damage)
            raise QuizbookError(f"{self.path} was damaged and is repaired now. Start quizbook again.") from damage

    def _repair(self, damage: DamagedError) -> None:
        if self._guard is None:
            raise damage
        self._connection.close()
        repair(self.path.parent, self._guard, damage, self._patience, self._tell)
        with spoken(self.path):
            self._connection, self.device = connect(self.path.parent, self._patience)

    def _read(self, condition: str, values: tuple[str, ...], order: str) -> Iterator[Event]:
        """Yield what the log holds now; what the caller appends while it reads is left for the next reading."""
        with self._spoken():
            end = self._end()
            query = f"{_SELECT} WHERE {condition} AND seq <= ? ORDER BY {order}"
            cursor = self._connection.execute(query, (*values, end))
            while rows := cursor.fetchmany(256):
                for row in rows:
                    yield self._event(row)

    def _event(self, row: tuple[object, ...]) -> Event:
        try:
            return event_of(row)
        except (TypeError, ValueError) as error:
            reason = f"the entry {row[0]} cannot be read"
            raise DamagedError(
                f"{self.path} is damaged: {reason} ({error}). Put a copy of the file back.", reason
            ) from error


def _rateable(row: tuple[Any, ...]) -> Attempt:
    id, at, utc_offset, device, item, score, seed, mode, confidence, hints, seconds, version, response, body = row
    numbers = {"score": score, "seed": seed, "hints": hints, "seconds": seconds} | json.loads(body or "{}")
    return Attempt(
        id=id,
        at=datetime.fromisoformat(at),
        utc_offset=utc_offset,
        device=device,
        item=item,
        text_hash="",
        key_hash="",
        response=json.loads(response) if response else None,
        parts={},
        mode=mode,
        confidence=confidence,
        version=version,
        **numbers,
    )
