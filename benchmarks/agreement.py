"""Holds our plan in numpy against the real thing: ratings, due dates and the agenda of every day, for some learners."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from memories import AGAIN, EASY, HARD, draws
from own_plan import Quizbook
from plans import NOTHING, Answered, Course
from simulation import course, studied

from quizbook.bank.library import load_bank
from quizbook.study.agenda import agenda
from quizbook.study.events import Attempt
from quizbook.study.running import Running
from quizbook.study.schedule import Memory, Rater
from quizbook.study.settings import Settings
from quizbook.study.siblings import point_of
from quizbook.study.standing import Standing

LEARNERS = 5
DAYS = 60
BEGINNING = date(2026, 1, 5)


def check(seed: int) -> int:
    """Compare every day of some learners; returns how many days that were. AssertionError: one is not the same.

    They have more to do than time, a small cap, and at last nothing new, so that light days take from those to come.
    """
    short = Settings(retention=0.85, daily_reviews=25, daily_new=20)
    eager = Settings(daily_reviews=300, daily_new=80)
    cases = ((course(), Settings(), 15), (course(), short, 15), (course(10), eager, 90))
    return sum(_agreed(learning, settings, minutes, seed) for learning, settings, minutes in cases)


def _agreed(learning: Course, settings: Settings, minutes: float, seed: int) -> int:
    point = {question.id: point_of(question) for question in load_bank().questions}
    kinds = {
        id: "multiple_choice" if picked else "numeric" for id, picked in zip(learning.ids, learning.picked, strict=True)
    }
    plan = Quizbook(
        learning, LEARNERS, seed,
        retention=settings.retention, reviews=settings.daily_reviews, new=settings.daily_new,
    )  # fmt: skip
    real = [Running(Memory(Rater(kinds), settings.retention)) for _ in range(LEARNERS)]

    def watch(answered: Answered) -> None:
        sure = draws(plan.seed, 5, *answered.at, answered.count) < plan.sure
        for who, what, rating, is_sure in zip(*answered.at, answered.rating, sure, strict=True):
            real[who].take(_attempt(learning.ids[what], answered.day, int(rating), bool(is_sure)))

    def before(day: int) -> None:
        reviews, new = plan.interleaved(plan.chosen(day)), plan.fresh(day)
        read = np.flatnonzero(learning.read_on <= day)
        known = {learning.ids[n]: str(learning.chapter[n]) for n in read[np.argsort(learning.place[read])]}
        for who, running in enumerate(real):
            todo = agenda(_standing(running, day, settings), known, point.__getitem__)
            ours = [tuple(learning.ids[n] for n in row[who] if n != NOTHING) for row in (reviews, new)]
            assert ours == [todo.reviews, todo.new], f"learner {who}, day {day}"

    studied(plan, "fsrs", days=DAYS, minutes=minutes, seed=seed, before=before, watch=watch)
    return LEARNERS * DAYS


def _attempt(item: str, day: int, rating: int, sure: bool) -> Attempt:
    """An answer that the program rates as the simulation does."""
    at = datetime.combine(BEGINNING, datetime.min.time(), UTC) + timedelta(days=day, hours=12)
    score = {AGAIN: 0.0, HARD: 0.7}.get(rating, 1.0)
    return Attempt(
        at=at, utc_offset=0, device="", item=item, text_hash="", key_hash="", response="", parts={}, score=score,
        seed=1, mode="quiz", confidence="sure" if rating == EASY or (rating == AGAIN and sure) else "fair",
        seconds=1.0 if rating == EASY else 20.0, version="",
    )  # fmt: skip


def _standing(running: Running, day: int, settings: Settings) -> Standing:
    today = BEGINNING + timedelta(days=day)
    scheduled = running.memory.items()
    due = sorted((one for one in scheduled.values() if one.due.date() <= today), key=lambda one: (one.due, one.item))
    return Standing(
        today=today, utc_offset=0, settings=settings, attempts=running.attempts, scheduled=scheduled,
        due=tuple(one.item for one in due), answers=running.answers, days=running.days, passed=frozenset(),
    )  # fmt: skip
