"""An answer as the event that the log keeps: everything that a later analysis needs, taken down at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quizbook import __version__
from quizbook.bank.hashing import key_hash, text_hash
from quizbook.bank.questions import AnyQuestion
from quizbook.grading.grade import Grade
from quizbook.study.events import Attempt, Confidence, Mode, Note, NoteKind, now


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
    body = {"score": grade.score, "parts": dict(grade.parts), "key_hash": attempt.key_hash}
    return _note("regrade", attempt.device, about=attempt.id, body=body)


def retraction_of(attempt: Attempt) -> Note:
    """The note that takes an attempt back at this moment."""
    return _note("retraction", attempt.device, about=attempt.id, item=attempt.item)


def flag_on(item: str, note: str, *, device: str, removed: bool = False) -> Note:
    """The note that marks an item, or takes its marks away. note: what its reader wants to remember of it."""
    return _note("flag", device, item=item, body={"removed": True} if removed else {"note": note.strip()})


def setting_of(key: str, value: object, *, device: str, item: str | None = None) -> Note:
    """The note that gives a setting a value from now on; item: what it is about, where it is not the program."""
    return _note("setting", device, item=item, body={"key": key, "value": value})


def _note(
    kind: NoteKind,
    device: str,
    *,
    about: str | None = None,
    item: str | None = None,
    body: Mapping[str, Any] | None = None,
) -> Note:
    at, utc_offset = now()
    return Note(
        kind=kind,
        at=at,
        utc_offset=utc_offset,
        device=device,
        version=__version__,
        about=about,
        item=item,
        body=body or {},
    )
