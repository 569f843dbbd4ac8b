"""Questions as plain JSON values and back again, without pydantic: the cache's way, for questions known to be valid."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from quizbook.bank.questions import QUESTION_TYPES, AnyQuestion, Point

_TUPLES = ("see", "hints", "tags", "also")


def as_plain(question: AnyQuestion) -> dict[str, Any]:
    """The fields of a question that were given, as values that json can write."""
    plain = {
        field.name: value
        for field in fields(question)
        if (value := getattr(question, field.name)) != field.default or field.name == "kind"
    }
    if "points" in plain:
        plain["points"] = [{"point": point.point, "words": point.words} for point in plain["points"]]
    return plain


def from_plain(plain: dict[str, Any]) -> AnyQuestion:
    """The question that `as_plain` wrote, after a way through JSON; takes the dictionary over."""
    for name in _TUPLES:
        if name in plain:
            plain[name] = tuple(plain[name])
    kind = plain["kind"]
    if isinstance(plain.get("answer"), list):
        plain["answer"] = tuple(plain["answer"])
    for name in ("after", "accept"):
        if name in plain:
            plain[name] = {key: tuple(values) for key, values in plain[name].items()}
    if kind == "short_answer":
        plain["points"] = tuple(Point(point=point["point"], words=tuple(point["words"])) for point in plain["points"])
    question: AnyQuestion = QUESTION_TYPES[kind](**plain)
    return question
