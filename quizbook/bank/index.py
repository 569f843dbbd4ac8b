"""The index of a bank: what each of its files listed, for as long as the file's stamp says that it is unchanged.

A stamp is what the file system knows of a file: device, number, size, time of the last change of its content and of
anything about it. The rule is git's: a file that changed less than `YOUNG` before it was read is not indexed, since a
further change within one tick of the clock might leave its stamp as it is. Later changes always give another stamp;
also the time of change, which no program can set back, belongs to it.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from quizbook.bank import cache
from quizbook.bank.entry import UNUSABLE, Listing, listing_from

YOUNG = 2_000_000_000  # ns; no file system's clock has a coarser tick
Stamp = tuple[int, int, int, int, int]  # device, number, size, content changed (ns), anything changed (ns)


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None where the file system gives none."""
    try:
        said = os.stat(path)  # noqa: PTH116  # Path.stat costs twice as much, and there may be hundreds
    except OSError:
        return None
    return said.st_dev, said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns


class Index:
    """The index of the bank that some files and folders make.

    name: of its cache entry, which holds: path -> [stamp, name of the file's cache entry, plain listing].
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.name = cache.key_of(b"\0".join(map(os.fsencode, folders)) + b"\0index")
        self._kept = self._load()
        self._next: dict[str, list[Any]] = {}
        self._added = False

    def listing(self, path: Path) -> tuple[str, Listing] | None:
        """The name of a file's cache entry and its listing, if the file is what it was when it was indexed."""
        kept = self._kept.get(str(path))
        with contextlib.suppress(*UNUSABLE):
            if kept is not None and tuple(kept[0]) == stamp_of(path):
                found = kept[1], listing_from(kept[2])
                self._next[str(path)] = kept
                return found
        return None

    def add(self, path: Path, before: Stamp | None, began: int, key: str, listing: Listing) -> None:
        """Index a file that was read, unless it changed meanwhile or is too young to be told from its next change.

        before: its stamp, and began: the time (ns since 1970), both taken before it was read.
        """
        if before is not None and max(before[3:]) < began - YOUNG and before == stamp_of(path):
            self._added = True
            self._next[str(path)] = [before, key, listing.as_plain()]

    def save(self) -> None:
        """Write the index down if it is another one now."""
        if self._added or self._next.keys() != self._kept.keys():
            cache.store(self.name, [self._next])

    def _load(self) -> dict[str, list[Any]]:
        with contextlib.suppress(*UNUSABLE):
            if lines := cache.load(self.name):
                kept = json.loads(lines[0])
                return kept if isinstance(kept, dict) else {}
        return {}


def moment() -> int:
    """This moment, in ns since 1970, as file systems count it."""
    return time.time_ns()
