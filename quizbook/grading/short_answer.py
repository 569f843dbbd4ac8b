"""Short answers: the program never grades them; the learner ticks the points that the text makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypedDict

from quizbook.bank.questions import Point, ShortAnswer
from quizbook.grading.grade import Grade, ResponseError
from quizbook.grading.keys import as_text, is_blank, shown
from quizbook.grading.wording import counted, quoted, several

_PREFIX = 4
_WORD = re.compile(r"[^\W_]+")
_IDLE = frozenset(
    """about after again all also and any are because been before being both but can could does down each ever every
    for from had has have having here how into its itself just like made make makes many may more most much must not
    now off once one only onto other our out over own same she should since some such than that the their them then
    there these they this those through thus too two under until upon use used uses using very was way well were what
    when where which while who whose why will with within without would you your""".split()
)


class Answered(TypedDict, total=False):
    """A short answer as it is stored: the text and, once the learner compared, the numbers of the points ticked."""

    text: str
    ticked: list[int]


def read(question: ShortAnswer, response: object) -> Answered:
    """The response as {"text": ...} or {"text": ..., "ticked": [1, 3]}, points counted from 1.

    Raises ResponseError: no text, unknown fields, ticks that are no points.
    """
    if not isinstance(response, Mapping):
        return {"text": _text(response)}
    if unknown := [key for key in response if key not in ("text", "ticked")]:
        raise ResponseError(f"A short answer has the fields text and ticked, not {shown(unknown[0])}.")
    text = _text(response.get("text"))
    if response.get("ticked") is None:
        return {"text": text}
    return {"text": text, "ticked": read_ticks(question, response["ticked"])}


def read_ticks(question: ShortAnswer, ticked: object) -> list[int]:
    """The numbers of the ticked points in order; an empty list when the text makes none of them."""
    total = len(question.points)
    if not isinstance(ticked, (list, tuple)):
        raise ResponseError(f"Ticked is a list of point numbers, such as [1]; this is {shown(ticked)}.")
    numbers: set[int] = set()
    for tick in ticked:
        number = int(tick) if isinstance(tick, str) and tick.strip().isdecimal() and len(tick) < 9 else tick
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= total:
            raise ResponseError(f"There is no point {shown(tick)}: the points are numbered 1 to {total}.")
        numbers.add(number)
    return sorted(numbers)


def grade(question: ShortAnswer, response: object) -> Grade:
    """The share of points ticked; score None while nobody has ticked."""
    answered = read(question, response)
    if "ticked" not in answered:
        return Grade(None, {}, "Compare your text with the model answer and tick the points that it makes.")
    return grade_ticks(question, answered["ticked"])


def grade_ticks(question: ShortAnswer, ticked: list[int]) -> Grade:
    """The share of points ticked, of ticks that `read_ticks` gave."""
    parts = {str(number): number in ticked for number in range(1, len(question.points) + 1)}
    right = sum(parts.values())
    missed = [quoted(question.points[int(number) - 1].point) for number, made in parts.items() if not made]
    said = f"{right} of {counted(len(parts), 'point')} made"
    return Grade(right / len(parts), parts, f"{said}; not made: {several(missed)}." if missed else f"{said}.")


def untouched_points(question: ShortAnswer, text: str) -> tuple[int, ...]:
    """The points, counted from 1, of which the text holds not one word: of its `words` or, without any, its own."""
    said = _stems(text)
    return tuple(at for at, point in enumerate(question.points, 1) if not _touches(said, _of_point(point)))


def remark(question: ShortAnswer, text: str) -> str:
    """The one remark that the program makes about a text, or nothing."""
    untouched = untouched_points(question, text)
    if not untouched:
        return ""
    if len(untouched) == 1:
        return f"No word of yours touches point {untouched[0]}: did you leave it out?"
    numbers = ", ".join(str(at) for at in untouched[:-1]) + f" and {untouched[-1]}"
    return f"No word of yours touches points {numbers}: did you leave them out?"


def _of_point(point: Point) -> frozenset[str]:
    return _stems(" ".join(point.words) or point.point)


def _touches(said: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether a stem of one begins with a stem of the other: generous, since a remark made wrongly costs trust."""
    if said & wanted:
        return True
    return any(a.startswith(b) or b.startswith(a) for a in said for b in wanted if min(len(a), len(b)) >= _PREFIX)


def _stems(text: str) -> frozenset[str]:
    """The words of a text that carry meaning, without their commonest English endings."""
    words = {word for word in _WORD.findall(text.casefold()) if len(word) > 2 or word.isdigit()}
    return frozenset(_stem(word) for word in words - _IDLE)


def _stem(word: str) -> str:
    for ending in (
        "ization",
        "ations",
        "ation",
        "izing",
        "ising",
        "ized",
        "ised",
        "ings",
        "ing",
        "ies",
        "ed",
        "es",
        "s",
        "y",
        "e",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _text(given: object) -> str:
    if is_blank(given):
        raise ResponseError("Nothing is written: a short answer is a text of your own.")
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise ResponseError(f"A short answer is a text, or text and ticked points; this is {shown(given)}.")
    return as_text(given)
