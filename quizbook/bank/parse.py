"""Plain values to typed questions: every field, its presence and its type; the only place that knows pydantic.

What does not fit becomes a remark in an instructor's words. Whole numbers count as the text that they are, except in
the two fields that want a number; `Odd` values (`no`, `3.10`) count as text nowhere.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from quizbook.bank.findings import Place, Remark, named, quoted
from quizbook.bank.questions import KINDS, QUESTION_TYPES, AnyQuestion, Chapter, Kind, Point
from quizbook.bank.yaml_values import Odd

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MOST_REMARKS = 100  # of one question
_WANTED = {
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
    "dataclass_type": "a mapping with the fields `point` and `words`",
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What stands in a file.

    count: of the items in the file's list of questions.
    questions: those whose fields fit their types, each with its index in that list, counted from 0.
    ids: of all questions that have one, also of those that do not fit, likewise.
    """

    chapter: str
    title: str
    count: int
    questions: tuple[tuple[int, AnyQuestion], ...]
    ids: tuple[tuple[int, str], ...]
    remarks: tuple[Remark, ...]


def parse(value: Any) -> Parsed:
    """Validate the value of a whole file. Never raises: what is wrong is a remark."""
    if not isinstance(value, dict):
        sentence = f"A bank file is a mapping with `chapter`, `title` and `questions`; this is {_what(value)}."
        return Parsed("", "", 0, (), (), (Remark("wrong-type", sentence),))
    remarks: list[Remark] = [*_unknown_fields(value, _names(Chapter), "A bank file", ())]
    guessed = _guessed(value, _names(Chapter))
    for name in _names(Chapter):
        if name not in value and name not in guessed:
            remarks.append(Remark("missing-field", f"The field `{name}` is missing."))
    chapter, title = (_heading(value, name, remarks) for name in ("chapter", "title"))
    listed = value.get("questions", [])
    if not isinstance(listed, list):
        remarks.append(
            Remark("wrong-type", f"`questions` wants a list, and {_what(listed)} stands here.", ("questions",))
        )
        listed = []
    questions: list[tuple[int, AnyQuestion]] = []
    ids: list[tuple[int, str]] = []
    for index, item in enumerate(listed):
        question = _question(item, ("questions", index), remarks)
        if question is not None:
            questions.append((index, question))
            ids.append((index, question.id))
        elif isinstance(item, dict) and isinstance(item.get("id"), str):
            ids.append((index, item["id"]))
    return Parsed(chapter, title, len(listed), tuple(questions), tuple(ids), tuple(remarks))


def _heading(file: dict[str, Any], name: str, remarks: list[Remark]) -> str:
    before = len(remarks)
    value = _as_text(file.get(name, ""), (name,), remarks)
    if not isinstance(value, str):
        remarks.append(Remark("wrong-type", f"`{name}` wants a text, and {_what(value)} stands here.", (name,)))
        return ""
    if name in file and not value.strip() and len(remarks) == before:
        remarks.append(Remark("empty-text", f"`{name}` is empty: write a text.", (name,)))
    return value


def _question(item: Any, at: Place, remarks: list[Remark]) -> AnyQuestion | None:
    """The question, or None after adding what is wrong with it to `remarks`."""
    if not isinstance(item, dict):
        remarks.append(Remark("wrong-type", f"A question is a mapping of fields; this is {_what(item)}.", at))
        return None
    kind = _kind(item, at, remarks)
    if kind is None:
        return None
    before = len(remarks)
    numbers = {name: item[name] for name in ("answer", "tolerance") if kind == "numeric" and name in item}
    plain = {name: _as_text(value, (*at, name), remarks) for name, value in item.items() if name not in numbers}
    plain |= {name: _as_number(value, name, (*at, name), remarks) for name, value in numbers.items()}
    try:
        question: AnyQuestion = _adapter(kind).validate_python(plain)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)[:_MOST_REMARKS]
        known = {remark.at for remark in remarks[before:]}
        remarks.extend(remark for remark in _explained(details, plain, kind, at) if remark.at not in known)
        return None
    return question if len(remarks) == before else None


def _kind(item: Mapping[str, Any], at: Place, remarks: list[Remark]) -> Kind | None:
    kind = item.get("kind")
    known = next((known for known in KINDS if known == kind), None)
    if known is not None:
        return known
    if kind is None:
        fields_of_any = {name for of_kind in QUESTION_TYPES.values() for name in _names(of_kind)}
        unknown = [name for name in item if name not in fields_of_any][:_MOST_REMARKS]
        if not (misspelt := difflib.get_close_matches("kind", unknown, n=1)):
            remarks.append(Remark("missing-field", f"The field `kind` is missing: one of {named(KINDS)}.", at))
        else:
            sentence = f"There is no field {quoted(misspelt[0])}: did you mean `kind`?"
            remarks.append(Remark("unknown-field", sentence, (*at, misspelt[0]), on_key=True))
        return None
    written = kind.written if isinstance(kind, Odd) else kind if isinstance(kind, str) else None
    nearest = difflib.get_close_matches(written, KINDS, n=1) if written else []
    advice = f"did you mean `{nearest[0]}`?" if nearest else f"write one of {named(KINDS)}."
    is_none = f"{quoted(written)} is no kind of question" if written else f"`kind` wants a text, not {_what(kind)}"
    remarks.append(Remark("unknown-kind", f"{is_none}: {advice}", (*at, "kind")))
    return None


