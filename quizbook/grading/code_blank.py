"""Code with blanks: filled with offered terms or with typed code; the score is the share of right blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from quizbook.bank.questions import CodeBlank
from quizbook.grading.grade import Grade, ResponseError
from quizbook.grading.keys import as_text, find_key, read_mapping, shown
from quizbook.grading.pairs import grade_pairs
from quizbook.grading.wording import coded, several, share

_TOKEN = re.compile(r"\"[^\"]*\"|\w+|[^\w\s]")
_QUOTES = str.maketrans({"'": '"', "‘": '"', "’": '"', "“": '"', "”": '"'})


def normalized(code: str) -> tuple[str, ...]:
    """Code as its tokens: spaces between them, the style of quotes and backticks around it do not count."""
    return tuple(_TOKEN.findall(code.strip().strip("`").translate(_QUOTES)))


def read(question: CodeBlank, response: object) -> dict[str, str]:
    """The response as blank -> term key or, where no terms are offered, blank -> typed code.

    A term may be named by its text too. Raises ResponseError as `read_mapping` and `find_key` do.
    """
    blanks = blank_keys(question)
    example = f"{blanks[0]}: {next(iter(question.terms), 'code')}"
    given = read_mapping(response, blanks, "blank", example)
    read_one = _term if question.terms else _typed
    return {at: read_one(question, given[at]) for at in blanks if at in given}


def grade(question: CodeBlank, response: object) -> Grade:
    """The share of right blanks; where several assignments work (`also`), the one nearest to the response counts."""
    given = read(question, response)
    if not question.terms:
        return _grade_typed(question, given)
    grades = (_grade_terms(question, given, key) for key in (question.answer, *question.also))
    return max(grades, key=lambda one: one.score or 0.0)


def blank_keys(question: CodeBlank) -> tuple[str, ...]:
    """The blanks in the order of their key."""
    return tuple(dict.fromkeys((*question.answer, *question.accept)))


def _grade_terms(question: CodeBlank, given: Mapping[str, str], key: Mapping[str, str]) -> Grade:
    return grade_pairs(
        given, key, question.terms, noun="blank", wants=lambda at, text: f"blank {at} wants {coded(text)}"
    )


def _grade_typed(question: CodeBlank, given: Mapping[str, str]) -> Grade:
    parts: dict[str, bool] = {}
    missed: list[str] = []
    for at in blank_keys(question):
        accepted = accepted_code(question, at)
        parts[at] = at in given and normalized(given[at]) in {normalized(code) for code in accepted}
        if not parts[at]:
            missed.append(f"blank {at} wants {coded(accepted[0])}")
    right = sum(parts.values())
    return Grade(
        right / len(parts), parts, share(right, len(parts), "blank") + (f": {several(missed)}." if missed else ".")
    )


def accepted_code(question: CodeBlank, blank: str) -> tuple[str, ...]:
    """Every spelling that a blank without terms accepts, the one to show first."""
    named = question.answer.get(blank)
    return tuple(dict.fromkeys((*((named,) if named else ()), *question.accept.get(blank, ()))))


def _term(question: CodeBlank, given: object) -> str:
    if isinstance(given, str) and given not in question.terms:
        for key, text in question.terms.items():
            if normalized(text) == normalized(given):
                return key
    return find_key(given, question.terms, "term")


def _typed(question: CodeBlank, given: object) -> str:
    if isinstance(given, (str, int, float)):  # `{1: 768}` is code as well
        return as_text(given)
    raise ResponseError(f"A blank wants a piece of code as text; this is {shown(given)}.")
