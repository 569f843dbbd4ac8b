"""A learner's file as it changes under an editor: looked at by its status, which works on every file system.

Notification by the kernel does not see changes on network folders and under WSL; a look costs a few microseconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Change = Literal["saved", "gone"]
State = tuple[int, int, int] | None  # time of change, size, inode; None while there is no file


class WatchedFile:
    """Tells what happened to a file since the last look.

    A save counts when two looks find the same: editors write in pieces, or write another file and rename it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told = self._before = _state(path)

    def look(self) -> Change | None:
        """ "saved" once for each new content, "gone" once when the file is no more, otherwise None."""
        now, before, self._before = _state(self.path), self._before, _state(self.path)
        if now != before or now == self._told:
            return None
        self._told = now
        return "gone" if now is None else "saved"


def _state(path: Path) -> State:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
