"""What happened, as it is written down for ever: the types of the append-only log."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Mode = Literal["quiz", "review", "pretest", "exam", "exercise", "drill"]
Confidence = Literal["guess", "fair", "sure"]
NoteKind = Literal["retraction", "regrade", "flag", "setting"]
EventKind = Literal["attempt", "retraction", "regrade", "flag", "setting"]


def new_id() -> str:
    """A fresh event id: a random UUID (RFC 9562, version 4); importing uuid for it would cost every command 12 ms."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def now() -> tuple[datetime, int]:
    """This moment in UTC and the local offset from UTC in minutes."""
    local = datetime.now().astimezone()
    offset = local.utcoffset()
    return local.astimezone(UTC), 0 if offset is None else round(offset.total_seconds() / 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One answer to one item, with everything that a later analysis needs.

    at: UTC; utc_offset: minutes east of UTC where the learner was.
    item: the id of a question or an exercise (exercise 3.1 is `ch03.ex.1`).
    text_hash, key_hash: of the item as it was shown and of its key as it was graded.
    response: as given, in the item's own keys (JSON-able). parts: part -> right. score: 0 to 1, None while open.
    seed: the seed of the order in which options were shown. seconds: from showing to answering.
    """

    id: str = field(default_factory=new_id)
    at: datetime
    utc_offset: int
    device: str
    item: str
    text_hash: str
    key_hash: str
    response: Any
    parts: Mapping[str, bool]
    score: float | None
    seed: int | None
    mode: Mode
    confidence: Confidence | None = None
    hints: int = 0
    seconds: float | None = None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Every other event: it takes an attempt back, grades one anew, flags an item or changes a setting.

    about: the id of the attempt that a retraction or regrade speaks of. item: what a flag marks.
    body: the rest, by kind: {"score", "parts", "key_hash"} | {"note"} | {"key", "value"}.
    """

    id: str = field(default_factory=new_id)
    kind: NoteKind
    at: datetime
    utc_offset: int
    device: str
    version: str
    about: str | None = None
    item: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


Event = Attempt | Note
