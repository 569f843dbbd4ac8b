"""What there is to learn, and where the learner stands with it today: what a home screen shows and offers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from quizbook import places
from quizbook.bank.catalogue import Questions
from quizbook.bank.library import Bank, load_bank
from quizbook.bank.questions import AnyQuestion
from quizbook.judge.exercise import Exercise, all_exercises
from quizbook.practice.progress import progress_of
from quizbook.study.agenda import Agenda, Weak, agenda, weak_sections
from quizbook.study.exercises import Progress
from quizbook.study.siblings import point_of
from quizbook.study.standing import Standing, standing
from quizbook.study.store import Log, open_log

MATURE = 21.0  # days of stability from which on an item counts as mature
A_SITTING = 10  # questions of a chapter that are asked in a row


@dataclass(frozen=True, slots=True)
class Material:
    """All questions and all exercises of this installation."""

    bank: Bank
    exercises: tuple[Exercise, ...]


@dataclass(frozen=True, slots=True)
class ChapterToday:
    """How far one is with the questions of a chapter: so many in all, learned, of these mature, and due today."""

    name: str
    title: str
    questions: int
    learned: int
    mature: int
    due: int

    @property
    def mastery(self) -> float:
        """From 0 to 1; what is learned and not mature counts half."""
        return (self.learned + self.mature) / (2 * self.questions) if self.questions else 0.0


@dataclass(frozen=True, slots=True)
class Today:
    """Where the learner stands. progress: of exercises, by their store ids. next_due: the next day on which a question
    is due, where none is today. unseen: questions that were never answered."""

    material: Material
    standing: Standing
    agenda: Agenda
    weak: tuple[Weak, ...]
    chapters: tuple[ChapterToday, ...]
    progress: Mapping[str, Progress]
    next_due: date | None
    unseen: int

    def questions(self, ids: Iterable[str]) -> Sequence[AnyQuestion]:
        """The questions with these ids."""
        return self.material.bank.those(ids)

    def of_chapter(self, name: str) -> Sequence[AnyQuestion]:
        """What to ask of a chapter now: what is due, then what is new, then what went worst; a sitting of it."""
        own = [id for id, chapter in self.material.bank.chapter_of.items() if chapter == name]
        due = set(self.standing.due)
        return self.questions(sorted(own, key=lambda id: self._order(id, due))[:A_SITTING])

    def of_section(self, section: str) -> Sequence[AnyQuestion]:
        """What to ask of a section now: what went worst first; a sitting of it."""
        own = [id for id, name in self.material.bank.section_of.items() if name == section]
        return self.questions(sorted(own, key=lambda id: self._order(id, set())[1:])[:A_SITTING])

    def _order(self, id: str, due: set[str]) -> tuple[int, float]:
        answers = self.standing.answers.get(id)
        if id in due:
            return 0, 0.0
        return (1, 1.0) if answers is None else (2, answers.latest)


def load_material() -> Material:
    """Read the bank and the exercises."""
    return Material(load_bank(), all_exercises())


def read_today(material: Material) -> Today:
    """Compute where the learner stands from the log as it is now."""
    with open_log(places.home()) as log:
        return today_of(material, log)


def today_of(material: Material, log: Log) -> Today:
    """The same from a log that is open."""
    bank, exercises = material.bank, material.exercises
    chapters = bank.chapter_of
    now = standing(log, bank.kind_of, places.cache())
    point = functools.cache(lambda id: point_of(bank.by_id(id)))  # of those alone that may be asked today
    return Today(
        material=material,
        standing=now,
        agenda=agenda(now, chapters, point, [exercise.item for exercise in exercises]),
        weak=tuple(weak_sections(now, bank.section_of)),
        chapters=chapters_today(bank, now),
        progress=progress_of(log),
        next_due=_next_due(now, chapters),
        unseen=sum(id not in now.answers for id in chapters),
    )


def chapters_today(bank: Bank, now: Standing) -> tuple[ChapterToday, ...]:
    """How far one is with each chapter, in the bank's order."""
    due = set(now.due)

    def counted(ids: Iterable[str], fits: Callable[[str], bool]) -> int:
        return sum(id in now.scheduled and fits(id) for id in ids)

    found = []
    for chapter in bank.chapters:
        ids = Questions.of(chapter.questions).ids
        learned = counted(ids, lambda id: True)
        mature = counted(ids, lambda id: now.scheduled[id].stability >= MATURE)
        found.append(
            ChapterToday(chapter.chapter, chapter.title, len(ids), learned, mature, counted(ids, lambda id: id in due))
        )
    return tuple(found)


def _next_due(now: Standing, chapters: Mapping[str, str]) -> date | None:
    days = [now.day_of(one.due) for one in now.scheduled.values() if one.item in chapters]
    return min((day for day in days if day > now.today), default=None)
