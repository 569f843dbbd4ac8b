"""Warnings of one question: it works, and still a learner gets less from it, or gets the answer for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from quizbook.bank.findings import Remark, named, quoted
from quizbook.bank.questions import (
    AnyQuestion,
    CodeBlank,
    Diagram,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    ShortAnswer,
)

MUCH_LONGER = 1.4  # times the longest wrong option, and
LONGER_BY = 15  # characters more than that
_CATCH_ALL = re.compile(
    r"\b(all|none|any|both|neither) of (the )?(above|below|these|those|others?|options|answers)\b"
    r"|\b(both|neither) \(?[a-f]\)? (and|nor) \(?[a-f]\)?\W*$|^\W*\(?[a-f]\)? and \(?[a-f]\)?\W*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+|[^\w\s]")
_SECTION = re.compile(r"([A-Za-z0-9]+)\.\d")


def warnings_of(question: AnyQuestion, chapter: str) -> Iterator[Remark]:
    """Everything that an author should look at again; only for questions without errors."""
    if not question.explain.strip():
        yield _warning("no-explain", "There is no `explain`: say what a learner should take from this question.")
    if (found := _SECTION.match(question.section)) and found[1] != chapter:
        sentence = f"Section {quoted(question.section)} does not begin with the file's chapter, {quoted(chapter)}."
        yield _warning("section-chapter", sentence, "section")
    for field, offered in _offered(question):
        yield from _same(field, offered)
    match question:
        case MultipleChoice():
            yield from _choice_warnings(question)
        case Diagram(figure=str(), alt=""):
            yield _warning(
                "no-alt", "There is no `alt`: say the figure in words, for those who cannot see it.", "figure"
            )
        case ShortAnswer() if _is_within(question.answer, question.prompt):
            yield _gives_away("the model answer")
        case Numeric() if len(str(question.answer).strip("-0.")) > 2 and _is_within(
            str(question.answer), question.prompt
        ):
            yield _gives_away(f"the answer {question.answer}")


def _warning(rule: str, sentence: str, *at: str) -> Remark:
    return Remark(rule, sentence, at, "warning")


def _gives_away(what: str) -> Remark:
    return _warning("gives-away", f"The prompt gives its answer away: it contains {what}.", "prompt")


def _offered(question: AnyQuestion) -> Iterator[tuple[str, Mapping[str, str]]]:
    match question:
        case MultipleChoice():
            yield "options", question.options
        case Matching():
            yield "left", question.left
            yield "right", question.right
        case Ordering():
            yield "steps", question.steps
        case CodeBlank():
            yield "terms", question.terms
        case Diagram():
            yield "labels", question.labels


def _same(field: str, offered: Mapping[str, str]) -> Iterator[Remark]:
    firsts: dict[tuple[str, ...], str] = {}
    for key, text in offered.items():
        first = firsts.setdefault(tokens(text) or (text,), key)
        if first != key:
            sentence = f"{quoted(f'{field}.{first}')} and {quoted(f'{field}.{key}')} say the same."
            yield _warning("same-options", sentence, field, key)


def tokens(text: str) -> tuple[str, ...]:
    """A text as its words and signs, without case, emphasis, spaces and the marks between clauses."""
    return tuple(token for token in _WORD.findall(text.casefold()) if token not in "`*_.,;:?!\"'")


def length(text: str) -> int:
    """How long an option looks: characters without Markdown's signs, runs of spaces counted once."""
    return len(" ".join(re.sub(r"[`*]", "", text).split()))


def _choice_warnings(question: MultipleChoice) -> Iterator[Remark]:
    if not question.why:
        yield _warning("no-why", "There is no `why`: say for each option what makes it right or wrong.", "options")
    elif missing := [key for key in question.options if key not in question.why]:
        yield _warning("no-why", f"`why` is silent about {named(missing)}.", "why")
    for key, text in question.options.items():
        if _CATCH_ALL.search(text):
            sentence = f"{quoted(text)} tests reading, not knowledge, and options are shown in a new order each time."
            yield _warning("all-of-the-above", sentence, "options", key)
    right = set(question.right)
    wrong = [text for key, text in question.options.items() if key not in right]
    if not wrong:
        return
    longest = max(map(length, wrong))
    for key in question.right:
        long = length(question.options[key])
        if long > MUCH_LONGER * longest and long >= longest + LONGER_BY:
            sentence = f"The right option has {long} characters and the longest wrong one {longest}: even them out."
            yield _warning("long-answer", sentence, "options", key)
        if _is_within(question.options[key], question.prompt) and not any(
            _is_within(text, question.prompt) for text in wrong
        ):
            yield _gives_away(f"the right option {quoted(question.options[key])} and no other")


def _is_within(answer: str, prompt: str) -> bool:
    said = prompt.casefold()
    if not all(word in said for word in re.findall(r"\w+", answer.casefold())[:3]):
        return False  # nearly always, and cheaper than the tokens
    wanted = " ".join(tokens(answer))
    return bool(wanted) and f" {wanted} " in f" {' '.join(tokens(prompt))} "
