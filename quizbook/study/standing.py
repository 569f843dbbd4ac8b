"""Where the learner stands today: computed from the log, quickly also with a million attempts in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from quizbook.study import snapshot
from quizbook.study.days import beginning, study_day
from quizbook.study.events import now
from quizbook.study.running import Answers, Day, Running
from quizbook.study.schedule import Scheduled, due_items
from quizbook.study.settings import Settings, settings_of
from quizbook.study.snapshot import Snapshot
from quizbook.study.store import Log

FILE = "standing.json"
WORTH_KEEPING = 500  # attempts before today that were read anew


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log comes to on a day. due: the items that are due by its end, the longest overdue first.

    scheduled, answers: by item. days: those on which anything was answered. passed: exercises, by their store ids.
    """

    today: date
    utc_offset: int
    settings: Settings
    attempts: int
    scheduled: Mapping[str, Scheduled]
    due: tuple[str, ...]
    answers: Mapping[str, Answers]
    days: Mapping[date, Day]
    passed: frozenset[str]

    def day_of(self, moment: datetime) -> date:
        """The study day of a moment, where the learner is today."""
        return study_day(moment, self.utc_offset, self.settings.day_start)

    @property
    def answered_today(self) -> int:
        """Answers of today."""
        return self.days.get(self.today, Day()).answers

    @property
    def new_today(self) -> int:
        """Items that were answered for the first time today."""
        return self.days.get(self.today, Day()).new

    @property
    def streak(self) -> int:
        """Days in a row with an answer, up to today, or up to yesterday while today has none yet."""
        day = self.today if self.today in self.days else self.today - timedelta(days=1)
        count = 0
        while day in self.days:
            count, day = count + 1, day - timedelta(days=1)
        return count


def standing(
    log: Log,
    kinds: Mapping[str, str],
    cache: Path,
    *,
    moment: tuple[datetime, int] | None = None,
    rebuild: bool = False,
) -> Standing:
    """Where the learner stands.

    kinds: of each question of the bank, by its id. cache: the folder for the snapshot. moment: UTC and the offset in
    minutes; without it, now. rebuild: compute all from the log, whatever the snapshot says, and keep it anew.
    """
    at, utc_offset = moment or now()
    settings = settings_of(log.events("setting"))
    running = _up_to_date(log, kinds, cache / FILE, settings, at, utc_offset, rebuild=rebuild)
    scheduled = running.memory.items()
    return Standing(
        today=study_day(at, utc_offset, settings.day_start),
        utc_offset=utc_offset,
        settings=settings,
        attempts=running.attempts,
        scheduled=scheduled,
        due=tuple(due_items(scheduled, at, utc_offset, settings.day_start)),
        answers=running.answers,
        days=running.days,
        passed=frozenset(running.memory.rater.passed),
    )


def _up_to_date(
    log: Log, kinds: Mapping[str, str], file: Path, settings: Settings, at: datetime, utc_offset: int, *, rebuild: bool
) -> Running:
    key = snapshot.key_of(log.device, settings)
    known = None if rebuild else snapshot.load(file, key, kinds, settings)
    if known is None or not _still_holds(known, log):
        known = Snapshot(0, "", Running(snapshot.fresh_memory(kinds, settings)))
    running, before = known.running, known.running.attempts
    today = beginning(study_day(at, utc_offset, settings.day_start), utc_offset, settings.day_start)
    place = log.end_before(today)
    kept = place <= known.place or not log.undisturbed(place, today)

    def keep() -> None:
        if not kept and running.attempts - before >= WORTH_KEEPING:
            snapshot.save(file, key, Snapshot(place, log.id_at(place), running))

    for attempt in log.rateable(known.place):
        if not kept and attempt.at >= today:
            keep()
            kept = True
        running.take(attempt)
    keep()
    return running


def _still_holds(known: Snapshot, log: Log) -> bool:
    """Whether the log goes on where the snapshot ends, and nothing that came later changes what is in it."""
    return log.id_at(known.place) == known.event and log.undisturbed(known.place, known.running.last)
