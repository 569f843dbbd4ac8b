"""The hints of an exercise as a ladder: one more each time, and the log remembers how far up somebody is."""

from __future__ import annotations

from dataclasses import dataclass

from quizbook import places
from quizbook.judge.exercise import Exercise
from quizbook.practice.progress import note, progress_of
from quizbook.study.exercises import HINTS_SEEN, Progress
from quizbook.study.store import open_log


@dataclass(frozen=True, slots=True)
class Ladder:
    """The hints that were shown so far, of how many, and whether the last one was asked for once more."""

    shown: tuple[str, ...]
    total: int
    exhausted: bool


def next_hint(exercise: Exercise) -> Ladder:
    """The hints up to the next one; that one more was seen is written down."""
    with open_log(places.home()) as log:
        seen = progress_of(log).get(exercise.item, Progress()).hints_seen
        shown = min(seen + 1, len(exercise.hints))
        if shown > seen:
            note(log, exercise.item, HINTS_SEEN, shown)
    return Ladder(exercise.hints[:shown], len(exercise.hints), exhausted=shown == seen)


def hint_lines(exercise: Exercise, ladder: Ladder) -> list[str]:
    """The ladder as lines of text, with what to read, and with the way out after the last hint."""
    lines = [f"Hint {number} of {ladder.total}: {text.strip()}" for number, text in enumerate(ladder.shown, 1)]
    lines += [exercise.reading] if exercise.reading else []
    if ladder.exhausted:
        lines.append(f"That was the last one; `quizbook solution {exercise.id} --give-up` shows the solution.")
    return lines
