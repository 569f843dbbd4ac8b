"""Plans of study other than our own, for many learners at once: what each asks on a day, what it makes of an answer.

Items stand in the order of their ids. Arrays are (learners, items).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from memories import AGAIN, EASY, GOOD, HARD, At, Floats, Ints, draws
from numpy.typing import NDArray

NEVER = np.iinfo(np.int64).max // 4
NOTHING = -1


@dataclass(frozen=True)
class Course:
    """What is to be learned. place: of each item in the bank's order. group: items about the same point share one.

    read_on: the day on which an item's chapter is read. picked: answered by picking, which is never easy.
    """

    ids: tuple[str, ...]
    place: Ints
    chapter: Ints
    group: Ints
    read_on: Ints
    picked: NDArray[np.bool_]


@dataclass
class Answered:
    """The answers of one moment: who answered what on which day, how well (1 to 4), and how often before."""

    at: At
    day: int
    rating: Ints
    count: Ints


class Plan:
    """A plan begins with nothing known; `again`: after how many other answers an item comes once more today."""

    name = ""

    def __init__(self, course: Course, learners: int, seed: int) -> None:
        self.course, self.learners, self.seed = course, learners, seed
        self.shape = (learners, len(course.ids))
        self.last = np.full(self.shape, -1)

    def queue(self, day: int) -> Ints:
        """Each learner's items in the order in which they are asked, filled up with NOTHING."""
        raise NotImplementedError

    def take(self, answered: Answered) -> Ints:
        """Learn of answers; returns after how many others each item comes again today, NEVER for most."""
        self.last[answered.at] = answered.day
        return np.full(answered.rating.shape, NEVER)

    def unseen(self, day: int) -> NDArray[np.bool_]:
        """Items of the chapters that were read, never asked."""
        return np.asarray((self.last < 0) & (self.course.read_on <= day))


def by_key(key: Floats, most: int | None = None) -> Ints:
    """Items by their keys, the least first; those with an infinite key are left out."""
    order = np.argsort(key, axis=1, kind="stable")
    order = np.where(np.isinf(np.take_along_axis(key, order, axis=1)), NOTHING, order)
    return order[:, :most] if most is not None else order[:, : max(1, int((order != NOTHING).sum(axis=1).max()))]


def joined(*queues: Ints) -> Ints:
    """One queue behind another."""
    return packed(np.concatenate(queues, axis=1))


def packed(queue: Ints) -> Ints:
    """The same without gaps."""
    order = np.argsort(queue == NOTHING, axis=1, kind="stable")
    return np.take_along_axis(queue, order, axis=1)


class Guide(Plan):
    """Each chapter's questions once before it is read and once after; then nothing, or all of it over and over."""

    BEFORE = 3  # days

    def __init__(self, course: Course, learners: int, seed: int, *, over: bool = False) -> None:
        super().__init__(course, learners, seed)
        self.over = over
        self.name = "guide, then over and over" if over else "guide: once before, once after"
        self.before = np.zeros(self.shape, bool)
        self.after = np.zeros(self.shape, bool)

    def queue(self, day: int) -> Ints:
        read, place = self.course.read_on <= day, self.course.place
        soon = ~read & (self.course.read_on <= day + self.BEFORE)
        key = np.where(read & ~self.after, place.astype(float), np.inf)
        key = np.where(soon & ~self.before, 1e4 + place, key)
        if self.over:
            key = np.where(self.after & (self.last < day), 2e4 + self.last * 1e3 + place, key)
        return by_key(key)

    def take(self, answered: Answered) -> Ints:
        read = self.course.read_on[answered.at[1]] <= answered.day
        self.after[answered.at] |= read
        self.before[answered.at] |= ~read
        return super().take(answered)


class Leitner(Plan):
    """Five boxes of 1, 2, 4, 8 and 16 days: right goes one up, wrong goes back to the first; low boxes first."""

    name = "Leitner: 1 2 4 8 16 days"
    DAYS = np.array([1, 2, 4, 8, 16])

    def __init__(self, course: Course, learners: int, seed: int, *, new: int = 10, new_first: bool = False) -> None:
        super().__init__(course, learners, seed)
        self.new, self.new_first = new, new_first
        self.name = "Leitner, new chapter first" if new_first else self.name
        self.box = np.zeros(self.shape, np.int64)

    def queue(self, day: int) -> Ints:
        due = (self.last >= 0) & (day - self.last >= self.DAYS[self.box])
        reviews = by_key(np.where(due, self.box * 1e4 + self.last, np.inf))
        fresh = by_key(np.where(self.unseen(day), self.course.place.astype(float), np.inf), self.new)
        return joined(fresh, reviews) if self.new_first else joined(reviews, fresh)

    def take(self, answered: Answered) -> Ints:
        new = self.last[answered.at] < 0
        up = np.where(new, 0, np.minimum(self.box[answered.at] + 1, len(self.DAYS) - 1))
        self.box[answered.at] = np.where(answered.rating > AGAIN, up, 0)
        return super().take(answered)


