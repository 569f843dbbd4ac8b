"""Finds events in the raw bytes of a damaged store: in every page that still holds some, of the file and of its WAL.

It follows no tree and trusts no header, so that it also reads what SQLite refuses to open. The format of pages, cells
and records: "Database File Format" in SQLite's documentation, sections 1.5, 1.6, 2 and 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizbook.study.events import Event
from quizbook.study.store.event_lines import event_from, line_of
from quizbook.study.store.rows import COLUMNS, GRADED, SHARED

_TABLE = ("seq", *SHARED[:-1], *GRADED, "body")  # the columns of table `event` as its first migration made it
_REAL = ("score", "seconds")
_ID = 36  # characters of a UUID
_LEAF = 0x0D
_WAL_HEAD, _FRAME_HEAD, _FILE_HEAD = 32, 24, 100
_SIZES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}


@dataclass(frozen=True, slots=True, order=True)
class _Cell:
    """Where a row lies. seq: its place in the log. in_wal: which of the two files. page: where its page begins."""

    seq: int
    in_wal: bool
    page: int
    offset: int


def carved(file: Path, wal: Path, known: set[str]) -> Iterator[Event]:
    """Yield every event that can be read whole and is not known, in the order of the log, each once.

    file, wal: either may be missing. known: ids; those that are found are added.
    """
    remains = _Remains(_content(file), _content(wal))
    for cell in sorted(remains.cells(known)):
        event = remains.event(cell)
        if event is not None and event.id not in known:
            known.add(event.id)
            yield event


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


class _Remains:
    """The bytes of a store and of its WAL, read page by page."""

    def __init__(self, file: bytes, wal: bytes) -> None:
        self._file, self._wal = file, wal
        self._size = _page_size(file, wal)
        self._frames = {
            int.from_bytes(wal[at : at + 4], "big"): at + _FRAME_HEAD
            for at in range(_WAL_HEAD, len(wal) - _FRAME_HEAD, _FRAME_HEAD + self._size)
        }

    def cells(self, known: set[str]) -> Iterator[_Cell]:
        """Every place that looks like a row of an event which is not known."""
        for page in range(0, len(self._file), self._size):
            yield from self._cells(self._file, False, page, page + (_FILE_HEAD if page == 0 else 0), known)
        step = _FRAME_HEAD + self._size
        for frame in range(_WAL_HEAD, len(self._wal) - _FRAME_HEAD, step):
            first = self._wal[frame : frame + 4] == b"\0\0\0\1"
            page = frame + _FRAME_HEAD
            yield from self._cells(self._wal, True, page, page + (_FILE_HEAD if first else 0), known)

    def _cells(self, data: bytes, in_wal: bool, page: int, head: int, known: set[str]) -> Iterator[_Cell]:
        if data[head : head + 1] != bytes([_LEAF]):
            return
        count = int.from_bytes(data[head + 3 : head + 5], "big")
        for place in range(head + 8, min(head + 8 + 2 * count, page + self._size), 2):
            offset = int.from_bytes(data[place : place + 2], "big")
            with suppress(ValueError, IndexError):
                _, at = _varint(data, page + offset)
                seq, at = _varint(data, at)
                types, at = _record_head(data, at)
                if len(types) >= len(_TABLE) and types[1] == 13 + 2 * _ID:
                    begin = at + _length(types[0])
                    if data[begin : begin + _ID].decode("ascii") not in known:
                        yield _Cell(seq, in_wal, page, offset)

    def event(self, cell: _Cell) -> Event | None:
        """The event of a row; None where it is not whole."""
        for wal_first in (cell.in_wal, not cell.in_wal):
            with suppress(ValueError, IndexError, TypeError, struct.error):
                return _event(self._payload(cell, wal_first))
        return None

    def _payload(self, cell: _Cell, wal_first: bool) -> bytes:
        """A row's record, with the parts of a long one that lie in further pages."""
        data = self._wal if cell.in_wal else self._file
        length, at = _varint(data, cell.page + cell.offset)
        _, at = _varint(data, at)
        if length > len(self._file) + len(self._wal):
            raise ValueError("longer than all there is")
        local = _local(length, self._size)
        if local == length:
            return data[at : at + length]
        parts, have = [data[at : at + local]], local
        following = int.from_bytes(data[at + local : at + local + 4], "big")
        while have < length:
            page = self._page(following, wal_first)
            parts.append(page[4 : 4 + min(length - have, self._size - 4)])
            if len(parts[-1]) == 0:
                raise ValueError("the rest is gone")
            have += len(parts[-1])
            following = int.from_bytes(page[:4], "big")
        return b"".join(parts)

    def _page(self, number: int, wal_first: bool) -> bytes:
        begin = (number - 1) * self._size
        in_file = self._file[begin : begin + self._size] if number else b""
        at = self._frames.get(number)
        in_wal = b"" if at is None else self._wal[at : at + self._size]
        return (in_wal or in_file) if wal_first else (in_file or in_wal)


def _page_size(file: bytes, wal: bytes) -> int:
    told = (int.from_bytes(file[16:18], "big"), int.from_bytes(wal[8:12], "big"))
    sizes = [65536 if size == 1 else size for size in told]
    return next((size for size in sizes if 512 <= size <= 65536 and size & (size - 1) == 0), 4096)


def _local(length: int, size: int) -> int:
    """How many bytes of a record lie in its own page."""
    if length <= size - 35:
        return length
    least = (size - 12) * 32 // 255 - 23
    wanted = least + (length - least) % (size - 4)
    return wanted if wanted <= size - 35 else least


def _event(record: bytes) -> Event:
    types, at = _record_head(record, 0)
    values: dict[str, Any] = {}
    for name, kind in zip(_TABLE, types, strict=False):
        values[name] = _value(record, at, kind)
        at += _length(kind)
    for name in _REAL:
        if values[name] is not None:
            values[name] = float(values[name])
    return event_from(line_of(tuple(values[name] for name in COLUMNS)))


def _record_head(data: bytes, at: int) -> tuple[list[int], int]:
    """The types of a record's columns, and where their values begin."""
    length, here = _varint(data, at)
    end = at + length
    types: list[int] = []
    while here < end:
        kind, here = _varint(data, here)
        types.append(kind)
    if here != end or length > 9 * (len(types) + 1):
        raise ValueError("no head of a record")
    return types, end


def _length(kind: int) -> int:
    return (kind - 12) // 2 if kind >= 12 else _SIZES.get(kind, 0)


def _value(data: bytes, at: int, kind: int) -> Any:
    raw = data[at : at + _length(kind)]
    if len(raw) != _length(kind) or kind in (10, 11):
        raise ValueError("a value is cut off")
    if kind >= 13 and kind % 2:
        if b"\0" in raw:
            raise ValueError("part of it is wiped")
        return raw.decode()
    if kind == 0:
        return None
    if kind in (8, 9):
        return kind - 8
    if kind == 7:
        return struct.unpack(">d", raw)[0]
    if kind >= 12:
        raise ValueError("the table holds no blobs")
    return int.from_bytes(raw, "big", signed=True)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in SQLite's one to nine bytes, and where it ends."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9
