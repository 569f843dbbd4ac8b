"""What is written for a graded class: a row a check as CSV or JSON, a text a learner, a summary an exercise."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizbook.classroom.journal import Graded
from quizbook.judge.exercise import Exercise
from quizbook.judge.telling import tell
from quizbook.judge.verdict import Verdict

WIDTH = 80  # columns of a learner's text
COLUMNS = (
    "learner", "exercise", "file", "passed", "score", "points", "check", "title", "outcome", "check_points",
    "check_score", "message", "seed", "wall", "seconds", "sha256", "notes",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would execute


def rows(graded: Iterable[Graded]) -> list[dict[str, Any]]:
    """A row a check; one that could not be graded has a single row that says so."""
    found = []
    for one in graded:
        verdict = one.verdict
        whole = {
            "learner": one.learner,
            "exercise": one.exercise,
            "file": verdict.get("file", ""),
            "passed": verdict["passed"],
            "score": verdict["score"],
            "points": verdict["points"],
        }
        run = {
            "seed": verdict["seed"],
            "wall": verdict["wall"],
            "seconds": verdict["seconds"],
            "sha256": one.digest,
            "notes": "; ".join(one.notes),
        }
        fault = [{"name": "", "title": "", "outcome": "error", "points": 0, "score": 0, "message": one.fault}]
        for check in verdict["checks"] if one.fault is None else fault:
            told = {
                "check": check["name"],
                "title": check["title"],
                "outcome": check["outcome"],
                "check_points": check["points"],
                "check_score": check["score"],
                "message": check["message"],
            }
            found.append({**whole, **told, **run})
    return found


def as_csv(graded: Iterable[Graded]) -> str:
    """The rows for a spreadsheet; a text that it would take for a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows(graded):
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return text.getvalue()


def as_json(graded: Sequence[Graded]) -> dict[str, Any]:
    """The document of `grade --json`."""
    return {
        "submissions": len(graded),
        "passed": sum(bool(one.verdict["passed"]) for one in graded),
        "faults": sum(one.fault is not None for one in graded),
        "rows": rows(graded),
    }


def as_json_text(graded: Sequence[Graded]) -> str:
    """The same as a text for a file."""
    return json.dumps(as_json(graded), ensure_ascii=False, indent=1) + "\n"


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


@dataclass(frozen=True, slots=True)
class Summary:
    """How a class did in one exercise. mean: of score by points, 0 to 1. hardest: the check that most did not pass."""

    exercise: str
    learners: int
    passed: int
    mean: float
    missing: int
    hardest: str


def summaries(graded: Iterable[Graded]) -> list[Summary]:
    """One for each exercise, in the order of the rows."""
    by_exercise: dict[str, list[Graded]] = defaultdict(list)
    for one in graded:
        by_exercise[one.exercise].append(one)
    return [_summary(exercise, ones) for exercise, ones in by_exercise.items()]


def _summary(exercise: str, ones: Sequence[Graded]) -> Summary:
    here = [one.verdict for one in ones if one.digest]
    shares = [verdict["score"] / verdict["points"] if verdict["points"] else 0.0 for verdict in here]
    failed = Counter(check["title"] for verdict in here for check in verdict["checks"] if check["outcome"] == "failed")
    hardest = max(failed.items(), key=lambda item: item[1], default=("", 0))
    return Summary(
        exercise=exercise,
        learners=len(ones),
        passed=sum(bool(verdict["passed"]) for verdict in here),
        mean=sum(shares) / len(shares) if shares else 0.0,
        missing=len(ones) - len(here),
        hardest=f"{hardest[1]} of {len(here)} failed: {hardest[0]}" if hardest[1] else "",
    )


def feedback_name(learner: str) -> str:
    """A file name for a learner's text: the name itself where it is one, on every system."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", learner).strip(" .")[:100] or "learner"


def feedback(ones: Sequence[Graded], exercises: Mapping[str, Exercise]) -> str:
    """What one learner reads: each exercise's checks with their reasons, and how to have the same verdict again."""
    return f"{ones[0].learner}\n\n" + "\n".join(_feedback(one, exercises[one.exercise]) for one in ones)


def _feedback(one: Graded, exercise: Exercise) -> str:
    if one.fault is not None:
        return f"{exercise.id} {exercise.title} could not be graded, and that is not your fault.\n"
    told = tell(Verdict.of_json(one.verdict), exercise, WIDTH, colour=False)
    notes = "".join(f"note: {note}\n" for note in one.notes)
    again = f"quizbook check {exercise.id} YOUR_FILE --seed {one.verdict['seed']}"
    return f"{told}{notes}The same verdict once more: {again}\n"


@dataclass(frozen=True, slots=True)
class Change:
    """What a mended check or file made of an earlier verdict."""

    learner: str
    exercise: str
    before: float
    after: float
    checks: tuple[str, ...]


def change(before: Graded, after: Graded) -> Change | None:
    """The difference between two verdicts on the same learner and exercise; None where there is none."""
    old = {check["name"]: check["outcome"] for check in before.verdict["checks"]}
    new = {check["name"]: check["outcome"] for check in after.verdict["checks"]}
    differing = tuple(
        f"{name}: {old.get(name, 'not there')} -> {new.get(name, 'not there')}"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )
    if not differing and before.verdict["score"] == after.verdict["score"]:
        return None
    return Change(after.learner, after.exercise, before.verdict["score"], after.verdict["score"], differing)
