"""What the log came to up to the beginning of a day, kept in the cache, so that only today's answers are read.

Nothing here is needed: a snapshot that is missing, damaged, of another program or another log is as good as none.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from quizbook.blake2 import blake2b
from quizbook.study.pace import Pace
from quizbook.study.running import Answers, Day, Running
from quizbook.study.schedule import Memory, Rater, Scheduled
from quizbook.study.settings import Settings
from quizbook.writing import write_whole

_DECIDES = ("card.py", "days.py", "pace.py", "rating.py", "schedule.py", "running.py", "snapshot.py", "events.py")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state of the log. place: of the log, up to which everything is in it. event: the id of what stands there."""

    place: int
    event: str
    running: Running


def key_of(device: str, settings: Settings) -> str:
    """What a snapshot has to agree in: the log, the settings that decide ratings and dates, and our own code."""
    decides = (device, settings.retention, settings.day_start, settings.parameters, _code())
    return blake2b(repr(decides).encode(), digest_size=16).hexdigest()


def load(path: Path, key: str, kinds: Mapping[str, str], settings: Settings) -> Snapshot | None:
    """The snapshot in that file, or None where there is none that fits. kinds: of each question today."""
    try:
        told = json.loads(path.read_bytes())
        if told["key"] != key or any(kinds.get(item, "") != kind for item, kind in told["kinds"].items()):
            return None
        return Snapshot(int(told["place"]), str(told["event"]), _running(told, kinds, settings))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return None


def save(path: Path, key: str, snapshot: Snapshot) -> None:
    """Keep a snapshot; where that is impossible (no room, a home that is read-only), do nothing."""
    text = json.dumps(_told(snapshot, key), separators=(",", ":"))
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, text.encode())


def _told(snapshot: Snapshot, key: str) -> dict[str, Any]:
    running = snapshot.running
    rater = running.memory.rater
    return {
        "key": key,
        "place": snapshot.place,
        "event": snapshot.event,
        "attempts": running.attempts,
        "last": running.last.isoformat(),
        "kinds": {item: rater.kinds.get(item, "") for item in rater.tried},
        "paces": {kind: pace.recent for kind, pace in rater.paces.items()},
        "tried": {item: day.toordinal() for item, day in rater.tried.items()},
        "passed": sorted(rater.passed),
        "items": [_row(one) for one in running.memory.items().values()],
        "answers": {i: [a.count, a.total, a.latest, a.since.toordinal()] for i, a in running.answers.items()},
        "days": {day.toordinal(): [one.answers, one.seconds, one.new] for day, one in running.days.items()},
    }


def _row(one: Scheduled) -> list[Any]:
    numbers = [one.stability, one.difficulty, one.reviews, one.lapses]
    return [one.item, one.due.isoformat(), *numbers, one.reviewed.toordinal(), one.promised]


def _running(told: Mapping[str, Any], kinds: Mapping[str, str], settings: Settings) -> Running:
    running = Running(fresh_memory(kinds, settings))
    memory, rater = running.memory, running.memory.rater
    running.attempts, running.last = int(told["attempts"]), datetime.fromisoformat(told["last"])
    rater.paces.update({kind: Pace(seconds) for kind, seconds in told["paces"].items()})
    rater.tried.update({item: date.fromordinal(day) for item, day in told["tried"].items()})
    rater.passed.update(told["passed"])
    for item, due, stability, difficulty, reviews, lapses, reviewed, promised in told["items"]:
        at, day = datetime.fromisoformat(due), date.fromordinal(reviewed)
        memory.put(Scheduled(item, at, stability, difficulty, reviews, lapses, day, promised))
    for item, (count, total, latest, since) in told["answers"].items():
        running.answers[item] = Answers(count, total, latest, date.fromordinal(since))
    for day, (answers, seconds, new) in told["days"].items():
        running.days[date.fromordinal(int(day))] = Day(answers, seconds, new)
    return running


def fresh_memory(kinds: Mapping[str, str], settings: Settings) -> Memory:
    """A memory of nothing, by these settings."""
    return Memory(Rater(kinds, settings.day_start), settings.retention, settings.parameters)


@functools.cache
def _code() -> str:
    """A hash of everything that decides what a snapshot holds, so that no program trusts another one's."""
    code = blake2b(metadata.version("fsrs").encode(), digest_size=16)
    for name in _DECIDES:
        code.update(Path(__file__).with_name(name).read_bytes())
    return code.hexdigest()
