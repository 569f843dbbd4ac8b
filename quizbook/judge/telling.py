"""A verdict in words for a terminal: the judge renders it, so that the client need not import anything."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace

from rich.cells import cell_len

from quizbook.judge.exercise import Exercise
from quizbook.judge.verdict import FIRST_COMES, CheckResult, Outcome, Verdict

MARKS: dict[Outcome, tuple[str, str]] = {
    "passed": ("✓", "32"),
    "failed": ("✗", "31"),
    "skipped": ("–", "33"),
    "error": ("!", "35"),
}
MOST_PRINTED_LINES = 12
WIDE = "\0"  # stands for the second column of a wide character while lines are broken
Paint = Callable[[str, str], str]


def tell(verdict: Verdict, exercise: Exercise, width: int, colour: bool, *, alone: bool = True) -> str:
    """Lines of at most `width` columns: each check with its mark, and the reasons.

    alone: whether the exercise is named before, and after it what to do next.
    """
    width = max(width, 30)
    paint = _painted if colour else _plain
    title = f"{exercise.id} {exercise.title}"
    lines = [*(paint("1", line) for line in _wrapped(title, width)), ""] if alone else []
    told: set[str] = set()
    for check in verdict.checks:
        waits = check.message.startswith(FIRST_COMES)  # its mark says as much
        said = "" if waits else "as above" if check.message in told else check.message
        lines += _check(replace(check, message=said), width, paint)
        told |= {check.message} - {""}
    if verdict.output.strip():
        printed = verdict.output.rstrip().expandtabs(8).splitlines()
        lines += ["", "What your code printed:"]
        lines += [
            f"  | {next(iter(_wrapped(line, width - 4, keep=True)), '')}" for line in printed[:MOST_PRINTED_LINES]
        ]
        if len(printed) > MOST_PRINTED_LINES:
            lines.append(f"  | ... and {len(printed) - MOST_PRINTED_LINES} lines more")
    for note in verdict.notes:
        lines += _wrapped(f"note: {note}", width)
    score = f"{verdict.score:g} of {verdict.points:g} points" if verdict.points else "no check can run here"
    lines += ["", paint("1;32" if verdict.passed else "1;31", "Passed" if verdict.passed else "Not yet") + f": {score}"]
    run = f"seed {verdict.seed}, wall {verdict.wall}, {verdict.seconds:.2f} s"
    lines += [paint("2", line) for line in _wrapped(run, width)]
    if alone and not verdict.passed:
        lines += _wrapped(_next_step(verdict, exercise), width)
    return "\n".join(lines) + "\n"


def _check(check: CheckResult, width: int, paint: Paint) -> list[str]:
    mark, code = MARKS[check.outcome]
    points = f"{check.score:g}/{check.points:g}" if check.ran else ""
    room = width - 4 - len(points) - 1
    title = _wrapped(check.title, room) or [check.name[:room]]
    first = f"{title[0]}{' ' * (room - cell_len(title[0]))} {points}"
    lines = [f"{paint(code, mark)} {first}".rstrip(), *(f"  {line}" for line in title[1:])]
    for line in check.message.splitlines():
        lines += [f"    {part}" for part in _wrapped(line, width - 4, hanging=10 if ":  " in line else 0)]
    return lines


def _wrapped(text: str, width: int, *, hanging: int = 0, keep: bool = False) -> list[str]:
    """Lines of at most `width` columns, the later ones indented by `hanging`; a wide character takes two columns.

    keep: leaves runs of spaces as they are.
    """
    counted = "".join(c + WIDE * (cell_len(c) - 1) for c in text)  # one place for each column
    lines = textwrap.wrap(
        counted, width, subsequent_indent=" " * hanging, replace_whitespace=not keep, drop_whitespace=not keep
    )
    return [line.replace(WIDE, "") for line in lines]


def _next_step(verdict: Verdict, exercise: Exercise) -> str:
    again = f"`quizbook check {exercise.id} --seed {verdict.seed}` repeats exactly this."
    return f"Stuck? `quizbook hint {exercise.id}` says a little more. {again} {exercise.reading}".rstrip()


def _painted(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _plain(code: str, text: str) -> str:
    return text
