"""Simulated learners who read the bank's chapters one after the other and answer its questions for minutes a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from memories import AGAIN, EASY, GOOD, HARD, MODELS, Floats, Ints, draws
from plans import NEVER, NOTHING, Answered, Course, Plan

from quizbook.bank.library import load_bank
from quizbook.study.siblings import point_of

READING = 45  # days, in which as many items a day come within reach
RIGHT, WRONG = 12.0, 20.0  # seconds that an answer takes on average: half to one and a half times that
HARDLY, EASILY = 0.15, 0.25  # of right answers
REPEATS = 64  # items at most that wait to come again on the same day

Watch = Callable[[Answered], None]


@dataclass(frozen=True)
class Result:
    """What came of a plan, for each learner. known: items recalled on the last day. minutes: spent in all.

    answers, new: on each day, those before reading too, and how many of them were an item's first.
    """

    name: str
    known: Floats
    minutes: Floats
    answers: Ints
    new: Ints


def course(reading: int = READING) -> Course:
    """The bank as something to learn."""
    bank = load_bank()
    places = {question.id: place for place, question in enumerate(bank.questions)}
    questions = sorted(bank.questions, key=lambda question: question.id)
    chapters = list(dict.fromkeys(bank.chapter_of.values()))
    points = {name: number for number, name in enumerate(sorted({point_of(q) for q in questions}))}
    place = np.array([places[q.id] for q in questions])
    chapter = np.array([chapters.index(bank.chapter_of[q.id]) for q in questions])
    begins = np.array([place[chapter == one].min() for one in range(len(chapters))]) * reading // len(questions)
    return Course(
        ids=tuple(q.id for q in questions),
        place=place,
        chapter=chapter,
        group=np.array([points[point_of(q)] for q in questions]),
        read_on=begins[chapter],
        picked=np.array([q.kind == "multiple_choice" for q in questions]),
    )


def studied(
    plan: Plan,
    model: str,
    *,
    days: int,
    minutes: float,
    seed: int,
    before: Callable[[int], None] = lambda day: None,
    watch: Watch = lambda answered: None,
) -> Result:
    """Let every learner study by a plan. before: called on each day. watch: with all answers."""
    learners, items = plan.shape
    memory = MODELS[model](learners, items, np.random.default_rng(seed))
    count = np.zeros(plan.shape, np.int64)
    spent = np.zeros(learners)
    answers, new = np.zeros((learners, days), np.int64), np.zeros((learners, days), np.int64)
    for day in range(days):
        memory.read(np.flatnonzero(plan.course.read_on == day), day)
        before(day)
        queue = np.concatenate([plan.queue(day), np.full((learners, 1), NOTHING)], axis=1)
        today, place = np.zeros(learners), np.zeros(learners, np.int64)
        again, ready = np.full((learners, REPEATS), NOTHING), np.full((learners, REPEATS), NEVER)
        while True:
            waiting = ready.argmin(axis=1)
            soonest = ready[np.arange(learners), waiting]
            item = queue[np.arange(learners), place]
            repeats = (soonest <= answers[:, day]) | ((item == NOTHING) & (soonest < NEVER))
            item = np.where(repeats, again[np.arange(learners), waiting], item)
            who = np.flatnonzero((item != NOTHING) & (today < 60 * minutes))
            if not len(who):
                break
            at = (who, item[who])
            ready[who[repeats[who]], waiting[who[repeats[who]]]] = NEVER
            place[who] += ~repeats[who]
            luck, feel, speed = (draws(seed, purpose, who, at[1], count[at]) for purpose in (1, 2, 3))
            right = luck < memory.recall(at, day)
            quality = np.select([feel < HARDLY, feel > 1 - EASILY], [HARD, EASY], GOOD)
            answered = Answered(at, day, np.where(right, quality, AGAIN), count[at])
            today[who] += np.where(right, RIGHT, WRONG) * (0.5 + speed)
            watch(answered)
            memory.learn(at, day, answered.rating)
            wait = plan.take(answered)
            new[who, day] += count[at] == 0
            count[at] += 1
            answers[who, day] += 1
            later = wait < NEVER
            slot = ready[who[later]].argmax(axis=1)
            ready[who[later], slot] = answers[who[later], day] + wait[later]
            again[who[later], slot] = at[1][later]
        spent += today
    return Result(plan.name, memory.retained(days), spent / 60, answers, new)
