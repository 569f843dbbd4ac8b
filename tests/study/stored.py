"""Events to store, and stores with events in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from quizbook.study.events import Attempt, Event, Note
from quizbook.study.store import open_log

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def answer(number: int = 0, **changes: Any) -> Attempt:
    """An attempt; each number is another item, at another time."""
    fields: dict[str, Any] = {
        "at": NOON + timedelta(minutes=number),
        "utc_offset": 60,
        "device": "d",
        "item": f"ch03.mc.{number:02}",
        "text_hash": "t",
        "key_hash": "k",
        "response": ["b", "d"],
        "parts": {"b": True, "d": False},
        "score": 0.5,
        "seed": 7,
        "mode": "quiz",
        "confidence": "sure",
        "hints": 1,
        "seconds": 2.5,
        "version": "0.1.0",
    }
    return Attempt(**(fields | changes))


def said(kind: Any, **changes: Any) -> Note:
    return Note(**({"kind": kind, "at": NOON, "utc_offset": 0, "device": "d", "version": "0.1.0"} | changes))


def filled(folder: Path, count: int, begin: int = 0) -> list[Event]:
    """Append so many answers in a sitting of its own, some with long texts; return them."""
    events: list[Event] = [
        answer(number, response={"text": "wörter " * 1500} if number % 50 == 7 else ["b"])
        for number in range(begin, begin + count)
    ]
    with open_log(folder) as log:
        log.append(*events)
    return events


def stored(folder: Path) -> list[Event]:
    with open_log(folder) as log:
        return list(log.events())
