"""Quizbook's own plan in numpy, for many learners at once: quizbook.study's schedule, worth and agenda.

`check` in spacing.py holds it against them, day by day. Arrays are (learners, items).
"""

from __future__ import annotations

import numpy as np
from fsrs.scheduler import DEFAULT_PARAMETERS
from memories import AGAIN, EASY, GOOD, HARD, Floats, Ints, draws, first_state, forgetting, next_state
from numpy.typing import NDArray
from plans import NEVER, NOTHING, Answered, Course, Plan, by_key, joined

from quizbook.study.agenda import AHEAD, SHIFT
from quizbook.study.pace import FEWEST
from quizbook.study.worth import DIGITS, HORIZON, WRONG


class Quizbook(Plan):
    """Quizbook's own order, with its default settings unless others are given."""

    def __init__(
        self, course: Course, learners: int, seed: int, *,
        name: str = "quizbook: review, then 10 new", retention: float = 0.9, reviews: int = 60, new: int = 10,
        new_first: bool = False, sure: float = 0.2,
    ) -> None:  # fmt: skip
        super().__init__(course, learners, seed)
        self.new_first = new_first
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
        order = np.argsort(np.where(due, -self.worth(due, day), np.inf), axis=1, kind="stable")
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

    def worth(self, due: NDArray[np.bool_], day: int) -> Floats:
        """What a review of each due item is worth: quizbook.study.worth."""
        at = np.nonzero(due)
        s, d, days, w = self.stability[at], self.difficulty[at], day - self.last[at], self.weights
        right, wrong = (next_state(w, s, d, days, np.full(s.shape, rating))[0] for rating in (GOOD, AGAIN))
        now, later = (forgetting(s, days + more, w[20]) for more in (0, HORIZON))
        asked = now * forgetting(right, HORIZON, w[20]) + (1 - now) * forgetting(wrong, HORIZON, w[20])
        value = np.zeros(self.shape)
        value[at] = np.round((asked - later) / (now + WRONG * (1 - now)), DIGITS)
        return np.where(self.promised, np.inf, value)

    def interleaved(self, queue: Ints) -> Ints:
        """Chapters take turns: quizbook.study.interleaving for all learners at once."""
        chapters = int(self.course.chapter.max()) + 1
        width = queue.shape[1]
        of = np.where(queue == NOTHING, chapters, self.course.chapter[queue])
        left = np.stack([(of == one).sum(axis=1) for one in range(chapters)], axis=1)
        first = np.stack(
            [np.where((of == one).any(axis=1), (of == one).argmax(axis=1), width) for one in range(chapters)], 1
        )
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
        reviews, fresh = self.interleaved(self.chosen(day)), self.fresh(day)
        return joined(fresh, reviews) if self.new_first else joined(reviews, fresh)

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
