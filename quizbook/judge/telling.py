"""A verdict in words for a terminal: the judge renders it, so that the client need not import anything."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace

from quizbook.judge.exercise import Exercise
from quizbook.judge.verdict import CheckResult, Outcome, Verdict

MARKS: dict[Outcome, tuple[str, str]] = {
    "passed": ("✓", "32"),
    "failed": ("✗", "31"),
    "skipped": ("–", "33"),
    "error": ("!", "35"),
}
MOST_PRINTED_LINES = 12
Paint = Callable[[str, str], str]


def tell(verdict: Verdict, exercise: Exercise, width: int, colour: bool) -> str:
    """Lines of at most `width` columns: each check with its mark, the reasons, and what to do next."""
    width = max(width, 40)
    paint = _painted if colour else _plain
    lines = [paint("1", f"{exercise.id} {exercise.title}"), ""]
    told: set[str] = set()
    for check in verdict.checks:
        lines += _check(replace(check, message="as above") if check.message in told else check, width, paint)
        told |= {check.message} - {""}
    if verdict.output.strip():
        printed = verdict.output.rstrip().splitlines()
        lines += ["", "What your code printed:"]
        lines += [f"  | {line[: width - 4]}" for line in printed[:MOST_PRINTED_LINES]]
        if len(printed) > MOST_PRINTED_LINES:
            lines.append(f"  | ... and {len(printed) - MOST_PRINTED_LINES} lines more")
    lines += [f"note: {note}" for note in verdict.notes]
    score = f"{verdict.score:g} of {verdict.points:g} points"
    lines += ["", paint("1;32" if verdict.passed else "1;31", "Passed" if verdict.passed else "Not yet") + f": {score}"]
    lines.append(paint("2", f"seed {verdict.seed}, wall {verdict.wall}, {verdict.seconds:.2f} s"))
    if not verdict.passed:
        lines += textwrap.wrap(_next_step(verdict, exercise), width)
    return "\n".join(lines) + "\n"


def _check(check: CheckResult, width: int, paint: Paint) -> list[str]:
    mark, code = MARKS[check.outcome]
    points = f"{check.score:g}/{check.points:g}"
    title = textwrap.wrap(check.title, width - 4 - len(points) - 1) or [check.name]
    first = f"{title[0]:<{width - 4 - len(points) - 1}} {points}"
    lines = [f"{paint(code, mark)} {first}".rstrip(), *(f"  {line}" for line in title[1:])]
    if check.outcome == "skipped":  # its mark says that it waits for another one
        return lines
    for line in check.message.splitlines():
        lines += textwrap.wrap(line, width, initial_indent="    ", subsequent_indent=" " * (14 if ":  " in line else 4))
    return lines


def _next_step(verdict: Verdict, exercise: Exercise) -> str:
    again = f"`quizbook check {exercise.id} --seed {verdict.seed}` repeats exactly this."
    see = f" The code it is about: {', '.join(exercise.see)}." if exercise.see else ""
    return f"Stuck? `quizbook hint {exercise.id}` says a little more. {again}{see}"


def _painted(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _plain(code: str, text: str) -> str:
    return text
