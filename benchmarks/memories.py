"""Memories of simulated learners, many at once: what they recall, and what an answer leaves behind.

Three models that disagree on purpose. Arrays are (learners, items); `at` is a pair of index arrays, one learner and
one item each. Days are whole numbers.
"""

from __future__ import annotations

import numpy as np
from fsrs.scheduler import DEFAULT_PARAMETERS, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
At = tuple[Ints, Ints]

AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4
GUESSED = 0.25  # chance of a right answer before reading
ENCODED = 0.75  # of what was read, so much has entered memory at all
SECOND_TRY = 0.9  # chance of a right answer on the same day, once the right one was shown
PRETESTED = 1.2  # a question answered before reading is remembered so much longer: a gift to the guide's plan


def draws(seed: int, purpose: int, *numbers: Ints) -> Floats:
    """Uniform numbers that depend on nothing but these: every plan meets the same luck."""
    mixed = np.full(numbers[0].shape, seed * 1_000_003 + purpose, np.uint64)
    with np.errstate(over="ignore"):
        for number in numbers:
            mixed = (mixed ^ number.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2**53


def forgetting(stability: Floats, days: Ints | Floats, decay: Floats | float) -> Floats:
    """FSRS's chance of recall. stability: days until it is 0.9. decay: the last of the weights."""
    factor = 0.9 ** (-1 / np.asarray(decay)) - 1
    return np.asarray((1 + factor * days / stability) ** -np.asarray(decay))


def first_state(w: Floats, rating: Ints) -> tuple[Floats, Floats]:
    """FSRS's stability and difficulty after a first rating. w: weights, (21,) or (21, ratings)."""
    rows = np.broadcast_to(w[:4].reshape(4, -1), (4, rating.size))
    stability = rows[rating - 1, np.arange(rating.size)]
    return np.maximum(stability, 0.001), np.clip(w[4] - np.exp(w[5] * (rating - 1)) + 1, 1, 10)


def next_state(w: Floats, s: Floats, d: Floats, days: Ints, rating: Ints) -> tuple[Floats, Floats]:
    """FSRS's stability and difficulty after a rating so many days after the last one."""
    recall = forgetting(s, days, w[20])
    short = np.exp(w[17] * (rating - 3 + w[18])) * s ** -w[19]
    short = s * np.where(rating > AGAIN, np.maximum(short, 1), short)
    bonus = np.where(rating == HARD, w[15], 1) * np.where(rating == EASY, w[16], 1)
    right = s * (1 + np.exp(w[8]) * (11 - d) * s ** -w[9] * np.expm1((1 - recall) * w[10]) * bonus)
    wrong = w[11] * d ** -w[12] * ((s + 1) ** w[13] - 1) * np.exp((1 - recall) * w[14])
    wrong = np.minimum(wrong, s / np.exp(w[17] * w[18]))
    stability = np.where(days < 1, short, np.where(rating > AGAIN, right, wrong))
    easiest = w[4] - np.exp(w[5] * 3) + 1
    damped = d - w[6] * (rating - 3) * (10 - d) / 9
    return np.maximum(stability, 0.001), np.clip(w[7] * easiest + (1 - w[7]) * damped, 1, 10)


class Fsrs:
    """FSRS itself, with weights of its own for each learner and items that are easy or hard for all and for one."""

    name = "FSRS"

    def __init__(self, learners: int, items: int, rng: np.random.Generator) -> None:
        weights = np.tile(np.array(DEFAULT_PARAMETERS)[:, None], (1, learners))
        weights[:4] *= np.exp(rng.normal(0, 0.5, learners) + rng.normal(0, 0.2, (4, learners)))
        weights[8] += rng.normal(0, 0.25, learners)
        weights[11] *= np.exp(rng.normal(0, 0.2, learners))
        weights[20] *= np.exp(rng.normal(0, 0.2, learners))
        low, high = np.array(LOWER_BOUNDS_PARAMETERS)[:, None], np.array(UPPER_BOUNDS_PARAMETERS)[:, None]
        self.weights = np.clip(weights, low, high)
        self.ease = rng.normal(0, 1, items) + rng.normal(0, 0.5, (learners, items))
        self.stability = np.zeros((learners, items))
        self.difficulty = np.zeros((learners, items))
        self.last = np.full((learners, items), -1)
        self.pretested = np.zeros((learners, items), bool)
        self.read_on = np.full(items, -1)

    def read(self, items: Ints, day: int) -> None:
        self.read_on[items] = day

    def _read_stability(self) -> Floats:
        gift = np.where(self.pretested, PRETESTED, 1.0)
        return np.asarray(self.weights[0][:, None] * np.exp(0.4 * self.ease) * gift)

    def recall(self, at: At, day: int) -> Floats:
        who, what = at
        w = self.weights[20][who]
        last, read = self.last[at], self.read_on[what]
        answered = forgetting(np.maximum(self.stability[at], 0.001), np.maximum(day - last, 0), w)
        gift = np.where(self.pretested[at], PRETESTED, 1.0)
        stability = self.weights[0][who] * np.exp(0.4 * self.ease[at]) * gift
        only_read = ENCODED * forgetting(stability, np.maximum(day - read, 0), w)
        known = np.where(last >= 0, np.where(last == day, SECOND_TRY, answered), only_read)
        return np.where(read >= 0, known, GUESSED)

    def learn(self, at: At, day: int, rating: Ints) -> None:
        who, what = at
        before = self.read_on[what] < 0
        self.pretested[who[before], what[before]] = True
        at, rating = (who[~before], what[~before]), rating[~before]
        w, last = self.weights[:, at[0]], self.last[at]
        s1, d1 = first_state(w, rating)
        s1 = s1 * np.exp(0.4 * self.ease[at]) * np.where(self.pretested[at], PRETESTED, 1.0)
        d1 = np.clip(d1 - 0.8 * self.ease[at], 1, 10)
        s2, d2 = next_state(
            w, np.maximum(self.stability[at], 0.001), np.maximum(self.difficulty[at], 1), day - last, rating
        )
        new = last < 0
        self.stability[at], self.difficulty[at] = np.where(new, s1, s2), np.where(new, d1, d2)
        self.last[at] = day

    def retained(self, day: int) -> Floats:
        learners, items = self.last.shape
        grid = np.indices((learners, items)).reshape(2, -1)
        return self.recall((grid[0], grid[1]), day).reshape(learners, items).sum(axis=1)


class Activation:
    """Pavlik and Anderson 2005: every encounter leaves a trace; it fades by a power law, the faster the more was known.

    An encounter is a reading or an answer, right or wrong, since the right one is shown. Days count a fortieth of
    their seconds, as in the paper; easiness is set so that half of what was read is known a day later.
    """

    name = "traces (ACT-R)"
    A, C, THRESHOLD, NOISE, DAY = 0.177, 0.217, -0.704, 0.255, 86400 * 0.025
    SAME_DAY = 0.02  # of a day
    MOST = 40  # encounters that leave a trace

    def __init__(self, learners: int, items: int, rng: np.random.Generator) -> None:
        ease = rng.normal(0.65, 0.25, (learners, 1)) + rng.normal(0, 0.25, items)
        self.ease = ease + rng.normal(0, 0.1, (learners, items))
        self.days = np.zeros((learners, items, self.MOST), np.float32)
        self.decay = np.zeros((learners, items, self.MOST), np.float32)
        self.count = np.zeros((learners, items), np.int64)
        self.last = np.full((learners, items), -1)
        self.read_on = np.full(items, -1)

    def read(self, items: Ints, day: int) -> None:
        self.read_on[items] = day
        for item in items:
            everybody = np.arange(self.count.shape[0])
            self._encounter((everybody, np.full_like(everybody, item)), day)

    def _strength(self, at: At, day: int) -> Floats:
        ages = np.maximum(day - self.days[at], self.SAME_DAY) * self.DAY
        there = np.arange(self.MOST) < self.count[at][:, None]
        return np.where(there, ages ** -self.decay[at], 0).sum(axis=1)

    def _encounter(self, at: At, day: int) -> None:
        place = np.minimum(self.count[at], self.MOST - 1)
        self.decay[at[0], at[1], place] = self.C * self._strength(at, day) + self.A
        self.days[at[0], at[1], place] = day
        self.count[at] = place + 1

    def recall(self, at: At, day: int) -> Floats:
        with np.errstate(divide="ignore"):
            level = np.log(self._strength(at, day)) + self.ease[at]
        known = 1 / (1 + np.exp(np.clip((self.THRESHOLD - level) / self.NOISE, -50, 50)))
        known = np.where(self.last[at] == day, SECOND_TRY, known)
        return np.where(self.read_on[at[1]] >= 0, known, GUESSED)

    def learn(self, at: At, day: int, rating: Ints) -> None:
        self._encounter(at, day)
        self.last[at] = day

    def retained(self, day: int) -> Floats:
        learners, items = self.count.shape
        who = np.arange(learners)
        return np.sum([self.recall((who, np.full_like(who, item)), day) for item in range(items)], axis=0)


class HalfLife:
    """Half-life regression (Settles and Meeder 2016): right answers double the half-life, however they are spaced.

    Of a day's answers on an item only the first counts; what is forgotten is forgotten exponentially.
    """

    name = "half-life"

    def __init__(self, learners: int, items: int, rng: np.random.Generator) -> None:
        ease = rng.normal(2.0, 0.6, (learners, 1)) + rng.normal(0, 0.7, items)
        self.ease = ease + rng.normal(0, 0.3, (learners, items))
        self.gain = np.exp(rng.normal(-0.1, 0.2, (learners, 1)))  # doublings by a right answer
        self.right = np.zeros((learners, items))
        self.wrong = np.zeros((learners, items))
        self.last = np.full((learners, items), -1)
        self.read_on = np.full(items, -1)

    def read(self, items: Ints, day: int) -> None:
        self.read_on[items] = day

    def recall(self, at: At, day: int) -> Floats:
        doublings = self.ease[at] + self.gain[at[0], 0] * (self.right[at] - 0.5 * np.minimum(self.wrong[at], 3))
        since = np.maximum(self.last[at], self.read_on[at[1]])
        known = 2.0 ** (-np.maximum(day - since, 0) / 2.0 ** np.clip(doublings, -2, 10))
        known = np.where(self.last[at] == day, SECOND_TRY, np.where(self.last[at] < 0, ENCODED, 1) * known)
        return np.where(self.read_on[at[1]] >= 0, known, GUESSED)

    def learn(self, at: At, day: int, rating: Ints) -> None:
        what = at[1]
        counts = (self.read_on[what] >= 0) & (self.last[at] < day)
        self.right[at] += counts & (rating > AGAIN)
        self.wrong[at] += counts & (rating == AGAIN)
        self.last[at] = np.where(self.read_on[what] >= 0, day, self.last[at])

    def retained(self, day: int) -> Floats:
        learners, items = self.last.shape
        grid = np.indices((learners, items)).reshape(2, -1)
        return self.recall((grid[0], grid[1]), day).reshape(learners, items).sum(axis=1)


MODELS = {"fsrs": Fsrs, "traces": Activation, "half-life": HalfLife}
