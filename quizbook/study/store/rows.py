"""Events as rows of the table `event`, and rows as events, without loss in either direction."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.study.events import Attempt, Event, Note

SHARED = ("id", "kind", "at", "utc_offset", "device", "version", "item", "about", "body")
GRADED = ("text_hash", "key_hash", "response", "parts", "score", "seed", "mode", "confidence", "hints", "seconds")
COLUMNS = (*SHARED, *GRADED)
LEVELS = 64
NUMBERS = ("score", "seed", "hints", "seconds")


def row_of(event: Event) -> tuple[object, ...]:
    """The values of COLUMNS for one event.

    QuizbookError: the event holds what cannot be stored (no JSON, a time without zone, text that is not Unicode).
    """
    if event.at.tzinfo is None:
        raise _unfit(event, "its time has no time zone")
    values: dict[str, object] = {name: getattr(event, name) for name in SHARED if hasattr(event, name)}
    values["at"] = stored_time(event.at)
    if isinstance(event, Attempt):
        values |= {name: getattr(event, name) for name in GRADED}
        values["kind"] = "attempt"
        values["response"] = _json(event, event.response)
        values["parts"] = _json(event, dict(event.parts))
        oversized = {name: values[name] for name in NUMBERS if not _fits(values[name])}
        values |= dict.fromkeys(oversized)
        values["body"] = _json(event, oversized) if oversized else None
    else:
        values["body"] = _json(event, dict(event.body))
    row = tuple(values.get(name) for name in COLUMNS)
    for name, value in zip(COLUMNS, row, strict=True):
        if not _is_storable(value):
            raise _unfit(event, f"{name} is {value!r}")
    return row


def stored_time(at: datetime) -> str:
    """A moment as the table holds it: the order of the texts is that of the moments."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def event_of(row: tuple[Any, ...]) -> Event:
    """The event of one row whose values stand in the order of COLUMNS."""
    values = dict(zip(COLUMNS, row, strict=True))
    values["at"] = datetime.fromisoformat(values["at"])
    body = json.loads(values.pop("body") or "{}")
    kind = values.pop("kind")
    if kind != "attempt":
        shared = {name: values[name] for name in SHARED if name in values}
        return Note(**shared, kind=kind, body=body)
    del values["about"]
    values["response"] = json.loads(values["response"])
    values["parts"] = json.loads(values["parts"])
    return Attempt(**(values | body))


def _fits(value: object) -> bool:
    """Whether SQLite's 64-bit integer or float column gives back exactly this number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _is_storable(value: object) -> bool:
    """Whether a column takes this value; a lone surrogate, for one, has no UTF-8."""
    if not isinstance(value, str):
        return _fits(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json(event: Event, value: object) -> str:
    """ASCII JSON, so that lone surrogates survive; NaN and infinity are spelled as Python's json spells them."""
    if _nests_deeper(value, LEVELS):
        raise _unfit(event, f"it nests deeper than {LEVELS} levels")
    try:
        return json.dumps(value, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise _unfit(event, f"it is no JSON ({error})") from error


def _nests_deeper(value: object, levels: int) -> bool:
    """Whether lists and mappings lie in each other deeper than so; a reader with a full stack must manage them too."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return False
    return levels == 0 or any(_nests_deeper(part, levels - 1) for part in value)


def _unfit(event: Event, reason: str) -> QuizbookError:
    where = event.item or (event.about if isinstance(event, Note) else None) or event.id
    return QuizbookError(f"The entry about {where!r} cannot be stored: {reason}. Nothing was written.")
