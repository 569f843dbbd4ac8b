"""What to study today: reviews up to the day's cap and evenly spread, new questions, exercises, weak sections.

Caps and spreading act here, when a session is put together; they never move a due date.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from quizbook.study.interleaving import interleaved
from quizbook.study.schedule import Scheduled
from quizbook.study.siblings import Point, without_siblings
from quizbook.study.standing import Standing
from quizbook.study.worth import worth

AHEAD = 7  # days that today's load is compared with
LEECH = 4  # times forgotten
WEAK = 0.8  # a mean score below it
FEWEST = 2  # answers before a section can be called weak
SHIFT = 0.1  # of an interval: so much earlier than due may an item be asked, to even out the days


@dataclass(frozen=True, slots=True)
class Weak:
    """A section that goes badly. score: the mean of the latest scores of its items. answers: how many items that is."""

    section: str
    score: float
    answers: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the learner is offered today.

    reviews: questions that are due, chapters interleaved, siblings apart. left: due, but beyond today's cap.
    new: questions never answered, in the bank's order. exercises: those whose review is due.
    leeches: due questions that were forgotten LEECH times or more: reading again helps more than another try.
    """

    reviews: tuple[str, ...]
    left: int
    new: tuple[str, ...]
    exercises: tuple[str, ...]
    leeches: tuple[str, ...]


def agenda(
    standing: Standing,
    chapters: Mapping[str, str],
    point: Point,
    exercises: Iterable[str] = (),
) -> Agenda:
    """Put today's study together.

    chapters: of every question, by its id, in the bank's order. point: what each is about. exercises: the store
    ids of those that exist.
    """
    settings = standing.settings
    questions = [item for item in standing.due if item in chapters]
    done = reviews_today(standing, chapters)
    urgent = _first_things_first(standing, questions)
    room = max(0, settings.daily_reviews - done)
    due = without_siblings(urgent, point, room)  # beyond the cap, nobody need know what a question is about
    chosen = due
    if len(due) < room:
        early = without_siblings([*due, *_early(standing, chapters)], point)[len(due) :]
        usual = sum(forecast(standing, chapters, AHEAD).values()) / AHEAD
        chosen = [*due, *early[: max(0, round(usual) - len(due) - done)]][:room]
    unseen = (item for item in chapters if item not in standing.answers)
    return Agenda(
        reviews=tuple(interleaved(chosen, chapters)),
        left=len(set(questions) - set(chosen)),
        new=tuple(without_siblings(unseen, point, max(0, settings.daily_new - standing.new_today))),
        exercises=tuple(item for item in exercises if item in standing.due),
        leeches=tuple(item for item in questions if standing.scheduled[item].lapses >= LEECH),
    )


def reviews_today(standing: Standing, chapters: Mapping[str, str]) -> int:
    """How many questions were reviewed today already; those answered for the first time are no reviews."""
    return sum(
        one.reviewed == standing.today and one.reviews > 1 and item in chapters
        for item, one in standing.scheduled.items()
    )


def forecast(standing: Standing, items: Iterable[str], days: int) -> dict[date, int]:
    """How many of these items become due on each of the days to come, today's with all that are overdue."""
    counts = {standing.today + timedelta(days=ahead): 0 for ahead in range(days)}
    for item in items:
        one = standing.scheduled.get(item)
        if one is not None and (day := max(standing.today, standing.day_of(one.due))) in counts:
            counts[day] += 1
    return counts


def next_due(standing: Standing, items: Container[str]) -> date | None:
    """The next day after today on which one of these items is due; None where there is no such day."""
    days = (standing.day_of(one.due) for item, one in standing.scheduled.items() if item in items)
    return min((day for day in days if day > standing.today), default=None)


def _early(standing: Standing, chapters: Mapping[str, str]) -> list[str]:
    """Questions of the days to come that lose next to nothing when they are asked today, the next due first.

    A day lighter than usual takes some of them, so that the days carry about the same.
    """
    found: list[Scheduled] = []
    for one in standing.scheduled.values():
        if one.item in chapters and one.reviewed < standing.today:
            due = standing.day_of(one.due)
            if 0 < (due - standing.today).days <= (due - one.reviewed).days * SHIFT:
                found.append(one)
    return [one.item for one in sorted(found, key=lambda one: (one.due, one.item))]


def _first_things_first(standing: Standing, items: Iterable[str]) -> list[str]:
    """The items by what a review of them is worth today; what was promised goes before everything."""
    value = worth(standing.today, standing.settings.parameters)

    def key(item: str) -> tuple[float, str]:
        one = standing.scheduled[item]
        return -math.inf if one.promised else -value(one), item

    return sorted(items, key=key)


def weak_sections(standing: Standing, sections: Mapping[str, str]) -> list[Weak]:
    """The sections whose items went badly the last time they were answered, the weakest first.

    sections: of every question, by its id.
    """
    scores: dict[str, list[float]] = {}
    for item, answers in standing.answers.items():
        if item in sections:
            scores.setdefault(sections[item], []).append(answers.latest)
    weak = [Weak(name, sum(those) / len(those), len(those)) for name, those in scores.items() if len(those) >= FEWEST]
    return sorted((one for one in weak if one.score < WEAK), key=lambda one: (one.score, one.section))


def weak_items(standing: Standing, sections: Mapping[str, str]) -> list[str]:
    """The questions of the weak sections: those not all right the last time, those never answered, then the rest.

    Among the second and the third, the weakest section first.
    """
    rank = {weak.section: place for place, weak in enumerate(weak_sections(standing, sections))}

    def urgency(item: str) -> tuple[int, float, int, str]:
        answers = standing.answers.get(item)
        known = answers is not None and answers.latest >= 1
        return (
            2 if known else 1 if answers is None else 0,
            answers.latest if answers else 1,
            rank[sections[item]],
            item,
        )

    return sorted((item for item, section in sections.items() if section in rank), key=urgency)
