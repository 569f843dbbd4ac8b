"""Runs listings behind the wall: one child for many runs, each in a fresh namespace, a new child after a death."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from quizbook.judge import launch
from quizbook.judge.child import CallRaised, Child, NoValue
from quizbook.judge.judging import Wall
from quizbook.judge.premises import scratch_folder
from quizbook.judge.runner import Job
from quizbook.judge.wall.enclosure import Enclosure, Limits

RUN_S = 10.0  # for one run
LIMITS = Limits(cpu_s=300, wall_s=300, memory_mb=2048)  # for one child, which runs many


def run_all(runs: Sequence[tuple[str, str | None]], wall: Wall) -> list[dict[str, Any]]:
    """For each (source, expression): {"raised": sentence or None, "printed": text, "value": plain value or None}."""
    place = scratch_folder()
    (place / "own").mkdir()
    job = Job(str(place / "work"), Enclosure(launch.readable(), str(place / "own"), limits=LIMITS))
    results: list[dict[str, Any]] = []
    child: Child | None = None
    try:
        for source, expression in runs:
            if child is None:
                child = wall.open_child(job)
                child.stands()
            try:
                told = child.ask(RUN_S, "run", source, expression)
                results.append({"raised": None, "printed": told["printed"], "value": told["value"]})
            except CallRaised as error:
                raised = f"{error.raised.type}: {error.raised.message}"
                results.append({"raised": raised, "printed": "", "value": None})
            except NoValue as error:
                child.close()
                child = None
                results.append({"raised": error.sentence, "printed": "", "value": None})
    finally:
        if child:
            child.close()
        shutil.rmtree(place, ignore_errors=True)
    return results
