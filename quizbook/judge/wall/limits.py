"""rlimits: how much CPU time, memory, file size and how many open files a submission gets.

RLIMIT_NPROC is no help: it counts everything of the user, a whole desktop, and exempts root. Forks are refused by
seccomp, and each thread's stack counts as memory.
"""

from __future__ import annotations

import math
import resource
from pathlib import Path

from quizbook.judge.wall.enclosure import Limits

OPEN_FILES = 256


def set_limits(limits: Limits) -> None:
    """Lowers soft and hard limits of this process; what it inherited from its parent's memory does not count."""
    page = resource.getpagesize()
    inherited = int(Path("/proc/self/statm").read_text().split()[0]) * page
    cpu = math.ceil(limits.cpu_s + resource.getrusage(resource.RUSAGE_SELF).ru_utime)
    _set(resource.RLIMIT_CPU, cpu, cpu + 1)
    _set(resource.RLIMIT_AS, inherited + limits.memory_mb * 2**20)
    _set(resource.RLIMIT_FSIZE, limits.scratch_mb * 2**20)
    _set(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_MEMLOCK, 0)


def _set(what: int, soft: int, hard: int | None = None) -> None:
    _, ceiling = resource.getrlimit(what)
    hard = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(what, (soft, hard))
