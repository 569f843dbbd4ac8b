"""What a review today is worth: how much likelier an item is recalled a month from now, for the time that it takes.

Where not all that is due can be asked, this order keeps most: what is nearly lost is not asked before what one answer
makes safe. docs/spacing.md has the comparison. The formulas are FSRS's, as the package fsrs has them; its own cards
would take ten times as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date

from quizbook.study.schedule import RETENTION, Scheduled, scheduler

HORIZON = 30  # days from now, at which it is to be recalled
WRONG = 5 / 3  # how much longer a wrong answer takes than a right one, with what is read after it
DIGITS = 9  # beyond them, two are worth the same


def worth(today: date, parameters: Sequence[float] | None = None) -> Callable[[Scheduled], float]:
    """The function that tells what a review today is worth; the more, the sooner it should be asked.

    parameters: FSRS's weights, None for the usual ones.
    """
    w = scheduler(RETENTION, parameters).parameters
    factor = 0.9 ** (-1 / w[20]) - 1

    def recall(stability: float, days: int) -> float:
        return float((1 + factor * days / stability) ** -w[20])

    def of(one: Scheduled) -> float:
        days = max(0, (today - one.reviewed).days)
        s, d = max(one.stability, 0.001), min(max(one.difficulty, 1), 10)
        now = recall(s, days)
        right = s * (1 + math.exp(w[8]) * (11 - d) * s ** -w[9] * (math.exp((1 - now) * w[10]) - 1))
        wrong = w[11] * d ** -w[12] * ((s + 1) ** w[13] - 1) * math.exp((1 - now) * w[14])
        wrong = max(min(wrong, s / math.exp(w[17] * w[18])), 0.001)
        asked = now * recall(right, HORIZON) + (1 - now) * recall(wrong, HORIZON)
        gain = asked - recall(s, days + HORIZON)
        return round(gain / (now + WRONG * (1 - now)), DIGITS)

    return of
