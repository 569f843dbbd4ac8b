"""How many questions a bank has, of which kinds and in which chapters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from quizbook.bank.catalogue import Questions
from quizbook.bank.questions import Chapter


@dataclass(frozen=True, slots=True)
class BankStats:
    """Counts of a bank.

    by_kind: kind -> questions. by_chapter: chapter -> kind -> questions, chapters in the bank's order. ids: of all.
    """

    questions: int
    by_kind: dict[str, int]
    by_chapter: dict[str, dict[str, int]]
    ids: tuple[str, ...]


def stats_of(chapters: Sequence[Chapter]) -> BankStats:
    """Count the questions of some chapters."""
    questions = Questions.joined(chapter.questions for chapter in chapters)
    return BankStats(
        questions=len(questions),
        by_kind=dict(Counter(questions.kinds)),
        by_chapter={one.chapter: dict(Counter(Questions.of(one.questions).kinds)) for one in chapters},
        ids=questions.ids,
    )
