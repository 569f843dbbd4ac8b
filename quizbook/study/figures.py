"""What a learner's attempts add up to: retention, calibration, mastery, time, gain, and what comes due.

`docs/progress.md` says what each figure means. All of them come from one pass over the log, whose memory grows with
the items and the days, not with the attempts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from quizbook.bank.folders import natural
from quizbook.bank.library import Bank
from quizbook.study.agenda import forecast
from quizbook.study.days import study_day
from quizbook.study.events import Attempt
from quizbook.study.gain import BeforeAndAfter, ChapterGain, score_of
from quizbook.study.rating import Rating
from quizbook.study.running import Day, seconds_of
from quizbook.study.schedule import Rater, Scheduled
from quizbook.study.shares import Share
from quizbook.study.standing import Standing

HORIZON = 30  # days of the forecast
WEEKS = 53  # of the heat map
MATURE = 21.0  # days of stability
SURENESS = ("guess", "fair", "sure", "unsaid")
INTERVALS = {1: "1", 2: "2-3", 4: "4-7", 8: "8-14", 15: "15-30", 31: "31-60", 61: "61+"}  # days, by the least of each
LONGEST_INTERVAL = max(INTERVALS)


@dataclass(frozen=True, slots=True)
class Items:
    """What there is to learn, by item: the chapter of each, the section and the kind of each question.

    titles: of the chapters, by their names.
    """

    chapters: Mapping[str, str]
    sections: Mapping[str, str]
    kinds: Mapping[str, str]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Retention:
    """How much was remembered when it came again on a later day.

    goal: the share that the schedule aims at. by_interval: by the days since the item was last rated, as "4-7".
    by_month: oldest first, as "2026-03".
    """

    goal: float
    overall: Share
    by_interval: Mapping[str, Share]
    by_month: Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class Mastery:
    """How far one is with a chapter or a section.

    items: all there are. seen: those that were answered outside a pretest. learning, mature: those in the schedule,
    with a stability below or from 21 days. latest: over the latest score of each item. scores: over all answers.
    answers: all of them, also those without a score.
    """

    name: str
    title: str
    items: int
    seen: int
    learning: int
    mature: int
    due: int
    latest: Share
    scores: Share
    answers: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a progress page shows.

    items: answered at least once. forecast: items that become due, by day, today's with all that are overdue.
    days: every day with an answer. calibration: by how sure the answers were, "unsaid" where nobody said.
    """

    today: date
    answers: int
    items: int
    due: int
    streak: int
    retention: Retention
    forecast: Mapping[date, int]
    days: Mapping[date, Day]
    calibration: Mapping[str, Share]
    chapters: tuple[Mastery, ...]
    sections: tuple[Mastery, ...]
    gains: tuple[ChapterGain, ...]

    def weeks(self, count: int = WEEKS) -> dict[date, Day]:
        """The last so many weeks by their Mondays, oldest first, this one with them."""
        this = self.today - timedelta(days=self.today.weekday())
        weeks = {this - timedelta(weeks=back): Day() for back in reversed(range(count))}
        for day, done in self.days.items():
            monday = day - timedelta(days=day.weekday())
            if monday in weeks:
                week = weeks[monday]
                weeks[monday] = Day(week.answers + done.answers, week.seconds + done.seconds, week.new + done.new)
        return weeks

    @property
    def seconds(self) -> float:
        """All the time that was spent on answers."""
        return sum(day.seconds for day in self.days.values())


def items_of(bank: Bank, exercises: Mapping[str, str]) -> Items:
    """Everything that there is to learn. exercises: the chapter of each, by its store id."""
    titles = {chapter.chapter: chapter.title for chapter in bank.chapters}
    return Items(bank.chapter_of | dict(exercises), bank.section_of, bank.kind_of, titles)


def figures(attempts: Iterable[Attempt], items: Items, standing: Standing) -> Figures:
    """Add up the attempts that count, oldest first.

    standing: what the same attempts come to today. What is in no bank any more has no chapter, and is never due.
    """
    fold = _Fold(items.kinds, standing.settings.day_start)
    for attempt in attempts:
        fold.take(attempt)
    known = {item: one for item, one in standing.scheduled.items() if item in items.chapters}
    due = {item for item in standing.due if item in known}
    chapters = tuple(_mastery(items.chapters, items.titles, fold.items, known, due))
    sections = tuple(_mastery(items.sections, {}, fold.items, known, due))
    return Figures(
        today=standing.today,
        answers=fold.answers,
        items=len(fold.items),
        due=len(due),
        streak=standing.streak,
        retention=fold.retention(standing.settings.retention),
        forecast=forecast(standing, known, HORIZON),
        days=dict(sorted(standing.days.items())),
        calibration={name: fold.sureness[name].share for name in SURENESS if name in fold.sureness},
        chapters=chapters,
        sections=sections,
        gains=fold.gain.gains(items.chapters, items.sections),
    )


