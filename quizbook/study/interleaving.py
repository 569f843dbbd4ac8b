"""The order of a mixed session: chapters take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence


def interleaved(items: Sequence[str], chapters: Mapping[str, str]) -> list[str]:
    """The same items, so that two of a chapter follow each other only where no other is left; within one, as they came.

    The chapter with the most items left is asked next, unless it was just asked.
    """
    waiting: dict[str, deque[str]] = {}
    for item in items:
        waiting.setdefault(chapters[item], deque()).append(item)
    order: list[str] = []
    last = ""
    while waiting:
        others = [name for name in waiting if name != last] or [last]
        last = max(others, key=lambda name: len(waiting[name]))
        order.append(waiting[last].popleft())
        if not waiting[last]:
            del waiting[last]
    return order
