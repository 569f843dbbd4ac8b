"""How much of something was right, with the interval in which the true share lies.

Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

DEVIATIONS = 1.959963984540054  # of a normal distribution, on both sides: 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """A number of answers, and how much of them was right.

    right: the sum of their scores, each from 0 to 1. of: how many they are.
    """

    right: float = 0.0
    of: int = 0

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1; None of nothing."""
        return min(1.0, max(0.0, self.right / self.of)) if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share would lie with many more answers, in 95 of 100 cases; of nothing it may be anything.

        A score between 0 and 1 varies at most as much as a plain right or wrong with the same mean, so for partial
        credit the interval is rather too wide than too narrow.
        """
        value = self.value
        if value is None:
            return 0.0, 1.0
        square = DEVIATIONS**2
        centre = (value + square / (2 * self.of)) / (1 + square / self.of)
        spread = math.sqrt(value * (1 - value) / self.of + square / (4 * self.of**2))
        half = DEVIATIONS * spread / (1 + square / self.of)
        return max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half))

    def plus(self, score: float) -> Share:
        """This share with one more answer."""
        return Share(self.right + score, self.of + 1)
