"""Times two or more commands in turn, A B A B ..., so that a machine that grows slower slows all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def in_turn(jobs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each job in each round; one round before that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def table(seconds: Mapping[str, list[float]], base: str) -> str:
    """A line a job: minimum, median, worst, and the median of its ratios to the base job, round by round."""
    lines = [f"{'':44} {'min':>8} {'median':>8} {'worst':>8}   ratio to {base}"]
    for name, values in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(values, seconds[base], strict=True))
        lines.append(f"{name:44} {min(values):8.3f} {statistics.median(values):8.3f} {max(values):8.3f}   {ratio:.2f}")
    return "\n".join(lines)
