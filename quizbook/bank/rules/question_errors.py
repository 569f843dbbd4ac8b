"""Errors of one question: whatever would make it unanswerable, ungradable or untrue to its own form.

Each rule yields remarks whose place counts from the question on. A question with such a remark is kept out of quizzes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

from quizbook.bank.findings import Place, Remark, named, quoted
from quizbook.bank.marks import blanks_of, places_of
from quizbook.bank.proof import UnprovableError, check_provable
from quizbook.bank.questions import (
    AnyQuestion,
    CodeBlank,
    Diagram,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Point,
    ShortAnswer,
    Tracing,
)
from quizbook.bank.rules.order import order_errors

WIDEST_FIGURE = 76  # columns
_ID = re.compile(r"[A-Za-z0-9_.-]+\Z")
_CHAPTER_OF_ID = re.compile(r"(?:ch0*(\d+)|app([A-Za-z]))\.")
_MAY_BE_EMPTY = {"explain", "alt", "unit"}


def errors_of(question: AnyQuestion, chapter: str) -> Iterator[Remark]:
    """Everything that keeps a question out of a quiz, as far as it can be seen in the question alone."""
    yield from _id_errors(question.id, chapter)
    yield from _empty_texts(question)
    match question:
        case MultipleChoice():
            yield from _choice_errors(question)
        case Matching():
            yield from _pair_errors(question.answer, question.left, question.right, "left side", "right side")
            yield from _too_few(question.left, "left", "left sides")
        case Ordering():
            yield from order_errors(question)
            yield from _too_few(question.steps, "steps", "steps")
        case CodeBlank():
            yield from _blank_errors(question)
        case Diagram():
            yield from _diagram_errors(question)
        case ShortAnswer():
            if not question.points:
                yield Remark("few-options", "There is no point to tick: write one at least.", ("points",))
        case Numeric():
            yield from _number_errors(question)
        case Tracing():
            pass
    yield from _proof_errors(question)


def _id_errors(id_: str, chapter: str) -> Iterator[Remark]:
    if not _ID.match(id_):
        sentence = f"The id {quoted(id_)} may hold letters, digits, `.`, `-` and `_` only, such as ch03.q.07."
        yield Remark("id-form", sentence, ("id",))
    if found := _CHAPTER_OF_ID.match(id_):
        of_id = found[1] or found[2].upper()
        if of_id != chapter:
            sentence = f"The id {quoted(id_)} belongs to chapter {of_id}, and this file is chapter {quoted(chapter)}."
            yield Remark("id-chapter", sentence, ("id",))


def _empty_texts(question: AnyQuestion) -> Iterator[Remark]:
    for field in fields(question):
        value = getattr(question, field.name)
        if value == "" and field.name in _MAY_BE_EMPTY:
            continue
        for at in _empty_in(value, (field.name,)):
            where = quoted(".".join(str(step + 1 if isinstance(step, int) else step) for step in at))
            yield Remark("empty-text", f"{where} is empty: write a text, or leave it out.", at)


def _empty_in(value: object, at: Place) -> Iterator[Place]:
    if isinstance(value, str):
        if not value.strip():
            yield at
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not key.strip():
                yield (*at, key)
            yield from _empty_in(item, (*at, key))
    elif isinstance(value, Point):
        yield from _empty_in(value.point, (*at, "point"))
        yield from _empty_in(value.words, (*at, "words"))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _empty_in(item, (*at, index))


def _too_few(of: Mapping[str, str], field: str, noun: str) -> Iterator[Remark]:
    if len(of) < 2:
        yield Remark("few-options", f"A question needs two {noun} at least; here {_are(len(of))}.", (field,))


def _are(count: int) -> str:
    return "is one" if count == 1 else "are none"


def _choice_errors(question: MultipleChoice) -> Iterator[Remark]:
    yield from _too_few(question.options, "options", "options")
    if not question.right:
        yield Remark("unknown-answer", "`answer` names no option.", ("answer",))
    for index, key in enumerate(question.right):
        at: Place = ("answer",) if isinstance(question.answer, str) else ("answer", index)
        if key not in question.options:
            yield Remark("unknown-answer", f"`answer` names {quoted(key)}: {_choose(question.options, 'option')}", at)
    if twice := [key for key, count in Counter(question.right).items() if count > 1]:
        yield Remark("unknown-answer", f"`answer` names {named(twice)} more than once.", ("answer",))
    for key in question.why:
        if key not in question.options:
            sentence = f"`why` explains {quoted(key)}: {_choose(question.options, 'option')}"
            yield Remark("unused-key", sentence, ("why", key), on_key=True)


def _choose(keys: Iterable[str], noun: str) -> str:
    listed = tuple(keys)
    return f"there is no such {noun}, only {named(listed)}." if listed else f"there is no {noun} at all."


def _pair_errors(
    answer: Mapping[str, str], asked: Iterable[str], offered: Iterable[str], noun: str, other: str
) -> Iterator[Remark]:
    """Whether `answer` gives each thing that is asked exactly one of those that are offered."""
    asked, offered = dict.fromkeys(asked), dict.fromkeys(offered)
    rule = {"blank": "blank-without-answer", "place": "label-without-place"}.get(noun, "unmatched-key")
    if missing := [key for key in asked if key not in answer]:
        yield Remark(rule, f"`answer` is silent about the {_plural(noun, missing)} {named(missing)}.", ("answer",))
    for key, value in answer.items():
        if key not in asked:
            at: Place = ("answer", key)
            yield Remark(rule, f"`answer` speaks of {quoted(key)}: {_choose(asked, noun)}", at, on_key=True)
        if value not in offered:
            sentence = f"`answer` gives {quoted(key)} the {other} {quoted(value)}: {_choose(offered, other)}"
            yield Remark("unknown-answer", sentence, ("answer", key))


def _plural(noun: str, keys: list[str]) -> str:
    return noun if len(keys) == 1 else f"{noun}s"


def _blank_errors(question: CodeBlank) -> Iterator[Remark]:
    blanks = blanks_of(question.listing)
    if not blanks:
        yield Remark("blank-without-answer", "The listing has no blank: write «1», «2» ... into it.", ("listing",))
        return
    if question.terms:
        yield from _pair_errors(question.answer, blanks, question.terms, "blank", "term")
        yield from _too_few(question.terms, "terms", "terms")
        if question.accept:
            sentence = "`accept` is for typed answers: leave it out where there are `terms`, or the other way round."
            yield Remark("unused-key", sentence, ("accept",), on_key=True)
    else:
        yield from _typed_errors(question, blanks)
    for index, assignment in enumerate(question.also):
        if not question.terms:
            yield Remark("unused-key", "`also` is for `terms`; typed answers go into `accept`.", ("also",), on_key=True)
            break
        for remark in _pair_errors(assignment, blanks, question.terms, "blank", "term"):
            sentence = remark.sentence.replace("`answer`", f"`also.{index + 1}`", 1)
            yield Remark(remark.rule, sentence, ("also", index, *remark.at[1:]), on_key=remark.on_key)


def _typed_errors(question: CodeBlank, blanks: tuple[str, ...]) -> Iterator[Remark]:
    for field, given in (("answer", question.answer), ("accept", question.accept)):
        for key in given:
            if key not in blanks:
                sentence = f"`{field}` speaks of {quoted(key)}: {_choose(blanks, 'blank')}"
                yield Remark("blank-without-answer", sentence, (field, key), on_key=True)
    for key, texts in question.accept.items():
        if not texts:
            yield Remark("blank-without-answer", f"`accept` lists nothing for {quoted(key)}.", ("accept", key))
    fuller = "answer" if question.answer else "accept"  # grading goes by `answer` where there is one
    if missing := [key for key in blanks if key not in (question.answer or question.accept)]:
        sentence = f"`{fuller}` is silent about the {_plural('blank', missing)} {named(missing)}."
        yield Remark("blank-without-answer", sentence, (fuller,))


def _diagram_errors(question: Diagram) -> Iterator[Remark]:
    if (question.figure is None) == (question.listing is None):
        yield Remark("missing-field", "A diagram has a `figure` or a `listing`, and not both.")
        return
    if question.figure is not None:
        places, field, example = places_of(question.figure), "figure", "①, ②"
        for number, line in enumerate(question.figure.splitlines(), 1):
            if (width := columns(line)) > WIDEST_FIGURE:
                sentence = f"Line {number} of the figure is {width} columns wide, and {WIDEST_FIGURE} fit a terminal."
                yield Remark("figure-wide", sentence, ("figure",))
                break
    else:
        places, field, example = blanks_of(question.listing or ""), "listing", "«1», «2»"
    if not places:
        yield Remark("label-without-place", f"The {field} has no place: write {example} ... into it.", (field,))
        return
    yield from _pair_errors(question.answer, places, question.labels, "place", "label")
    yield from _too_few(question.labels, "labels", "labels")


def columns(line: str) -> int:
    """How many columns of a terminal a line takes: wide characters count two, combining ones none."""
    if line.isascii():
        return len(line)
    wide = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1) for c in line)


def _number_errors(question: Numeric) -> Iterator[Remark]:
    if question.tolerance != "rounded" and question.tolerance < 0:
        yield Remark("wrong-type", "`tolerance` is a distance: 0 or more, or `rounded`.", ("tolerance",))


def _proof_errors(question: AnyQuestion) -> Iterator[Remark]:
    try:
        check_provable(question)
    except UnprovableError as error:
        yield Remark("proof-form", f"{str(error)[0].upper()}{str(error)[1:]}.", ("proof",))
