"""An answer as the event that the log keeps: everything that a later analysis needs, taken down at once."""

from __future__ import annotations

from typing import Any

from quizbook import __version__
from quizbook.bank.hashing import key_hash, text_hash
from quizbook.bank.questions import AnyQuestion
from quizbook.grading.grade import Grade
from quizbook.study.events import Attempt, Confidence, Mode, Note, now


def attempt_on(
    question: AnyQuestion,
    response: Any,
    grade: Grade,
    *,
    device: str,
    mode: Mode,
    seed: int | None = None,
    confidence: Confidence | None = None,
    hints: int = 0,
    seconds: float | None = None,
) -> Attempt:
    """The attempt on a question at this moment.

    response: as `grader.as_stored` gives it. device: of the log. seconds: from showing to answering.
    """
    at, utc_offset = now()
    return Attempt(
        at=at,
        utc_offset=utc_offset,
        device=device,
        item=question.id,
        text_hash=text_hash(question),
        key_hash=key_hash(question),
        response=response,
        parts=grade.parts,
        score=grade.score,
        seed=seed,
        mode=mode,
        confidence=confidence,
        hints=hints,
        seconds=seconds,
        version=__version__,
    )


def regrade_of(attempt: Attempt, grade: Grade) -> Note:
    """The note that gives an attempt a new grade at this moment, by the key that the attempt was graded with."""
    at, utc_offset = now()
    return Note(
        kind="regrade",
        at=at,
        utc_offset=utc_offset,
        device=attempt.device,
        version=__version__,
        about=attempt.id,
        body={"score": grade.score, "parts": dict(grade.parts), "key_hash": attempt.key_hash},
    )
