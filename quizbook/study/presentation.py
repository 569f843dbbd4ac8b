"""A question as it is shown: options in drawn order under fresh letters, and the way back to the keys.

Responses are stored in the question's own keys, so that shuffling, translating or rewording changes no history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_lowercase
from typing import assert_never

from quizbook.bank import questions as kinds
from quizbook.bank.questions import AnyQuestion
from quizbook.grading.code_blank import accepted_code, blank_keys
from quizbook.grading.ordering import one_right_order
from quizbook.study.draw import drawn


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that is shown: its label on the screen, its key in the question, its text."""

    label: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Presentation:
    """A question as this learner sees it this time.

    seed: what the order was drawn from; the attempt keeps it.
    places: what wants an answer, in the question's order: left sides, blanks, places of a figure.
    choices: what may be answered, in drawn order: options, right sides, steps, labels, terms; empty where one types.
    given: for an ordering, position (from 1) -> the step that is given there.
    """

    question: AnyQuestion
    seed: int
    places: tuple[Shown, ...] = ()
    choices: tuple[Shown, ...] = ()
    given: Mapping[int, Shown] | None = None

    def choice(self, key: str) -> Shown:
        """The choice with this key of the question; KeyError if there is none (a given step has no letter)."""
        return {choice.key: choice for choice in self.choices}[key]

    @property
    def several(self) -> bool:
        """Whether more than one option may be picked."""
        return isinstance(self.question, kinds.MultipleChoice) and not isinstance(self.question.answer, str)


def present(question: AnyQuestion, seed: int) -> Presentation:
    """Draw the order for a question; the same seed always gives the same presentation."""
    match question:
        case kinds.MultipleChoice():
            return Presentation(question, seed, choices=_choices(question, question.options, seed))
        case kinds.Matching():
            places = _places(question.left, question.left)
            return Presentation(question, seed, places, _choices(question, question.right, seed))
        case kinds.Ordering():
            given = {int(at): Shown("", step, question.steps[step]) for at, step in question.fixed.items()}
            free = {key: text for key, text in question.steps.items() if key not in question.fixed.values()}
            return Presentation(question, seed, choices=_choices(question, free, seed), given=given)
        case kinds.CodeBlank():
            blanks = blank_keys(question)
            terms = _choices(question, question.terms, seed, upper=True)
            return Presentation(question, seed, _places(blanks, {}), terms)
        case kinds.Diagram():
            labels = _choices(question, question.labels, seed)
            return Presentation(question, seed, _places(question.answer, {}), labels)
        case kinds.ShortAnswer() | kinds.Tracing() | kinds.Numeric():
            return Presentation(question, seed)
    assert_never(question)


def answer_lines(shown: Presentation) -> tuple[str, ...]:
    """The right answer in the letters of this presentation, a line for each part, for display after answering."""
    question = shown.question
    match question:
        case kinds.MultipleChoice():
            return tuple(_labelled(shown.choice(key)) for key in question.right)
        case kinds.Matching():
            return _pair_lines(shown, question.answer)
        case kinds.Diagram():
            return _pair_lines(shown, question.answer)
        case kinds.CodeBlank() if question.terms:
            return _pair_lines(shown, question.answer)
        case kinds.CodeBlank():
            return tuple(f"{at.label}  {' or '.join(accepted_code(question, at.key))}" for at in shown.places)
        case kinds.Ordering():
            letters = {choice.key: choice.label for choice in shown.choices}
            return tuple(
                f"{at}. {question.steps[step]}" + (f" ({letters[step]})" if step in letters else "")
                for at, step in enumerate(one_right_order(question), 1)
            )
        case kinds.Tracing():
            return tuple(question.answer.strip("\n").split("\n"))
        case kinds.Numeric():
            return (f"{question.answer} {question.unit}".rstrip(),)
        case kinds.ShortAnswer():
            return (question.answer,)
    assert_never(question)


def _pair_lines(shown: Presentation, answer: Mapping[str, str]) -> tuple[str, ...]:
    pairs = [(at, shown.choice(answer[at.key])) for at in shown.places]
    return tuple(f"{at.label}{it.label}  {f'{at.text} – ' if at.text else ''}{it.text}" for at, it in pairs)


def _labelled(choice: Shown) -> str:
    return f"{choice.label}  {choice.text}"


def _choices(question: AnyQuestion, texts: Mapping[str, str], seed: int, *, upper: bool = False) -> tuple[Shown, ...]:
    order = drawn(texts, seed, question.id)
    letters = ascii_lowercase.upper() if upper else ascii_lowercase
    if len(order) > len(letters):
        labels = [f"{letters[at // 26]}{letters[at % 26]}" for at in range(len(order))]
    else:
        labels = list(letters[: len(order)])
    return tuple(Shown(label, key, texts[key]) for label, key in zip(labels, order, strict=True))


def _places(keys: Iterable[str], texts: Mapping[str, str]) -> tuple[Shown, ...]:
    """Places keep their keys as labels where these are numbers (a listing shows them); else they are numbered."""
    listed = tuple(keys)
    numbered = all(key.isdecimal() for key in listed)
    return tuple(Shown(key if numbered else str(at), key, texts.get(key, "")) for at, key in enumerate(listed, 1))
