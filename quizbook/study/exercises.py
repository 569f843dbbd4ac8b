"""How far a learner is with each exercise, computed from the event log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from quizbook.study.events import Attempt, Event, Note

State = Literal["new", "started", "passed"]
HINTS_SEEN = "hints seen"
PUT_AT = "put at"


@dataclass(frozen=True, slots=True)
class Progress:
    """One exercise: its state, how many hints were shown, where `start` last put its file."""

    state: State = "new"
    hints_seen: int = 0
    put_at: str | None = None


def progress_by_item(events: Iterable[Event]) -> dict[str, Progress]:
    """Store id of an exercise -> how far the learner is; exercises that nothing happened to are not in it."""
    found: dict[str, Progress] = {}
    for event in events:
        if event.item is None or ".ex." not in event.item:
            continue
        before = found.get(event.item, Progress())
        if isinstance(event, Attempt):
            passed = before.state == "passed" or (event.score is not None and event.score >= 1)
            found[event.item] = replace(before, state="passed" if passed else "started")
        elif event.kind == "setting":
            found[event.item] = _after_setting(before, event)
    return found


def _after_setting(before: Progress, note: Note) -> Progress:
    key, value = note.body.get("key"), note.body.get("value")
    state: State = "started" if before.state == "new" else before.state
    if key == HINTS_SEEN and isinstance(value, int):
        return replace(before, state=state, hints_seen=value)
    if key == PUT_AT and isinstance(value, str):
        return replace(before, state=state, put_at=value)
    return before
