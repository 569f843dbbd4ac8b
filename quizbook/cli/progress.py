"""`quizbook progress`: what was answered, how well, how sure, and what is due; computed from the log each time."""

from __future__ import annotations

import json as json_
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean
from typing import Any

from quizbook import places
from quizbook.bank.folders import natural
from quizbook.bank.library import Bank, load_bank
from quizbook.grading.wording import counted
from quizbook.judge.exercise import all_exercises
from quizbook.study.days import study_day
from quizbook.study.events import Attempt, now
from quizbook.study.regrading import outdated, regrades
from quizbook.study.schedule import Scheduled, due_items, schedule
from quizbook.study.store import open_log

FORECAST = 7  # days
CONFIDENCES = ("guess", "fair", "sure")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log says today. chapters: of every item, by its id. due: items, the longest overdue first."""

    attempts: Sequence[Attempt]
    chapters: Mapping[str, str]
    due: Sequence[str]
    forecast: Mapping[str, int]


def progress(*, json: bool, regrade: bool) -> int:
    """Show it, or first grade anew what an earlier key of a question graded."""
    bank = load_bank()
    questions = {question.id: question for question in bank.questions}
    with open_log(places.home(), writing=regrade) as log:
        old = outdated(log.outcomes(), questions)
        if regrade:
            notes, left = regrades(old)
            log.append(*notes)
            _say(f"{counted(len(notes), 'attempt')} graded anew by the key of today")
            if left:
                _say(f"{counted(len(left), 'attempt')} left as they were: the key of today cannot grade them")
        elif old:
            for one in old:
                _say(one.sentence)
            _say("`quizbook progress --regrade` grades them again")
        attempts = list(log.outcomes())
    standing = _standing(attempts, bank)
    print(json_.dumps(document(standing)) if json else "\n".join(lines(standing)))
    return 0


def _standing(attempts: Sequence[Attempt], bank: Bank) -> Standing:
    chapters = bank.chapter_of | {exercise.item: exercise.id.partition(".")[0] for exercise in all_exercises()}
    scheduled = schedule(attempts, bank.kind_of)
    known = {item: one for item, one in scheduled.items() if item in chapters}  # others are in no bank any more
    moment, offset = now()
    return Standing(attempts, chapters, due_items(known, moment, offset), _forecast(known, moment, offset))


def _forecast(scheduled: Mapping[str, Scheduled], moment: datetime, offset: int) -> dict[str, int]:
    """How many items become due on each of the days to come, today's with all that are overdue."""
    today = study_day(moment, offset)
    days = Counter(max(today, study_day(one.due, offset)) for one in scheduled.values())
    return {str(day): days[day] for day in (today + timedelta(days=n) for n in range(FORECAST))}


def document(standing: Standing) -> dict[str, Any]:
    """What `--json` prints."""
    attempts = standing.attempts
    names = sorted({standing.chapters[a.item] for a in attempts if a.item in standing.chapters}, key=natural)
    return {
        "attempts": len(attempts),
        "due": len(standing.due),
        "questions_seen": len({attempt.item for attempt in attempts}),
        "by_chapter": {name: _chapter(standing, name) for name in names},
        "forecast": dict(standing.forecast),
        "calibration": {
            name: {"attempts": len(scores), "mean_score": _mean(scores)}
            for name in CONFIDENCES
            if (scores := [a.score for a in attempts if a.confidence == name and a.score is not None])
        },
    }


def _chapter(standing: Standing, name: str) -> dict[str, Any]:
    own = [attempt for attempt in standing.attempts if standing.chapters.get(attempt.item) == name]
    return {
        "attempts": len(own),
        "mean_score": _mean([attempt.score for attempt in own if attempt.score is not None]),
        "due": sum(standing.chapters[item] == name for item in standing.due),
    }


def _mean(scores: Sequence[float]) -> float | None:
    return round(mean(scores), 4) if scores else None


def lines(standing: Standing) -> list[str]:
    """The same for people."""
    told = document(standing)
    if not told["attempts"]:
        return ["Nothing is answered yet. `quizbook quiz --chapter 1` begins."]
    seen = counted(told["questions_seen"], "item")
    shown = [f"{counted(told['attempts'], 'answer')} on {seen}; {told['due']} due today.", ""]
    shown.append(f"{'chapter':<9}{'answers':>9}{'score':>8}{'due':>6}")
    for name, own in told["by_chapter"].items():
        score = "-" if own["mean_score"] is None else f"{own['mean_score']:.0%}"
        shown.append(f"{name:<9}{own['attempts']:>9}{score:>8}{own['due']:>6}")
    if told["calibration"]:
        shown += ["", "How sure, and how right:"]
        for name, own in told["calibration"].items():
            shown.append(f"  {name:<7}{counted(own['attempts'], 'answer'):>12}, {own['mean_score']:.0%} right")
    most = max(told["forecast"].values())
    if most:
        shown += ["", "Due in the days to come:"]
        for day, count in told["forecast"].items():
            shown.append(f"  {day}  {count:>4}  {'▇' * round(40 * count / most)}".rstrip())
    return shown


def _say(text: str) -> None:
    print(f"quizbook: {text}", file=sys.stderr)
