"""Half a year of a learner who never was: pretests, reading, posttests, reviews when they are due, holidays.

The answers are drawn from a seed; what is remembered follows FSRS's own curve of forgetting. As a program it fills a
home, to look at: `python tests/cli/half_a_year.py HOME`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fsrs import Card, Rating, Scheduler

from quizbook.bank.hashing import key_hash, text_hash
from quizbook.bank.library import Bank, load_bank
from quizbook.bank.questions import AnyQuestion
from quizbook.study.events import Attempt, Confidence, Mode
from quizbook.study.store import open_log

DAYS = 182
SECONDS = {"multiple_choice": 22, "numeric": 50, "tracing": 60, "code_blank": 75, "short_answer": 110}


class Learner:
    """Who answers. now: the last moment of the half year, in UTC."""

    def __init__(self, bank: Bank, now: datetime, seed: int) -> None:
        self.draw = random.Random(seed)
        self.bank = bank
        self.begin = (now - timedelta(days=DAYS)).replace(hour=16, minute=0, second=0, microsecond=0)
        self.scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
        self.cards: dict[str, Card] = {}
        self.at = self.begin
        self.sitting = 1

    def half_a_year(self) -> Iterator[Attempt]:
        """Every attempt, oldest first."""
        chapters = list(self.bank.chapters)
        plan = [question for chapter in chapters for question in chapter.questions]
        firsts = {chapter.questions[0].id: chapter for chapter in chapters}
        lasts = {chapter.questions[-1].id: chapter for chapter in chapters}
        for day in range(DAYS):
            self.at = self.begin + timedelta(days=day, minutes=self.draw.randint(0, 300))
            if 96 <= day < 106 or self.draw.random() < (0.55 if self.at.weekday() == 6 else 0.12):
                continue
            yield from self.reviews(self.draw.choice([25, 45, 60]))
            pace = self.draw.choice([0, 3, 5, 7])
            for question in plan[:pace]:
                if question.id in firsts:
                    yield from self.quiz(self.tested(firsts[question.id].questions), "pretest", 0.36)
                yield from self.quiz([question], "quiz", 0.74)
                if question.id in lasts:
                    yield from self.quiz(self.tested(lasts[question.id].questions), "quiz", 0.86)
            plan = plan[pace:]

    def tested(self, questions: tuple[AnyQuestion, ...]) -> list[AnyQuestion]:
        """The same questions of a chapter, before and after."""
        return [question for question in questions if question.kind != "short_answer"][::2]

    def quiz(self, questions: list[AnyQuestion], mode: Mode, ability: float) -> Iterator[Attempt]:
        """One sitting."""
        self.sitting += 1
        for question in questions:
            section = random.Random(question.section).uniform(-0.2, 0.12)
            yield self.answer(question, mode, ability + section)

    def reviews(self, most: int) -> Iterator[Attempt]:
        """What is due by now, the longest overdue first."""
        due = sorted((card.due, id) for id, card in self.cards.items() if card.due <= self.at)[:most]
        self.sitting += 1
        for _, id in due:
            recall = self.scheduler.get_card_retrievability(self.cards[id], self.at)
            yield self.answer(self.bank.by_id(id), "review", recall * 1.04)

    def answer(self, question: AnyQuestion, mode: Mode, chance: float) -> Attempt:
        """One answer that is right by chance; how sure it is follows the chance, not well."""
        chance = min(0.99, max(0.05, chance))
        right = self.draw.random() < chance
        part = question.kind not in ("multiple_choice", "numeric", "tracing") and self.draw.random() < 0.5
        score = 1.0 if right else 0.5 if part else 0.0
        seconds = self.draw.lognormvariate(0, 0.45) * SECONDS.get(question.kind, 65)
        self.at += timedelta(seconds=seconds + 4)
        if mode != "pretest":
            card = self.cards.get(question.id) or Card(card_id=1, due=self.at)
            rating = Rating.Good if right else Rating.Again
            self.cards[question.id], _ = self.scheduler.review_card(card, rating, self.at)
        return Attempt(
            at=self.at,
            utc_offset=60,
            device="simulated",
            item=question.id,
            text_hash=text_hash(question),
            key_hash=key_hash(question),
            response=None,
            parts={},
            score=score,
            seed=self.sitting,
            mode=mode,
            confidence=self.sureness(chance),
            seconds=round(seconds, 3),
            version="0",
        )

    def sureness(self, chance: float) -> Confidence | None:
        """How sure the learner feels; now and then nobody says."""
        felt = chance + self.draw.gauss(0, 0.13)
        if self.draw.random() < 0.06:
            return None
        return "guess" if felt < 0.5 else "fair" if felt < 0.86 else "sure"


def half_a_year(bank: Bank, now: datetime, seed: int = 1) -> list[Attempt]:
    """The attempts of the half year that ends now."""
    return list(Learner(bank, now, seed).half_a_year())


if __name__ == "__main__":
    with open_log(Path(sys.argv[1])) as log:
        log.append(*half_a_year(load_bank(), datetime.now(UTC)))
