"""How fast a job is, and when it will be done, from what it did in the last half minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

WINDOW = 30.0  # seconds


@dataclass(slots=True)
class Pace:
    """What was done when.

    total: how many steps the job has. marks: (seconds of any clock, steps done, amount done), the oldest first; an
    amount is of tokens or of whatever else is counted. What an earlier run did is in the first mark, and so in no pace.
    """

    total: int
    marks: deque[tuple[float, int, int]] = field(default_factory=deque)

    def mark(self, now: float, done: int, amount: int) -> None:
        """The job is at `done` steps now. Marks that are older than the window go, but for the last of them."""
        self.marks.append((now, done, amount))
        while len(self.marks) > 2 and now - self.marks[1][0] >= WINDOW:
            self.marks.popleft()

    @property
    def per_second(self) -> float | None:
        """The amount of a second; None until two moments can be compared."""
        seconds, _, amount = self._passed()
        return amount / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Until the last step is done, at this pace; None where that is not known yet."""
        seconds, steps, _ = self._passed()
        return seconds / steps * (self.total - self.marks[-1][1]) if steps > 0 else None

    def _passed(self) -> tuple[float, int, int]:
        if not self.marks:
            return 0.0, 0, 0
        (began, steps, amount), (now, steps_now, amount_now) = self.marks[0], self.marks[-1]
        return now - began, steps_now - steps, amount_now - amount


def clock(seconds: float | None) -> str:
    """A duration as people read it: 0:07, 12:34, 3:25:45; --:-- where it is not known."""
    if seconds is None:
        return "--:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rate(per_second: float | None) -> str:
    """A number of a second in at most three digits that count: 7.46, 123, 12,300; -- where it is not known."""
    if per_second is None:
        return "--"
    if per_second >= 100:
        digits = max(0, len(str(int(per_second))) - 3)
        return f"{round(per_second, -digits):,.0f}"
    return f"{per_second:.3g}"
