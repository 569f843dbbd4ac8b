"""Items that the learner marked, to come back to them: the flags of the log that were not taken away again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from quizbook.study.events import Event, Note
from quizbook.study.recording import flag_on
from quizbook.study.store import Log

REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Flagged:
    """A marked item. at: of its newest flag, UTC. notes: what was written on its flags, the oldest first."""

    item: str
    at: datetime
    notes: tuple[str, ...]


def flagged(events: Iterable[Event]) -> list[Flagged]:
    """What is marked now, the newest last. events: flags, in any order."""
    found: dict[str, Flagged] = {}
    flags = [event for event in events if isinstance(event, Note) and event.kind == "flag" and event.item]
    for flag in sorted(flags, key=lambda flag: (flag.at, flag.id)):
        item = flag.item or ""
        before = found.pop(item, None)
        if flag.body.get(REMOVED) is not True:
            note = flag.body.get("note")
            words = (note,) if isinstance(note, str) and note else ()
            found[item] = Flagged(item, flag.at, (*(before.notes if before else ()), *words))
    return list(found.values())


def remove_flags(log: Log, items: Iterable[str]) -> None:
    """Take the flags of these items away, by events; the log keeps them."""
    log.append(*(flag_on(item, "", device=log.device, removed=True) for item in items))
