"""What the attempts count for today: the log's attempts with its retractions and regrades applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from quizbook.study.events import Attempt, Note


def effective(attempts: Iterable[Attempt], notes: Iterable[Note]) -> Iterator[Attempt]:
    """Yield every attempt that still counts, with the score, parts and key_hash of its latest regrade.

    attempts: in any order, which is kept. notes: of all kinds, in any order; a note may be older than its attempt,
    because logs of several machines are united. Latest means by time, then by id, so that every machine agrees.
    """
    retracted: set[str] = set()
    regrades: dict[str, Note] = {}
    for note in notes:
        if note.about is None:
            continue
        if note.kind == "retraction":
            retracted.add(note.about)
        elif note.kind == "regrade":
            known = regrades.get(note.about)
            if known is None or (note.at, note.id) > (known.at, known.id):
                regrades[note.about] = note
    for attempt in attempts:
        if attempt.id in retracted:
            continue
        regrade = regrades.get(attempt.id)
        yield attempt if regrade is None else _regraded(attempt, regrade)


def _regraded(attempt: Attempt, regrade: Note) -> Attempt:
    return replace(
        attempt,
        score=regrade.body.get("score", attempt.score),
        parts=regrade.body.get("parts", attempt.parts),
        key_hash=regrade.body.get("key_hash", attempt.key_hash),
    )
