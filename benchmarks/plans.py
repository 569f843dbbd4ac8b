"""Plans of study, for many learners at once: what each asks on a day, and what it makes of an answer.

`Quizbook` is quizbook.study.agenda and quizbook.study.schedule in numpy; `spacing.py --check` holds it against them.
Items stand in the order of their ids. Arrays are (learners, items).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from fsrs.scheduler import DEFAULT_PARAMETERS
from memories import AGAIN, EASY, GOOD, HARD, At, Floats, Ints, draws, first_state, next_state
from numpy.typing import NDArray

from quizbook.study.agenda import AHEAD, SHIFT
from quizbook.study.pace import FEWEST

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


class Quizbook(Plan):
    """Quizbook's own order, with its default settings unless others are given."""

    def __init__(
        self, course: Course, learners: int, seed: int, *,
        name: str = "quizbook", retention: float = 0.9, reviews: int = 60, new: int = 10, sure: float = 0.2,
    ) -> None:  # fmt: skip
        super().__init__(course, learners, seed)
        self.name, self.retention, self.reviews, self.new, self.sure = name, retention, reviews, new, sure
        self.weights = np.array(DEFAULT_PARAMETERS)
        self.stability, self.difficulty = np.ones(self.shape), np.ones(self.shape)
        self.due = np.full(self.shape, NEVER)
        self.promised = np.zeros(self.shape, bool)
        self.paced = np.zeros(learners, np.int64)
        groups = [np.flatnonzero(course.group == one) for one in np.unique(course.group)]
        self.siblings = [members for members in groups if len(members) > 1]

    def without_siblings(self, rank: Floats) -> Floats:
        """Of each point only the item that ranks first keeps its rank."""
        for members in self.siblings:
            ranks = rank[:, members]
            first = ranks.argmin(axis=1)
            rank[:, members] = np.where(np.arange(len(members)) == first[:, None], ranks, np.inf)
        return rank

    def chosen(self, day: int) -> Ints:
        """Today's reviews, before chapters take turns."""
        seen = self.last >= 0
        due = seen & (self.due <= day)
        interval = np.maximum(self.due - self.last, 1)
        urgency = np.where(self.promised, np.inf, (day - self.last) / interval)
        order = np.argsort(np.where(due, -urgency, np.inf), axis=1, kind="stable")
        rank = np.empty(self.shape)
        np.put_along_axis(rank, order, np.arange(self.shape[1], dtype=float)[None, :], axis=1)
        soon = seen & (self.last < day) & (self.due > day) & (self.due - day <= (self.due - self.last) * SHIFT)
        items = self.shape[1]
        early = np.where(soon, items + (self.due - day) * items + np.arange(items), np.inf)
        rank = self.without_siblings(np.where(due, rank, early))
        asked = (rank < items).sum(axis=1)
        usual = np.rint((seen & (self.due < day + AHEAD)).sum(axis=1) / AHEAD).astype(int)
        room = np.minimum(np.maximum(asked, usual), self.reviews)
        queue = by_key(rank)
        return np.where(np.arange(queue.shape[1]) < room[:, None], queue, NOTHING)

    def interleaved(self, queue: Ints) -> Ints:
        """Chapters take turns: quizbook.study.interleaving for all learners at once."""
        chapters = int(self.course.chapter.max()) + 1
        width = queue.shape[1]
        of = np.where(queue == NOTHING, chapters, self.course.chapter[queue])
        left = np.stack([(of == one).sum(axis=1) for one in range(chapters)], axis=1)
        first = np.stack([np.where((of == one).any(axis=1), (of == one).argmax(axis=1), width) for one in range(chapters)], 1)
        grouped = np.take_along_axis(queue, np.argsort(of, axis=1, kind="stable"), axis=1)
        begin = np.cumsum(left, axis=1) - left
        taken, last = np.zeros_like(left), np.full(self.learners, NOTHING)
        result, rows = np.full_like(queue, NOTHING), np.arange(self.learners)
        for step in range(width):
            key = np.where(left > 0, left * (width + 1) - first, -NEVER)
            alone = (left > 0).sum(axis=1) < 2
            key[rows, last] = np.where(alone | (last == NOTHING), key[rows, last], -NEVER)
            best = key.argmax(axis=1)
            some = left[rows, best] > 0
            place = np.minimum(begin[rows, best] + taken[rows, best], width - 1)
            result[:, step] = np.where(some, grouped[rows, place], NOTHING)
            left[rows, best] -= some
            taken[rows, best] += some
            last = np.where(some, best, last)
        return result

    def fresh(self, day: int) -> Ints:
        """Today's new items."""
        rank = np.where(self.unseen(day), self.course.place.astype(float), np.inf)
        return by_key(self.without_siblings(rank), self.new)

    def queue(self, day: int) -> Ints:
        return joined(self.interleaved(self.chosen(day)), self.fresh(day))

    def take(self, answered: Answered) -> Ints:
        at, day = answered.at, answered.day
        who, what = at
        last, picked = self.last[at], self.course.picked[what]
        again_today = last == day
        right = answered.rating > AGAIN
        slow = picked | (self.paced[who] < FEWEST)
        rating = np.where(right & again_today, HARD, answered.rating)
        rating = np.where((rating == EASY) & slow, GOOD, rating)
        self.paced[who] += right & (answered.rating != HARD) & ~picked
        wrong_and_sure = ~right & (draws(self.seed, 5, who, what, answered.count) < self.sure)
        s1, d1 = first_state(self.weights, rating)
        s2, d2 = next_state(self.weights, self.stability[at], self.difficulty[at], day - last, rating)
        self.stability[at], self.difficulty[at] = np.where(last < 0, s1, s2), np.where(last < 0, d1, d2)
        factor, decay = 0.9 ** (-1 / self.weights[20]) - 1, -self.weights[20]
        days = np.rint(self.stability[at] / factor * (self.retention ** (1 / decay) - 1)).astype(np.int64)
        promised = wrong_and_sure | (again_today & self.promised[at])
        self.due[at] = day + np.where(promised, 1, np.maximum(days, 1))
        self.promised[at] = promised
        self.last[at] = day
        return np.where(wrong_and_sure & ~again_today, 3, NEVER)


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

    name = "Leitner, 1 2 4 8 16 days"
    DAYS = np.array([1, 2, 4, 8, 16])

    def __init__(self, course: Course, learners: int, seed: int, *, new: int = 10) -> None:
        super().__init__(course, learners, seed)
        self.new = new
        self.box = np.zeros(self.shape, np.int64)

    def queue(self, day: int) -> Ints:
        due = (self.last >= 0) & (day - self.last >= self.DAYS[self.box])
        reviews = by_key(np.where(due, self.box * 1e4 + self.last, np.inf))
        return joined(reviews, by_key(np.where(self.unseen(day), self.course.place.astype(float), np.inf), self.new))

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
        due = by_key(np.where(active & (self.step == NOTHING) & (self.due <= day), self.due + random, np.inf), self.REVIEWS)
        new = by_key(np.where(self.unseen(day), self.course.place.astype(float), np.inf), self.NEW)
        spread = [
            np.where(one == NOTHING, np.inf, (np.arange(one.shape[1]) + 0.5) / np.maximum((one != NOTHING).sum(1), 1)[:, None])
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
