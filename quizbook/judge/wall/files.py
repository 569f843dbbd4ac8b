"""Landlock, by sandlock: reads and writes end where the enclosure ends, signals at the process itself."""

from __future__ import annotations

import sandlock

from quizbook.judge.wall.enclosure import Enclosure

WRITABLE_DEVICES = ("/dev/null",)


def confine_files(enclosure: Enclosure) -> None:
    """Confines this process for good; sandlock.SandboxError where the kernel has no Landlock."""
    sandlock.confine(
        sandlock.Sandbox(fs_readable=list(enclosure.readable), fs_writable=[enclosure.scratch, *WRITABLE_DEVICES])
    )