@functools.cache
def _adapter(kind: Kind) -> TypeAdapter[AnyQuestion]:
    return TypeAdapter(QUESTION_TYPES[kind])


def _as_text(value: Any, at: Place, remarks: list[Remark]) -> Any:
    """The value with whole numbers as text; what YAML read as something else is remarked on and taken as written."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: _as_text(item, (*at, key), remarks) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item, (*at, index), remarks) for index, item in enumerate(value)]
    if isinstance(value, Odd):
        remarks.append(Remark("yaml-value", value.complaint, at))
        return value.written
    return str(value)


def _as_number(value: Any, name: str, at: Place, remarks: list[Remark]) -> Any:
    if isinstance(value, int) or (name == "tolerance" and value == "rounded"):
        return value
    if isinstance(value, Odd) and (number := value.number()) is not None:
        return number
    or_rounded = " or `rounded`" if name == "tolerance" else ""
    if (
        isinstance(value, Odd)
        and value.kind in ("int", "float")
        and any(digit in value.written for digit in "123456789")
    ):
        sentence = (
            f"`{name}` wants a number in the usual spelling; YAML 1.1 reads {quoted(value.written)} as another one."
        )
    else:
        sentence = f"`{name}` wants a number{or_rounded}, and {_what(value)} stands here."
    remarks.append(Remark("wrong-type", sentence, at))
    return 0


def _explained(details: Iterable[ErrorDetails], raw: dict[str, Any], kind: Kind, at: Place) -> Iterator[Remark]:
    """pydantic's complaints about one question as remarks, one for each place."""
    wanted: dict[Place, list[str]] = {}
    for detail in details:
        place, container, value = _real_place(detail["loc"], raw)
        owner = _owner(kind, place)
        known = _names(Point if place and place[0] == "points" else QUESTION_TYPES[kind])
        if detail["type"] == "missing":
            name = str(detail["loc"][-1])
            if name not in _guessed(container, known):
                yield Remark("missing-field", f"The field `{name}` is missing: {owner} needs it.", (*at, *place))
        elif detail["type"] == "unexpected_keyword_argument":
            yield from _unknown_fields({str(place[-1]): value}, known, owner.capitalize(), (*at, *place[:-1]))
        else:
            expected = detail.get("ctx", {}).get("expected", "something else").replace("'", "`")
            wanted.setdefault(place, []).append(_WANTED.get(detail["type"], expected))
    for place, several in wanted.items():
        if any(len(other) > len(place) and other[: len(place)] == place for other in wanted):
            continue  # `answer: [a, {}]`: the item is what is wrong, not that the list is no text
        value = _value_at(raw, place)
        field = ".".join(str(step + 1 if isinstance(step, int) else step) for step in place)
        sentence = f"{quoted(field)} wants {' or '.join(dict.fromkeys(several))}, and {_what(value)} stands here."
        yield Remark("wrong-type", sentence, (*at, *place))


def _owner(kind: Kind, place: Place) -> str:
    """What the thing at a place is called in a sentence: "a point" or "a multiple_choice question"."""
    if place and place[0] == "points":
        return "a point"
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} question"


def _real_place(loc: tuple[int | str, ...], raw: Any) -> tuple[Place, Any, Any]:
    """The part of pydantic's location that exists in the value (it adds names of union members), and what is there."""
    place: list[int | str] = []
    container = value = raw
    for step in loc:
        if not (step in value if isinstance(value, dict) else isinstance(value, list) and isinstance(step, int)):
            continue
        container, value = value, value[step]
        place.append(step)
    return tuple(place), value if isinstance(value, dict) else container, value


def _value_at(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step]
    return value


def _unknown_fields(given: Mapping[str, Any], known: tuple[str, ...], noun: str, at: Place) -> Iterator[Remark]:
    for name in list(given)[:_MOST_REMARKS]:
        if name in known:
            continue
        if nearest := difflib.get_close_matches(name, known, n=1):
            advice = f"did you mean `{nearest[0]}`?"
        elif owners := [kind for kind, of_kind in QUESTION_TYPES.items() if name in _names(of_kind)]:
            advice = f"it belongs to {named(owners)}."
        else:
            advice = f"{noun} has {named(known)}."
        yield Remark("unknown-field", f"There is no field {quoted(name)} here: {advice}", (*at, name), on_key=True)


def _guessed(given: Any, known: tuple[str, ...]) -> set[str]:
    """The known fields that unknown ones were probably meant to be."""
    if not isinstance(given, dict):
        return set()
    unknown = [name for name in given if name not in known][:_MOST_REMARKS]
    return {nearest[0] for name in unknown if (nearest := difflib.get_close_matches(name, known, n=1))}


def _names(of: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(of))


def _what(value: Any) -> str:
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case Odd(written=""):
            return "nothing"
        case Odd():
            return quoted(value.written)
        case str():
            return f"the text {quoted(value)}"
        case _:
            return f"the number {value}"
