"""Rules over a whole bank: what only shows when all of its questions are looked at together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quizbook.bank.findings import Remark, named, quoted
from quizbook.bank.hashing import digest
from quizbook.bank.questions import AnyQuestion, CodeBlank, Diagram, Matching, MultipleChoice, Ordering, Tracing
from quizbook.bank.rules.question_warnings import length, tokens

FEWEST = 8  # questions; chance explains anything in fewer
UNLIKELY = 0.01


@dataclass(frozen=True, slots=True)
class Traits:
    """What the rules over a whole bank need to know of one question; worked out once, when its file is read.

    asked: a hash of what it asks. right, longest: the keys of the right and the longest option of a question with one
    right option, where they are (the longest: where only one is). options: how many it has.
    """

    asked: str
    right: str | None = None
    longest: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A question, where it stands (the number of its file, its index there) and its traits."""

    question: AnyQuestion
    traits: Traits
    file: int
    index: int


def traits_of(question: AnyQuestion) -> Traits:
    """The traits of a question without errors."""
    asked = digest("\n".join(_asked(question)))
    if not isinstance(question, MultipleChoice) or len(question.right) != 1:
        return Traits(asked)
    lengths = {key: length(text) for key, text in question.options.items()}
    most = max(lengths.values())
    longest = [key for key in lengths if lengths[key] == most]
    return Traits(asked, question.right[0], longest[0] if len(longest) == 1 else None, tuple(lengths))


def _asked(question: AnyQuestion) -> tuple[str, ...]:
    """What a question asks, as words: its prompt and, where that only says what to do, its material."""
    match question:
        case Matching():
            material: tuple[str, ...] = tuple(question.left.values())
        case Ordering():
            material = tuple(question.steps.values())
        case CodeBlank():
            material = (question.listing,)
        case Diagram():
            material = (question.figure or "", question.listing or "")
        case Tracing():
            material = (question.code,)
        case _:
            material = ()
    return (*tokens(question.prompt), *material)


def bank_warnings(entries: Sequence[Entry], names: Sequence[str]) -> Iterator[tuple[Entry, Remark]]:
    """Warnings about one bank, each with the question that it should be shown at.

    names: of the files, by their number, as a sentence names them.
    """
    yield from _same_questions(entries, names)
    choices = [entry for entry in entries if entry.traits.right is not None]
    yield from _longest_is_right(choices)
    yield from _letter_lean(choices)


def _same_questions(entries: Sequence[Entry], names: Sequence[str]) -> Iterator[tuple[Entry, Remark]]:
    firsts: dict[str, Entry] = {}
    for entry in entries:
        first = firsts.setdefault(entry.traits.asked, entry)
        if first is not entry:
            sentence = f"This asks the same as {quoted(first.question.id)} in {names[first.file]}: keep one of them."
            yield entry, Remark("same-question", sentence, ("prompt",), "warning")


def _longest_is_right(choices: Sequence[Entry]) -> Iterator[tuple[Entry, Remark]]:
    counted = [entry for entry in choices if entry.traits.longest is not None]
    hits = [entry for entry in counted if entry.traits.longest == entry.traits.right]
    chances = [1 / len(entry.traits.options) for entry in counted]
    if len(counted) >= FEWEST and at_least(len(hits), chances) < UNLIKELY:
        sentence = (
            f"In {len(hits)} of {len(counted)} questions with one longest option that option is right, and chance "
            f"makes about {sum(chances):.0f}: even them out. They are {named(entry.question.id for entry in hits)}."
        )
        yield hits[0], Remark("longest-is-right", sentence, ("options",), "warning")


def _letter_lean(choices: Sequence[Entry]) -> Iterator[tuple[Entry, Remark]]:
    offering: dict[str, list[Entry]] = {}
    for entry in choices:
        for key in entry.traits.options:
            offering.setdefault(key, []).append(entry)
    for letter, counted in offering.items():
        hits = [entry for entry in counted if entry.traits.right == letter]
        chances = [1 / len(entry.traits.options) for entry in counted]
        if len(counted) >= FEWEST and at_least(len(hits), chances) < UNLIKELY / len(offering):
            sentence = (
                f"{quoted(letter)} is right in {len(hits)} of {len(counted)} questions, and chance makes about "
                f"{sum(chances):.0f}: give some of them another letter."
            )
            yield hits[0], Remark("letter-lean", sentence, ("answer",), "warning")


def at_least(hits: int, chances: Sequence[float]) -> float:
    """The probability of `hits` or more successes in independent trials with these chances.

    Exact up to 400 trials, beyond that by the normal distribution with continuity correction.
    """
    if hits <= 0:
        return 1.0
    if len(chances) > 400:
        spread = math.sqrt(sum(p * (1 - p) for p in chances))
        return 0.5 * math.erfc((hits - 0.5 - sum(chances)) / (spread * math.sqrt(2))) if spread else 0.0
    exactly = [1.0]  # exactly[k]: the probability of k successes so far
    for p in chances:
        exactly = [
            (exactly[k] * (1 - p) if k < len(exactly) else 0.0) + (exactly[k - 1] * p if k else 0.0)
            for k in range(len(exactly) + 1)
        ]
    return sum(exactly[hits:])
