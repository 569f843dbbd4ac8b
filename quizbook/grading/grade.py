"""What a grader says: the grade, and the complaint about a response that has the wrong shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grade:
    """The result of grading one response.

    score: 0 to 1, or None for a short answer whose points nobody has ticked yet.
    parts: for each blank, pair, place, step, option or point, by its key: whether it was right.
    sentence: the score in words and its reason, such as "2 of 3 points: blank 2 wants `torch`".
    """

    score: float | None
    parts: Mapping[str, bool] = field(default_factory=dict)
    sentence: str = ""

    @property
    def right(self) -> bool | None:
        """Whether everything was right; None while the score is open."""
        return None if self.score is None else self.score >= 1.0


class ResponseError(ValueError):
    """A response that does not fit its question; the message says what came and what is wanted."""
