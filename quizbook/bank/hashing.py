"""Short, stable hashes of a question: of what a learner sees, and of what grading depends on.

They do not depend on the layout of the YAML file or on the order of its keys, so that an attempt still fits its
question after a file was rewritten without changing what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from quizbook.bank.questions import AnyQuestion, CodeBlank, MultipleChoice, ShortAnswer
from quizbook.blake2 import blake2b

_NEVER_SHOWN = {"id", "section", "see", "tags", "guide", "proof"}
_KEY = {"answer", "also", "accept", "after", "tolerance"}


def text_hash(question: AnyQuestion) -> str:
    """The hash (16 hex digits) of everything that is shown: the prompt and its material, hints and explanations.

    A short answer's model answer belongs to it: it is shown, and nothing is graded by it.
    """
    hidden = _NEVER_SHOWN if isinstance(question, ShortAnswer) else _NEVER_SHOWN | _KEY
    return digest({name: value for name, value in _fields(question).items() if name not in hidden})


def key_hash(question: AnyQuestion) -> str:
    """The hash (16 hex digits) of everything that the score of a response depends on."""
    given = _fields(question)
    key: dict[str, Any] = {name: given[name] for name in (_KEY | {"kind", "fixed"}) & given.keys()}
    for name in ("accept", "after"):  # lists whose order says nothing
        if name in key:
            key[name] = {at: sorted(values) for at, values in key[name].items()}
    match question:
        case CodeBlank(also=(_, *_)):
            key["also"] = sorted(map(digest, question.also))
        case MultipleChoice():
            key["answer"] = sorted(question.right)
        case ShortAnswer():
            key = {"kind": question.kind, "points": [point.point for point in question.points]}
    return digest(key)


def digest(value: object) -> str:
    """The blake2b hash of plain values, 16 hex digits; mappings count whatever the order of their keys."""
    text = json.dumps(_canonical(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _fields(question: AnyQuestion) -> dict[str, Any]:
    """The fields that say something: a field that the types get one day changes no hash of a question without it."""
    given = {field.name: getattr(question, field.name) for field in fields(question)}
    return {name: value for name, value in given.items() if value is not None and value not in ("", (), {})}


def _canonical(value: object) -> object:
    """Plain JSON values: text without the line ends that only YAML's block styles differ in, 5.0 as 5."""
    match value:
        case str():
            return "\n".join(line.rstrip() for line in value.strip("\r\n").split("\n"))
        case float():
            return int(value) if value.is_integer() else value
        case Mapping():
            return {str(key): _canonical(item) for key, item in value.items()}
        case Sequence():
            return [_canonical(item) for item in value]
        case None | bool() | int():
            return value
        case _:  # a part of a question that is a dataclass itself, such as Point
            return {field.name: _canonical(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]
