"""What there is to learn, and where the learner stands with it today: what a home screen shows and offers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from quizbook import places
from quizbook.bank.catalogue import Questions
from quizbook.bank.library import Bank, load_bank
from quizbook.bank.questions import Chapter
from quizbook.judge.exercise import Exercise, all_exercises
from quizbook.practice.progress import progress_of
from quizbook.study.agenda import Agenda, Weak, agenda, next_due, weak_items, weak_sections
from quizbook.study.exercises import Progress
from quizbook.study.figures import MATURE
from quizbook.study.siblings import points_of, without_siblings
from quizbook.study.standing import Standing, standing
from quizbook.study.store import Log, open_log

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
    is due, where none is today. unseen: questions that were never answered. to_read: the sections of those that were
    forgotten time and again.
    """

    material: Material
    standing: Standing
    agenda: Agenda
    weak: tuple[Weak, ...]
    chapters: tuple[ChapterToday, ...]
    progress: Mapping[str, Progress]
    next_due: date | None
    unseen: int
    to_read: tuple[str, ...]

    def questions(self, ids: Iterable[str]) -> Questions:
        """The questions with these ids."""
        return self.material.bank.those(ids)

    def of_chapter(self, name: str) -> Questions:
        """What to ask of a chapter now: what is due, then what is new, then what went worst; a sitting of it."""
        own = next((chapter.questions for chapter in self.material.bank.chapters if chapter.chapter == name), ())
        due = set(self.standing.due)
        return self.questions(
            sorted(Questions.of(own).ids, key=lambda id: (id not in due, *self._order(id)))[:A_SITTING]
        )

    def of_weak_sections(self) -> Questions:
        """What to train: questions of the sections that go badly, those answered worst first; a sitting of it."""
        bank = self.material.bank
        items = weak_items(self.standing, bank.section_of)
        return self.questions(without_siblings(items, points_of(bank), A_SITTING))

    def of_leeches(self) -> Questions:
        """What keeps being forgotten; a sitting of it."""
        return self.questions(self.agenda.leeches[:A_SITTING])

    def of_section(self, section: str) -> Questions:
        """What to ask of a section now: what is new, then what went worst; a sitting of it."""
        own = [id for id, where in self.material.bank.section_of.items() if where == section]
        return self.questions(sorted(own, key=self._order)[:A_SITTING])

    def _order(self, id: str) -> tuple[bool, float]:
        answers = self.standing.answers.get(id)
        return answers is not None, answers.latest if answers else 0.0


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
    sections, due = bank.section_of, set(now.due)
    plan = agenda(now, chapters, points_of(bank), [one.item for one in exercises])
    return Today(
        material=material,
        standing=now,
        agenda=plan,
        weak=tuple(weak_sections(now, sections)),
        chapters=tuple(_chapter_today(chapter, now, due) for chapter in bank.chapters),
        progress=progress_of(log),
        next_due=next_due(now, chapters),
        unseen=sum(id not in now.answers for id in chapters),
        to_read=tuple(dict.fromkeys(sections[id] for id in plan.leeches)),
    )


def _chapter_today(chapter: Chapter, now: Standing, due: Container[str]) -> ChapterToday:
    ids = Questions.of(chapter.questions).ids
    learned = [now.scheduled[id] for id in ids if id in now.scheduled]
    return ChapterToday(
        name=chapter.chapter,
        title=chapter.title,
        questions=len(ids),
        learned=len(learned),
        mature=sum(one.stability >= MATURE for one in learned),
        due=sum(one.item in due for one in learned),
    )
