"""Events as JSON Lines, as they leave this machine and come to it: a head line, then one event a line.

`docs/data-format.md` describes the format for people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import Any, get_args

from quizbook.errors import QuizbookError
from quizbook.study.events import Attempt, Confidence, Event, Mode, Note, NoteKind
from quizbook.study.store.rows import COLUMNS, GRADED, SHARED, row_of

SCHEMA = 1
HEAD: Mapping[str, object] = {"quizbook": "event log", "schema": SCHEMA}
ATTEMPT_FIELDS = (*(name for name in SHARED if name not in ("about", "body")), *GRADED)
NOTE_FIELDS = SHARED
_PLACES = {name: place for place, name in enumerate(COLUMNS)}
_JSON_COLUMNS = ("response", "parts", "body")
_OPTIONAL = ("item", "about", "body", "score", "seed", "confidence", "hints", "seconds")
_NUMBER = (int, float)
_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("id", "at", "device", "version", "item", "about", "text_hash", "key_hash"), (str,)),
    **dict.fromkeys(("utc_offset", "seed", "hints"), (int,)),
    **dict.fromkeys(("score", "seconds"), _NUMBER),
    **dict.fromkeys(("parts", "body"), (dict,)),
}


class NewerError(ValueError):
    """A newer quizbook wrote this: a kind, a field or a value that this one does not know."""


def head_line(**more: object) -> str:
    """The first line of a file; more: further fields of it."""
    return json.dumps({**HEAD, **more}, separators=(",", ":"))


def check_head(line: str | bytes) -> None:
    """Raise NewerError for a later schema, ValueError for what is no head line."""
    head = json.loads(line)
    if not isinstance(head, dict) or head.get("quizbook") != HEAD["quizbook"] or type(head.get("schema")) is not int:
        raise ValueError("its first line is not that of a quizbook event log")
    if head["schema"] > SCHEMA:
        raise NewerError(f"schema {head['schema']}")
    if head["schema"] < 1 or head.get("anonymous"):
        raise ValueError("it is an anonymous export, which belongs to nobody's log")


def line_of(row: tuple[Any, ...]) -> str:
    """One event's line, from its row in the order of COLUMNS."""
    fields = ATTEMPT_FIELDS if row[1] == "attempt" else NOTE_FIELDS
    oversized = json.loads(row[_PLACES["body"]]) if row[1] == "attempt" and row[_PLACES["body"]] else {}
    return "{" + ",".join([f'"{name}":{_value(name, row[_PLACES[name]], oversized)}' for name in fields]) + "}"


def line_of_event(event: Event) -> str:
    """One event's line."""
    return line_of(row_of(event))


def event_from(line: str | bytes) -> Event:
    """The event of one line. NewerError: it holds what this program does not know; ValueError: it is no event."""
    try:
        given = json.loads(line)
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    if not isinstance(given, dict):
        raise ValueError("it is no object")
    kind = given.get("kind")
    if not isinstance(kind, str):
        raise ValueError("it has no kind")
    if kind != "attempt" and kind not in get_args(NoteKind):
        raise NewerError(f"events of the kind {kind[:40]!r}")
    event = _built(kind, given)
    try:
        row_of(event)
    except QuizbookError as error:
        raise ValueError(error.message) from None
    except OverflowError:
        raise ValueError(f"its time is {given['at']}") from None
    return event


def _built(kind: str, given: dict[str, Any]) -> Event:
    fields = ATTEMPT_FIELDS if kind == "attempt" else NOTE_FIELDS
    unknown = [name for name in given if name not in fields]
    if unknown:
        raise NewerError(f"the field {unknown[0][:40]!r} of events of the kind {kind!r}")
    values = {name: _checked(name, given.get(name), kind) for name in fields if name != "kind"}
    values["at"] = _time(values["at"])
    if kind != "attempt":
        return Note(kind=kind, **{**values, "body": values["body"] or {}})  # type: ignore[arg-type]
    if "response" not in given:
        raise ValueError("it has no response")
    if values["mode"] not in get_args(Mode):
        raise NewerError(f"answers of the mode {str(values['mode'])[:40]!r}")
    if values["confidence"] not in (None, *get_args(Confidence)):
        raise NewerError(f"the confidence {str(values['confidence'])[:40]!r}")
    if not all(isinstance(right, bool) for right in values["parts"].values()):
        raise ValueError("its parts are not true or false")
    return Attempt(**{**values, "hints": values["hints"] or 0})


def _checked(name: str, value: Any, kind: str) -> Any:
    if name not in _TYPES:
        return value
    if value is None and name in _OPTIONAL and not (name == "item" and kind == "attempt"):
        return None
    if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
        raise ValueError(f"its {name} is {json.dumps(value)[:40]}")
    return value


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("its time has no time zone")
    return at


def _value(name: str, value: Any, oversized: Mapping[str, Any]) -> str:
    if name in oversized:
        return json.dumps(oversized[name])
    if value is None:
        return "{}" if name == "body" else "null"
    if name in _JSON_COLUMNS:
        return str(value)
    return encode_basestring_ascii(value) if isinstance(value, str) else repr(value)
