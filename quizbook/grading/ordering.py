"""Ordering: what counts is the largest part of the steps that stands in right order.

A pair of steps is inverted when the response puts y before x although x must come before y. The inverted pairs are a
partial order themselves (the question's precedence meets the response read backwards), so the largest subset without
an inverted pair is a largest antichain, and Dilworth and König give it by a bipartite matching. With a single right
order this is the longest increasing subsequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quizbook.bank.questions import Ordering
from quizbook.grading.grade import Grade, ResponseError
from quizbook.grading.keys import find_key, is_blank, listed, shown
from quizbook.grading.wording import counted, quoted, several


def read(question: Ordering, response: object) -> list[str]:
    """All steps in the order given, the fixed ones at their places (a response may leave those out).

    Raises ResponseError: not a list, an unknown, missing or doubled step, a given step that was moved.
    """
    if isinstance(response, str) or not isinstance(response, Sequence) or any(is_blank(step) for step in response):
        raise ResponseError(
            f"Give the steps as a list, such as [{', '.join(question.steps)}]; this is {shown(response)}."
        )
    order = [find_key(step, question.steps, "step") for step in response]
    if twice := sorted({step for step in order if order.count(step) > 1}):
        raise ResponseError(f"Each step stands once: {listed(twice, 'and')} came more than once.")
    given = {int(position): step for position, step in question.fixed.items()}
    if not set(order) & set(given.values()):
        for position in sorted(given):
            order.insert(position - 1, given[position])
    if missing := [step for step in question.steps if step not in order]:
        raise ResponseError(f"Every step is wanted: {listed(missing, 'and')} did not come.")
    for position, step in given.items():
        if order[position - 1] != step:
            raise ResponseError(f"Step {step} is given and stays at position {position}.")
    return order


def grade(question: Ordering, response: object) -> Grade:
    """max(0, 1 - 2(n - L)/n): n steps that are not given, L of them the largest part in right order."""
    order = read(question, response)
    given = set(question.fixed.values())
    free = [step for step in order if step not in given]
    before = precedence(question)
    inverted = _inverted(order, before)
    if question.after is not None:  # a step on the wrong side of a given one is out of order, whatever the rest does
        free_to_count = [x for x in free if not any((x, y) in inverted or (y, x) in inverted for y in given)]
    else:
        free_to_count = free
    kept = _largest_antichain(free_to_count, inverted)
    n = len(free)
    score = max(0.0, 1 - 2 * (n - len(kept)) / n) if n else 1.0
    return Grade(score, {step: step in kept for step in free}, _words(question, free, kept, score))


def precedence(question: Ordering) -> Mapping[str, frozenset[str]]:
    """Step -> every step that must come before it, directly or through others."""
    if question.answer is not None:
        return {step: frozenset(question.answer[:at]) for at, step in enumerate(question.answer)}
    direct = question.after or {}
    closed: dict[str, frozenset[str]] = {}
    for step in question.steps:
        seen: set[str] = set()
        waiting = list(direct.get(step, ()))
        while waiting:
            earlier = waiting.pop()
            if earlier not in seen:
                seen.add(earlier)
                waiting.extend(direct.get(earlier, ()))
        closed[step] = frozenset(seen)
    return closed


def one_right_order(question: Ordering) -> tuple[str, ...]:
    """The right order, or one of them, with the steps that are given at their places where that is possible."""
    if question.answer is not None:
        return question.answer
    before = precedence(question)
    order: list[str] = []
    waiting = list(question.steps)
    while waiting:
        ready = [step for step in waiting if before[step] <= set(order)] or waiting
        here = question.fixed.get(str(len(order) + 1))
        elsewhere = set(question.fixed.values()) - {here}
        step = here if here in ready else next((step for step in ready if step not in elsewhere), ready[0])
        order.append(step)
        waiting.remove(step)
    return tuple(order)


def _inverted(order: Sequence[str], before: Mapping[str, frozenset[str]]) -> set[tuple[str, str]]:
    """Pairs (y, x) where y stands before x in the order although x must come before y."""
    return {(y, x) for at, y in enumerate(order) for x in order[at + 1 :] if x in before.get(y, ())}


def _largest_antichain(steps: Sequence[str], inverted: set[tuple[str, str]]) -> frozenset[str]:
    """The largest subset of steps without an inverted pair."""
    above = {y: [x for x in steps if (y, x) in inverted] for y in steps}
    matched: dict[str, str] = {}  # x -> the y that it is matched to

    def augment(y: str, tried: set[str]) -> bool:
        for x in above[y]:
            if x not in tried:
                tried.add(x)
                if x not in matched or augment(matched[x], tried):
                    matched[x] = y
                    return True
        return False

    for y in steps:
        augment(y, set())

    lefts = set(steps) - set(matched.values())  # König: what alternating paths from unmatched lefts reach
    rights: set[str] = set()
    waiting = list(lefts)
    while waiting:
        for x in above[waiting.pop()]:
            if x not in rights:
                rights.add(x)
                if matched[x] not in lefts:
                    lefts.add(matched[x])
                    waiting.append(matched[x])
    return frozenset(step for step in steps if step in lefts and step not in rights)


def _words(question: Ordering, free: Sequence[str], kept: frozenset[str], score: float) -> str:
    if len(kept) == len(free):
        return f"All {counted(len(free), 'step')} stand in a right order."
    out = [quoted(question.steps[step]) for step in free if step not in kept]
    said = f"{len(kept)} of {counted(len(free), 'step')} stand in a right order among themselves"
    cost = f"each step out of place costs two steps, so the score is {score:.2f}"
    return f"{said}; out of place: {several(out)}; {cost}."
