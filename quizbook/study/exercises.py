"""How far a learner is with each exercise, computed from the event log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from quizbook.study.events import Attempt, Event, Note

State = Literal["new", "started", "passed"]
HINTS_SEEN = "hints seen"
PUT_AT = "put at"
WATCHED = "watched"


@dataclass(frozen=True, slots=True)
class Progress:
    """One exercise: its state, how many hints were shown, where `start` last put its file."""

    state: State = "new"
    hints_seen: int = 0
    put_at: str | None = None
    watched: int = 0  # how many exercises were watched before this one was last


def progress_by_item(events: Iterable[Event], *, device: str | None = None) -> dict[str, Progress]:
    """Store id of an exercise -> how far the learner is; exercises that nothing happened to are not in it.

    events: in any order, as a sync may have brought older ones later; those of one moment in the log's order.
    device: where the learner is, if files that lie on other devices are to count for nothing.
    """
    found: dict[str, Progress] = {}
    watched = 0
    for event in sorted(events, key=lambda event: event.at):
        if event.item is None or ".ex." not in event.item:
            continue
        before = found.get(event.item, Progress())
        if isinstance(event, Attempt):
            passed = before.state == "passed" or (event.score is not None and event.score >= 1)
            found[event.item] = replace(before, state="passed" if passed else "started")
        elif event.kind == "setting" and event.body.get("key") == WATCHED:
            watched += 1
            found[event.item] = replace(before, watched=watched)
        elif event.kind == "setting":
            found[event.item] = _after_setting(before, event, device)
    return found


def next_exercise(items: Sequence[str], progress: Mapping[str, Progress], after: str | None = None) -> str:
    """The exercise to go on with: after one, the next that is not passed; at first, the one watched last, if any.

    items: all exercises in their order, at least one. Where everything is passed, simply the next one.
    """
    open_ones = [item for item in items if progress.get(item, Progress()).state != "passed"]
    if after is None:
        watched = max(items, key=lambda item: progress.get(item, Progress()).watched)
        if watched in open_ones and progress.get(watched, Progress()).watched:
            return watched
        return (open_ones or list(items))[0]
    start = items.index(after) + 1 if after in items else 0
    around = [*items[start:], *items[:start]]
    return next((item for item in around if item in open_ones and item != after), around[0])


def _after_setting(before: Progress, note: Note, device: str | None) -> Progress:
    key, value = note.body.get("key"), note.body.get("value")
    state: State = "started" if before.state == "new" else before.state
    if key == HINTS_SEEN and isinstance(value, int):
        return replace(before, state=state, hints_seen=value)
    if key == PUT_AT and isinstance(value, str):
        return replace(before, state=state, put_at=value if device in (None, note.device) else before.put_at)
    return before
