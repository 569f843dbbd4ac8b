"""The lock on the store's folder: whoever has the log open shares it, whoever repairs the log holds it alone.

A repair puts another file in the place of the log. Were the old one still open elsewhere, answers would go on into it.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


class Guard:
    """A shared lock on a folder from the start until `close`; it ends with the process, however that ends.

    Where the file system knows no locks, nothing is locked, and `alone` is always refused.
    """

    def __init__(self, folder: Path, patience: float) -> None:
        self._folder = os.open(folder, os.O_RDONLY)
        self._lock(fcntl.LOCK_SH, patience)

    def alone(self, patience: float) -> bool:
        """Whether nobody else shares the lock any more, waited for that many seconds; it stays so until `shared`.

        False leaves no lock at all, so that two who wait do not wait for each other; call `shared` then too.
        """
        return self._lock(fcntl.LOCK_EX, patience)

    def shared(self) -> None:
        """Let others in again."""
        self._lock(fcntl.LOCK_SH, 0.0)

    def close(self) -> None:
        """Let go of the lock; a second time does nothing."""
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def _lock(self, how: int, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._folder, how | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)
            except OSError:
                return False
