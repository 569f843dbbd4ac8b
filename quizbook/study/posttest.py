"""The posttest of a chapter: the questions that were asked before reading, and what the reading brought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from quizbook.bank.questions import AnyQuestion
from quizbook.study.events import Note
from quizbook.study.gain import ChapterGain, gains
from quizbook.study.settings import settings_of
from quizbook.study.store import Log, effective


def pretested(log: Log) -> frozenset[str]:
    """The questions that were answered in a pretest, by their ids."""
    return frozenset(attempt.item for attempt in log.outcomes(mode="pretest"))


def gains_on(log: Log, questions: Sequence[AnyQuestion], chapters: dict[str, str]) -> tuple[ChapterGain, ...]:
    """The gains on these questions alone. chapters: of each, by its id. Reads their attempts, not the whole log."""
    attempts = chain.from_iterable(log.attempts(question.id) for question in questions)
    sections = {question.id: question.section for question in questions}
    day_start = settings_of(log.events("setting")).day_start
    return gains(effective(attempts, _notes(log)), chapters, sections, day_start)


def _notes(log: Log) -> Iterable[Note]:
    return (event for event in log.events("retraction", "regrade") if isinstance(event, Note))
