"""How fast a learner usually is: the median of the seconds of the last right answers of a kind."""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Iterable

FEWEST = 5  # right answers before one can be told to be fast
WINDOW = 100  # answers that count: people get faster


class Pace:
    """The seconds of the last right answers, with their median at hand."""

    def __init__(self, seconds: Iterable[float] = ()) -> None:
        self._recent = deque(seconds)
        self._sorted = sorted(self._recent)

    @property
    def recent(self) -> list[float]:
        """The seconds that count, the oldest first."""
        return list(self._recent)

    @property
    def median(self) -> float | None:
        """In seconds; None while there are too few answers."""
        count = len(self._sorted)
        if count < FEWEST:
            return None
        return (self._sorted[(count - 1) // 2] + self._sorted[count // 2]) / 2

    def take(self, seconds: float) -> None:
        """Count one more right answer; the oldest of more than WINDOW goes."""
        self._recent.append(seconds)
        bisect.insort(self._sorted, seconds)
        if len(self._recent) > WINDOW:
            del self._sorted[bisect.bisect_left(self._sorted, self._recent.popleft())]
