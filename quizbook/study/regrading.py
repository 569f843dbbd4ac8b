"""Answers that were graded by a key that has changed since, and their grades by the key of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from quizbook.bank.hashing import key_hash
from quizbook.bank.questions import AnyQuestion, ShortAnswer
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import grade
from quizbook.study.events import Attempt, Note
from quizbook.study.recording import regrade_of


@dataclass(frozen=True, slots=True)
class Outdated:
    """A question whose key is another one now. attempts: those that were graded by an earlier key."""

    question: AnyQuestion
    attempts: tuple[Attempt, ...]

    @property
    def sentence(self) -> str:
        """What happened, for the learner."""
        count = len(self.attempts)
        were = "1 earlier attempt was" if count == 1 else f"{count} earlier attempts were"
        return f"the key of {self.question.id} changed: {were} graded by the old one"


def outdated(attempts: Iterable[Attempt], questions: Mapping[str, AnyQuestion]) -> list[Outdated]:
    """The questions with attempts by an earlier key, in the order of these attempts.

    attempts: as they count today. Rewording a question changes no key.
    """
    hashes: dict[str, str] = {}
    found: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.item not in hashes:
            if attempt.item not in questions:
                continue
            hashes[attempt.item] = key_hash(questions[attempt.item])
        if attempt.key_hash != hashes[attempt.item]:
            found.setdefault(attempt.item, []).append(attempt)
    return [Outdated(questions[item], tuple(those)) for item, those in found.items()]


def regrades(those: Iterable[Outdated]) -> tuple[list[Note], list[Attempt]]:
    """A note for each attempt that the key of today can grade, and the attempts that it cannot.

    It cannot where the answer names what is no longer there, and for short answers, whose points their author ticks.
    """
    notes: list[Note] = []
    left: list[Attempt] = []
    for one in those:
        for attempt in one.attempts:
            try:
                if isinstance(one.question, ShortAnswer):
                    raise ResponseError("its author ticks the points")
                result = grade(one.question, attempt.response)
            except ResponseError:
                left.append(attempt)
            else:
                notes.append(regrade_of(replace(attempt, key_hash=key_hash(one.question)), result))
    return notes, left
