"""A sheet of answers, {id: response, ...} in YAML or JSON: read without changing what was written, then graded.

Every scalar stays the text that stands in the file: `012`, `no`, `2_360_064` and `2.50` are what their author typed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from quizbook.bank.library import Bank
from quizbook.bank.questions import AnyQuestion
from quizbook.bank.source import LARGEST_FILE, SourceError
from quizbook.errors import QuizbookError
from quizbook.grading.grade import Grade, ResponseError
from quizbook.grading.grader import as_stored, grade
from quizbook.grading.keys import shown
from quizbook.study.events import Confidence

if TYPE_CHECKING:
    from yaml import Node

_MOST = 200_000  # values in a sheet; only aliases reach that many
_DEEPEST = 40
_CONFIDENCES = ("guess", "fair", "sure")


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer of a sheet: graded, or with the sentence that says why it could not be.

    question: None for an unknown id. response: as the log keeps it.
    """

    id: str
    question: AnyQuestion | None = None
    response: Any = None
    grade: Grade | None = None
    confidence: Confidence | None = None
    error: str = ""


def read_sheet(data: bytes, name: str) -> dict[str, object]:
    """The sheet as id -> response.

    name: of the file, for messages and for telling YAML from JSON; "-" is read as JSON if it is JSON.
    Raises QuizbookError, with the line where there is one: too large, not UTF-8, empty, neither YAML nor JSON, an id
    or key given twice, not a mapping.
    """
    if len(data) > LARGEST_FILE:
        raise QuizbookError(
            f"{name} is larger than {LARGEST_FILE // 1024 // 1024} MB; a sheet of answers has a few kB."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise QuizbookError(f"{name} is not UTF-8 (line {line}): save it in that encoding.", line=line) from None
    if not text.strip():
        raise QuizbookError(f"{name} is empty. It should hold answers, such as `ch01.mc.01: b`.")
    sheet = _from_json(text, name) if _looks_like_json(text, name) else _from_yaml(data, name)
    if not isinstance(sheet, dict):
        raise QuizbookError(f"{name} should map ids to responses, such as `ch01.mc.01: b`; it holds {shown(sheet)}.")
    if not sheet:
        raise QuizbookError(f"{name} holds no answers. Write one to a line, such as `ch01.mc.01: b`.")
    return cast("dict[str, object]", sheet)


def grade_sheet(bank: Bank, sheet: Mapping[str, object]) -> tuple[Entry, ...]:
    """Grade every answer, in the order of the sheet; one that cannot be graded hinders no other."""
    return tuple(_entry(bank, id, given) for id, given in sheet.items())


def _entry(bank: Bank, id: str, given: object) -> Entry:
    try:
        question = bank.by_id(id)
    except QuizbookError as unknown:
        return Entry(id, error=unknown.message)
    try:
        response, confidence = _unwrapped(given)
        stored = as_stored(question, response)
        return Entry(id, question, stored, grade(question, stored), confidence)
    except ResponseError as error:
        return Entry(id, question, error=str(error))


def _unwrapped(given: object) -> tuple[object, Confidence | None]:
    """The response and the confidence of `{response: ..., confidence: ...}`; anything else is the response itself."""
    if not (isinstance(given, Mapping) and "response" in given):
        return given, None
    if unknown := [key for key in given if key not in ("response", "confidence")]:
        raise ResponseError(f"Beside response there may be confidence, not {shown(unknown[0])}.")
    confidence = given.get("confidence")
    if confidence is not None and confidence not in _CONFIDENCES:
        raise ResponseError(f"Confidence is {', '.join(_CONFIDENCES[:-1])} or sure, not {shown(confidence)}.")
    return given["response"], cast("Confidence | None", confidence)


def _looks_like_json(text: str, name: str) -> bool:
    if name.casefold().endswith((".json", ".yaml", ".yml")):
        return name.casefold().endswith(".json")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _from_json(text: str, name: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        said = f"{name} is not JSON (line {error.lineno}): {error.msg}."
        raise QuizbookError(said, line=error.lineno, column=error.colno) from None
    except _TwiceError as error:
        raise QuizbookError(f"{name}: {error.args[0]!r} is given twice: keep one of them.") from None
    except RecursionError:
        raise QuizbookError(f"{name} is nested too deeply for answers.") from None


class _TwiceError(Exception):
    """A key that a JSON object holds twice."""


def _once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    read: dict[str, object] = {}
    for key, value in pairs:
        if key in read:
            raise _TwiceError(key)
        read[key] = value
    return read


def _from_yaml(data: bytes, name: str) -> object:
    from quizbook.bank.yaml_source import compose

    try:
        return _Written(name).value(compose(data))
    except SourceError as error:
        message = f"{name}, line {error.line}: {error.sentence}"
        raise QuizbookError(message, line=error.line, column=error.column) from None


class _Written:
    """Turns YAML nodes into text, lists and mappings, as they were written."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = _MOST

    def value(self, node: Node, depth: int = 0) -> object:
        """The value of a node; raises QuizbookError with its line."""
        from yaml import MappingNode, ScalarNode

        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise self._wrong(node, "Aliases (`*name`) repeat too much here: write it out.")
        if str(node.tag).startswith(("tag:", "!")):
            raise self._wrong(node, f"The tag {shown(node.tag)} is not allowed here: delete it. Nothing was executed.")
        if isinstance(node, ScalarNode):
            return None if node.tag == "null" else node.value
        if not isinstance(node, MappingNode):
            return [self.value(item, depth + 1) for item in node.value]
        read: dict[str, object] = {}
        for key, what in node.value:
            if not isinstance(key, ScalarNode):
                raise self._wrong(key, "A list or a mapping cannot be a key here.")
            if key.value in read:
                raise self._wrong(key, f"{shown(key.value)} is given twice: keep one of them.")
            read[key.value] = self.value(what, depth + 1)
        return read

    def _wrong(self, node: Node, sentence: str) -> QuizbookError:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        return QuizbookError(f"{self._name}, line {line}: {sentence}", line=line, column=column)
