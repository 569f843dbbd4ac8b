"""Events without anything that tells whose they are or what somebody typed, fit to be given to others.

What stays and why stands in `docs/data-format.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from quizbook.study.events import Attempt, Event, Note, new_id

FIRST_WEEK = datetime(2000, 1, 3, tzinfo=UTC)  # a Monday
_KEY = re.compile(r"[A-Za-z]|[+-]?\d{1,12}(?:[.,]\d{1,12})*")  # of an option, a step, a label; or a number
_PART = re.compile(r"[\w.-]{1,60}|[①-⑳]")  # of a question or an exercise, named by its author
_GRADE = ("score", "parts", "key_hash")


def anonymous(events: Iterable[Event]) -> Iterator[Event]:
    """Yield each event under a fresh id, with the devices counted, the calendar moved and what was typed left out.

    events: in the order of the log. What an event is about keeps being the same event; intervals, days of the week and
    hours of the day stay as they were.
    """
    export: _Export | None = None
    for event in events:
        export = export or _Export(event.utc_offset, _shift(event))
        yield export.of(event)


def _shift(first: Event) -> timedelta:
    """What brings an event to local time, whole weeks earlier, so that the first one lies in the year 2000."""
    local = timedelta(minutes=first.utc_offset)
    weeks = (first.at + local - FIRST_WEEK) // timedelta(weeks=1)
    return local - timedelta(weeks=weeks)


@dataclass(slots=True)
class _Export:
    """What one export gives out: new names for old ones, and times moved so far, in a zone of its own."""

    utc_offset: int
    shift: timedelta
    ids: dict[str, str] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)

    def of(self, event: Event) -> Event:
        id, device = self._id(event.id), self.devices.setdefault(event.device, f"device {len(self.devices) + 1}")
        at, utc_offset = (event.at + self.shift).replace(microsecond=0), event.utc_offset - self.utc_offset
        if isinstance(event, Attempt):
            return replace(
                event,
                id=id,
                device=device,
                at=at,
                utc_offset=utc_offset,
                response=_keys_of(event.response),
                parts=_parts_of(event.parts),
            )
        about = None if event.about is None else self._id(event.about)
        return replace(event, id=id, device=device, at=at, utc_offset=utc_offset, about=about, body=_body_of(event))

    def _id(self, id: str) -> str:
        return self.ids.setdefault(id, new_id())


def _keys_of(response: Any) -> Any:
    """The keys and numbers of a response; None in the place of everything else."""
    if isinstance(response, Mapping):
        return {key: _keys_of(value) for key, value in response.items() if _PART.fullmatch(key)}
    if isinstance(response, list | tuple):
        return [_keys_of(value) for value in response]
    if isinstance(response, str):
        return response if _KEY.fullmatch(response) else None
    return response


def _parts_of(parts: Mapping[str, bool]) -> dict[str, bool]:
    return {name: right for name, right in parts.items() if _PART.fullmatch(name)}


def _body_of(note: Note) -> dict[str, Any]:
    """Of a grade the grade, of a setting its number; nothing that anybody typed."""
    if note.kind == "regrade":
        return {
            name: _parts_of(value) if name == "parts" and isinstance(value, Mapping) else value
            for name, value in note.body.items()
            if name in _GRADE
        }
    if note.kind != "setting":
        return {}
    value = note.body.get("value")
    return {"key": note.body.get("key"), "value": _numbers_of(value)}


def _numbers_of(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_numbers_of(one) for one in value]
    return value if isinstance(value, bool | int | float) else None