class Anki(Plan):
    """Anki's defaults with SM-2: steps of 1 and 10 minutes, 1 day, 4 days if easy, 20 new and 200 reviews a day, mixed.

    Intervals without fuzz. A step is counted in answers, five a minute; what is left of the steps comes first next day.
    """

    name = "Anki's defaults (SM-2)"
    MINUTE, EASE, LEAST_EASE, NEW, REVIEWS, LEECH = 5, 2.5, 1.3, 20, 200, 8

    def __init__(self, course: Course, learners: int, seed: int) -> None:
        super().__init__(course, learners, seed)
        self.ease = np.full(self.shape, self.EASE)
        self.interval = np.zeros(self.shape)
        self.due = np.full(self.shape, NEVER)
        self.step = np.full(self.shape, NOTHING)  # 0 and 1: learning, 2: relearning, NOTHING: in review
        self.lapses = np.zeros(self.shape, np.int64)

    def queue(self, day: int) -> Ints:
        active = (self.last >= 0) & (self.lapses < self.LEECH)
        started = by_key(np.where(active & (self.step != NOTHING), self.last.astype(float), np.inf))
        random = draws(self.seed, 6, *np.indices(self.shape), np.full(self.shape, day))
        due = by_key(
            np.where(active & (self.step == NOTHING) & (self.due <= day), self.due + random, np.inf), self.REVIEWS
        )
        new = by_key(np.where(self.unseen(day), self.course.place.astype(float), np.inf), self.NEW)
        spread = [
            np.where(
                one == NOTHING,
                np.inf,
                (np.arange(one.shape[1]) + 0.5) / np.maximum((one != NOTHING).sum(1), 1)[:, None],
            )
            for one in (due, new)
        ]
        both = np.concatenate([due, new], axis=1)
        mixed = np.take_along_axis(both, np.argsort(np.concatenate(spread, axis=1), axis=1, kind="stable"), axis=1)
        return joined(started, mixed)

    def take(self, answered: Answered) -> Ints:
        at, day, rating = answered.at, answered.day, answered.rating
        new = self.last[at] < 0
        step, ease, interval = np.where(new, 0, self.step[at]), self.ease[at], self.interval[at]
        learning, reviewing = step != NOTHING, step == NOTHING
        late = np.maximum(day - self.due[at], 0)
        lapsed = reviewing & (rating == AGAIN)

        hard = np.maximum(interval * 1.2, interval + 1)
        good = np.maximum((interval + late / 2) * ease, hard + 1)
        easy = np.maximum((interval + late) * ease * 1.3, good + 1)
        longer = np.select([rating == HARD, rating == GOOD, rating == EASY], [hard, good, easy], 1.0)
        graduates = learning & ((rating == EASY) | ((rating == GOOD) & (step >= 1)))
        first = np.where(step == 2, np.maximum(interval, 1), np.where(rating == EASY, 4, 1))
        interval = np.where(lapsed, 1, np.where(reviewing, longer, np.where(graduates, first, interval)))
        change = np.select([rating == AGAIN, rating == HARD, rating == EASY], [-0.2, -0.15, 0.15], 0.0)
        ease = np.where(reviewing, np.maximum(ease + change, self.LEAST_EASE), ease)

        after = np.select([rating == AGAIN, rating == HARD], [np.where(step == 2, 2, 0), step], 1)
        self.step[at] = np.where(lapsed, 2, np.where(reviewing | graduates, NOTHING, after))
        self.ease[at], self.interval[at] = ease, interval
        self.due[at] = day + np.rint(interval).astype(np.int64)
        self.lapses[at] += lapsed
        self.last[at] = day
        wait = np.where((self.step[at] == 0) & (rating == AGAIN), self.MINUTE, 10 * self.MINUTE)
        return np.where(self.step[at] == NOTHING, NEVER, wait)


class Random(Plan):
    """Whatever was read, in any order: the floor."""

    name = "random order"

    def queue(self, day: int) -> Ints:
        chance = draws(self.seed, 7, *np.indices(self.shape), np.full(self.shape, day))
        return by_key(np.where(self.course.read_on <= day, chance, np.inf))
