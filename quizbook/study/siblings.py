"""Questions about the same point: a session asks one of them, since the others would give its answer away."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from quizbook.bank.library import Bank
from quizbook.bank.questions import AnyQuestion

Point = Callable[[str], str]
"""What a question is about, by its id; siblings have the same."""


def point_of(question: AnyQuestion) -> str:
    """What a question is about: its section, the code that it names and its tags; without tags it stands alone."""
    if not question.tags:
        return question.id
    return "\0".join((question.section, *sorted(question.see), "", *sorted(question.tags)))


def points_of(bank: Bank) -> Point:
    """What each question of a bank is about; only those that are asked for are read, each once."""
    return functools.cache(lambda id: point_of(bank.by_id(id)))


def without_siblings(items: Iterable[str], point: Point, most: int | None = None) -> list[str]:
    """The items, at most `most`, without those that are about the same point as one before them."""
    seen: set[str] = set()
    kept: list[str] = []
    for item in items:
        if most is not None and len(kept) >= most:
            break
        about = point(item)
        if about not in seen:
            seen.add(about)
            kept.append(item)
    return kept
