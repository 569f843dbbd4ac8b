"""Judging without warm processes: all in this process, each child started from nothing. Slower, the same verdicts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from quizbook.judge.premises import private_folder


def answer_cold(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request, as the warm judge would give it."""
    from quizbook.judge.wall.raising import try_layers

    missing = try_layers(private_folder("scratch"))  # forks: before torch starts threads
    from quizbook.judge.answers import answer_with
    from quizbook.judge.child import spawn_child
    from quizbook.judge.judging import Wall

    return answer_with(request, Wall(functools.partial(spawn_child, missing), missing))
