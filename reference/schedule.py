"""The learning rate of each step: up in a line, then down along half a cosine. Appendix D."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the learning rate does in the course of a training.

    steps: of the whole training. peak: the highest rate. warmup: steps that lead from `initial` to it.
    initial: rate of the first step when there is a warmup. least: rate of the last step; by default the peak, so
    that the rate stays what it is.
    Raises ValueError for a number below 0, for a warmup longer than the training, for a least rate above the peak.
    Source: Loshchilov and Hutter 2016, "SGDR", equation 5, without restarts; Goyal et al. 2017 for the warmup.
    """

    steps: int
    peak: float
    warmup: int = 0
    initial: float = 0.0
    least: float | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "peak", "warmup", "initial"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it is 0 or more")
        if self.warmup > self.steps:
            raise ValueError(f"a warmup of {self.warmup} steps does not fit into a training of {self.steps}")
        if self.least is not None and not 0 <= self.least <= self.peak:
            raise ValueError(f"the least rate is {self.least}; it is from 0 to the peak of {self.peak}")

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if step < self.warmup:
            return self.initial + (self.peak - self.initial) * step / self.warmup
        least = self.peak if self.least is None else self.least
        # The first step after the warmup has the peak, the last of all the least.
        done = (step - self.warmup) / max(1, self.steps - 1 - self.warmup)
        return least + (self.peak - least) * (1 + math.cos(math.pi * min(1.0, done))) / 2
