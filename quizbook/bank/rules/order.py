"""Errors of an ordering question: an order that is no order of its steps, or precedences that no order fulfils."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from quizbook.bank.findings import Remark, named, quoted
from quizbook.bank.questions import Ordering


def order_errors(question: Ordering) -> Iterator[Remark]:
    """What is wrong with `answer`, `after` and `fixed`."""
    if (question.answer is None) == (question.after is None):
        yield Remark("missing-field", "An ordering question has an `answer` or an `after`, and not both.")
        return
    sound = True
    for remark in (*_answer_errors(question), *_after_errors(question), *_fixed_keys(question)):
        sound = False
        yield remark
    if sound:
        yield from _fixed_places(question)


def _answer_errors(question: Ordering) -> Iterator[Remark]:
    if question.answer is None:
        return
    for index, step in enumerate(question.answer):
        if step not in question.steps:
            sentence = f"`answer` names {quoted(step)}: there is no such step, only {named(question.steps)}."
            yield Remark("unknown-answer", sentence, ("answer", index))
    if twice := [step for step, count in Counter(question.answer).items() if count > 1]:
        yield Remark("unknown-answer", f"`answer` names {named(twice)} more than once.", ("answer",))
    if missing := sorted(question.steps.keys() - set(question.answer)):
        yield Remark("unmatched-key", f"`answer` leaves out {named(missing)}.", ("answer",))


def _after_errors(question: Ordering) -> Iterator[Remark]:
    if question.after is None:
        return
    sound = True
    for step, earlier in question.after.items():
        if step not in question.steps:
            sound = False
            sentence = f"`after` speaks of {quoted(step)}: there is no such step, only {named(question.steps)}."
            yield Remark("unused-key", sentence, ("after", step), on_key=True)
        for index, other in enumerate(earlier):
            if other not in question.steps:
                sound = False
                sentence = f"`after` names {quoted(other)}: there is no such step, only {named(question.steps)}."
                yield Remark("unknown-answer", sentence, ("after", step, index))
    if sound:
        try:
            TopologicalSorter(question.after).prepare()
        except CycleError as error:
            circle = " before ".join(quoted(step) for step in error.args[1])
            yield Remark("order-circle", f"No order fulfils `after`: it wants {circle}.", ("after",))


def _fixed_keys(question: Ordering) -> Iterator[Remark]:
    places = {str(number) for number in range(1, len(question.steps) + 1)}
    for place, step in question.fixed.items():
        if place not in places:
            sentence = f"`fixed` speaks of place {quoted(place)}: the places are 1 to {len(places)}."
            yield Remark("unused-key", sentence, ("fixed", place), on_key=True)
        if step not in question.steps:
            sentence = f"`fixed` names {quoted(step)}: there is no such step, only {named(question.steps)}."
            yield Remark("unknown-answer", sentence, ("fixed", place))
    if len(set(question.fixed.values())) < len(question.fixed):
        yield Remark("unknown-answer", "`fixed` gives one step two places.", ("fixed",))
    if question.fixed and len(question.fixed) > len(question.steps) - 2:
        yield Remark("few-options", "`fixed` leaves fewer than two steps to put in order.", ("fixed",))


def _fixed_places(question: Ordering) -> Iterator[Remark]:
    for place, step in question.fixed.items():
        if question.answer is not None:
            if (other := question.answer[int(place) - 1]) != step:
                sentence = f"`fixed` puts {quoted(step)} at place {place}, and `answer` puts {quoted(other)} there."
                yield Remark("unknown-answer", sentence, ("fixed", place))
        elif not _possible(question.after or {}, step, int(place), len(question.steps)):
            sentence = f"`fixed` puts {quoted(step)} at place {place}, and `after` does not allow that."
            yield Remark("unknown-answer", sentence, ("fixed", place))


def _possible(after: Mapping[str, tuple[str, ...]], step: str, place: int, count: int) -> bool:
    later: dict[str, list[str]] = {}
    for one, earlier in after.items():
        for other in earlier:
            later.setdefault(other, []).append(one)
    return len(_reached(step, after)) < place <= count - len(_reached(step, later))


def _reached(step: str, ways: Mapping[str, tuple[str, ...] | list[str]]) -> set[str]:
    """Every step that the ways lead to from one step, directly or through others."""
    seen: set[str] = set()
    waiting = list(ways.get(step, ()))
    while waiting:
        if (other := waiting.pop()) not in seen:
            seen.add(other)
            waiting.extend(ways.get(other, ()))
    return seen
