"""What is known on day 60 for the same minutes: quizbook's order against the guide's plan, Leitner boxes and Anki.

Simulated learners read the bank's chapters one after the other and answer its questions for so many minutes a day.
docs/spacing.md has the results with what they assume and what they do not show.

python benchmarks/spacing.py [--learners 1000] [--days 60] [--minutes 10] [--seed 1] [--quick]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
from memories import AGAIN, EASY, GOOD, HARD, MODELS, Floats, Ints, draws
from own_plan import Quizbook
from plans import NEVER, NOTHING, Anki, Answered, Course, Guide, Leitner, Plan, Random

from quizbook.bank.library import load_bank
from quizbook.study.agenda import agenda
from quizbook.study.events import Attempt
from quizbook.study.running import Running
from quizbook.study.schedule import Memory, Rater
from quizbook.study.settings import Settings
from quizbook.study.siblings import point_of
from quizbook.study.standing import Standing

READING = 45  # days, in which as many items a day come within reach
RIGHT, WRONG = 12.0, 20.0  # seconds that an answer takes on average: half to one and a half times that
HARDLY, EASILY = 0.15, 0.25  # of right answers
REPEATS = 64  # items at most that wait to come again on the same day
BEGINNING = date(2026, 1, 5)

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


def plans(learning: Course, learners: int, seed: int) -> list[Callable[[], Plan]]:
    """Every plan that is compared; the others are told against the first one."""
    make: list[Callable[..., Plan]] = [
        partial(Quizbook, name="quizbook: new chapter, then review", new=9999, new_first=True),
        Quizbook,
        Guide,
        partial(Guide, over=True),
        partial(Leitner, new=9999, new_first=True),
        Leitner,
        Anki,
        Random,
    ]
    return [partial(one, learning, learners, seed) for one in make]


def check(learning: Course, days: int, seed: int) -> int:
    """Hold the numpy plan against the real agenda and schedule, every day of some learners; returns how many days."""
    learners, compared = 6, 0
    bank = load_bank()
    point = {q.id: point_of(q) for q in bank.questions}
    kinds = {
        id: "multiple_choice" if picked else "numeric" for id, picked in zip(learning.ids, learning.picked, strict=True)
    }
    much, little = Settings(retention=0.85, daily_reviews=25, daily_new=20), Settings(daily_new=4)
    for settings, minutes in ((Settings(), 15), (much, 15), (little, 60)):  # more than fits, and days with room
        plan = Quizbook(
            learning, learners, seed,
            retention=settings.retention, reviews=settings.daily_reviews, new=settings.daily_new,
        )  # fmt: skip
        real = [Running(Memory(Rater(kinds), settings.retention)) for _ in range(learners)]

        def watch(answered: Answered, plan: Quizbook = plan, real: Sequence[Running] = real) -> None:
            sure = draws(plan.seed, 5, *answered.at, answered.count) < plan.sure
            for who, what, rating, is_sure in zip(*answered.at, answered.rating, sure, strict=True):
                real[who].take(_attempt(learning.ids[what], answered.day, int(rating), bool(is_sure)))

        def before(
            day: int, plan: Quizbook = plan, real: Sequence[Running] = real, settings: Settings = settings
        ) -> None:
            nonlocal compared
            reviews, new = plan.interleaved(plan.chosen(day)), plan.fresh(day)
            read = np.flatnonzero(learning.read_on <= day)
            known = {learning.ids[n]: str(learning.chapter[n]) for n in read[np.argsort(learning.place[read])]}
            for who, running in enumerate(real):
                todo = agenda(_standing(running, day, settings), known, point.__getitem__)
                ours = [tuple(learning.ids[n] for n in row[who] if n != NOTHING) for row in (reviews, new)]
                assert ours == [todo.reviews, todo.new], f"learner {who}, day {day}"
                compared += 1

        studied(plan, "fsrs", days=days, minutes=minutes, seed=seed, before=before, watch=watch)
    return compared


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


def table(results: Sequence[Result], items: int) -> str:
    """A line a plan: what is known, its spread over learners, the paired difference to the first plan, the cost."""
    lines = [
        f"{'':34}{'known':>7}{'spread':>8}{'difference':>16}{'minutes':>9}{'answers':>9}{'asked':>7}{'a minute':>10}"
    ]
    first = results[0]
    for one in results:
        answers, new = (each.sum(axis=1).mean() for each in (one.answers, one.new))
        gap = one.known - first.known
        error = gap.std() / math.sqrt(len(gap))
        told = "" if one is first else f"{gap.mean():+.1f} ± {2 * error:.1f}"
        lines.append(
            f"{one.name:34}{one.known.mean():7.1f}{one.known.std():8.1f}{told:>16}{one.minutes.mean():9.0f}"
            f"{answers:9.0f}{new:7.0f}{one.known.mean() / one.minutes.mean():10.2f}"
        )
    return "\n".join([*lines, f"(of {items} items)"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=1000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="the first table only")
    asked = parser.parse_args()
    learning = course()
    began = time.perf_counter()
    print(
        f"{check(learning, asked.days, asked.seed)} days of study as quizbook's own agenda() puts them together: equal"
    )
    with ProcessPoolExecutor(2) as pool:

        def told(title: str, makes: Sequence[Callable[[], Plan]], model: str, minutes: float) -> list[Result]:
            run = partial(_run, model=model, days=asked.days, minutes=minutes, seed=asked.seed)
            results = list(pool.map(run, makes))
            print(f"\n{title}\n{table(results, len(learning.ids))}", flush=True)
            return results

        compared = plans(learning, asked.learners, asked.seed)
        told(f"{asked.minutes:g} minutes a day, memory: FSRS", compared, "fsrs", asked.minutes)
        if not asked.quick:
            for model in ("traces", "half-life"):
                told(f"{asked.minutes:g} minutes a day, memory: {MODELS[model].name}", compared, model, asked.minutes)
            for minutes in (asked.minutes / 2, asked.minutes * 2):
                told(f"{minutes:g} minutes a day, memory: FSRS", compared, "fsrs", minutes)
            kept = [
                partial(
                    Quizbook, learning, asked.learners, asked.seed, name=f"retention {r:.2f}", retention=r, reviews=9999
                )
                for r in (0.9, 0.8, 0.85, 0.95)
            ]
            for one in told("as many minutes as it takes, by the setting `retention`, memory: FSRS", kept, "fsrs", 600):
                late = (one.answers - one.new)[:, asked.days // 2 :].mean()
                print(f"{one.name}: {late:.0f} reviews a day in the second half of the time")
    print(f"\n{asked.learners} learners, {asked.days} days, seed {asked.seed}: {time.perf_counter() - began:.0f} s")


def _run(make: Callable[[], Plan], *, model: str, days: int, minutes: float, seed: int) -> Result:
    return studied(make(), model, days=days, minutes=minutes, seed=seed)


if __name__ == "__main__":
    main()