class _Sum:
    """A share that grows; a new Share for each of a million answers would take seconds."""

    __slots__ = ("of", "right")

    def __init__(self) -> None:
        self.right, self.of = 0.0, 0

    def add(self, score: float) -> None:
        self.right += score
        self.of += 1

    @property
    def share(self) -> Share:
        return Share(self.right, self.of)


@dataclass(slots=True)
class _Item:
    answers: int = 0
    seconds: float = 0.0
    scores: _Sum = field(default_factory=_Sum)
    seen: bool = False
    latest: float | None = None
    reviewed: date | None = None


class _Fold:
    """Takes the attempts one by one and keeps sums."""

    def __init__(self, kinds: Mapping[str, str], day_start: int) -> None:
        self.answers = 0
        self.items: dict[str, _Item] = defaultdict(_Item)
        self.sureness: dict[str, _Sum] = defaultdict(_Sum)
        self.gain = BeforeAndAfter(day_start)
        self._rater = Rater(kinds, day_start)
        self._remembered: dict[tuple[int, int, int], _Sum] = defaultdict(_Sum)  # by days since, year, month

    def take(self, attempt: Attempt) -> None:
        """Count the next attempt."""
        score, item, seconds = score_of(attempt), self.items[attempt.item], seconds_of(attempt)
        self.answers += 1
        self.gain.take(attempt)
        item.answers += 1
        item.seconds += seconds
        item.seen = item.seen or attempt.mode != "pretest"
        if score is not None:
            item.scores.add(score)
            if attempt.mode != "pretest":
                item.latest = score
            if attempt.mode != "exercise":
                self.sureness[attempt.confidence or "unsaid"].add(score)
        day = study_day(attempt.at, attempt.utc_offset, self._rater.day_start)
        rating = self._rater.rate_on(day, attempt)
        if rating is not None:
            self._review(item, day, rating)

    def _review(self, item: _Item, day: date, rating: Rating) -> None:
        """Count what was rated; it tells about memory where the item was last rated on an earlier day."""
        if item.reviewed is not None and day > item.reviewed:
            days = min((day - item.reviewed).days, LONGEST_INTERVAL)
            self._remembered[days, day.year, day.month].add(float(rating is not Rating.AGAIN))
        item.reviewed = day

    def retention(self, goal: float) -> Retention:
        """The reviews that were counted, added up in two ways."""
        by_interval: dict[str, list[_Sum]] = {name: [] for name in INTERVALS.values()}
        by_month: dict[str, list[_Sum]] = {}
        for (days, year, month), one in sorted(self._remembered.items()):
            by_interval[_interval(days)].append(one)
            by_month.setdefault(f"{year:04}-{month:02}", []).append(one)
        return Retention(
            goal,
            _added(self._remembered.values()),
            {name: _added(those) for name, those in by_interval.items() if those},
            {name: _added(by_month[name]) for name in sorted(by_month)},
        )


def _interval(days: int) -> str:
    return INTERVALS[max(least for least in INTERVALS if least <= days)]


def _added(sums: Iterable[_Sum]) -> Share:
    there = list(sums)
    return Share(sum(one.right for one in there), sum(one.of for one in there))


def _mastery(
    groups: Mapping[str, str],
    titles: Mapping[str, str],
    done: Mapping[str, _Item],
    scheduled: Mapping[str, Scheduled],
    due: set[str],
) -> Iterator[Mastery]:
    members: dict[str, list[str]] = {}
    for item, name in groups.items():
        members.setdefault(name, []).append(item)
    for name in sorted(members, key=natural):
        own = members[name]
        states = [done[item] for item in own if item in done]
        stabilities = [scheduled[item].stability for item in own if item in scheduled]
        mature = sum(stability >= MATURE for stability in stabilities)
        latest = [state.latest for state in states if state.latest is not None]
        yield Mastery(
            name=name,
            title=titles.get(name, ""),
            items=len(own),
            seen=sum(state.seen for state in states),
            learning=len(stabilities) - mature,
            mature=mature,
            due=sum(item in due for item in own),
            latest=Share(sum(latest), len(latest)),
            scores=_added(state.scores for state in states),
            answers=sum(state.answers for state in states),
            seconds=sum(state.seconds for state in states),
        )
