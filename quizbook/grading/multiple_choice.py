"""Multiple choice: one right option, or several, where wrong picks take off what right picks earned."""

from __future__ import annotations

from quizbook.bank.questions import MultipleChoice
from quizbook.grading.grade import Grade, ResponseError
from quizbook.grading.keys import find_key, is_blank, shown
from quizbook.grading.wording import counted, quoted, several


def read(question: MultipleChoice, response: object) -> str | list[str]:
    """The picked option, or the list of picks in the question's order where several may be right.

    Raises ResponseError: nothing picked, an unknown option, the same option twice, two picks where one is wanted.
    """
    example = next(iter(question.options))
    picks = response if isinstance(response, (list, tuple)) else [response]
    if not picks or any(is_blank(pick) for pick in picks):
        raise ResponseError(f"Nothing is picked: name an option, such as {example}.")
    found = [find_key(pick, question.options, "option") for pick in picks]
    if len(set(found)) < len(found):
        raise ResponseError(f"An option is picked twice: {shown(list(picks))}.")
    if isinstance(question.answer, str):
        if len(found) > 1:
            raise ResponseError(f"One option is wanted, such as {example}; these are {len(found)}.")
        return found[0]
    return [key for key in question.options if key in found]


def grade(question: MultipleChoice, response: object) -> Grade:
    """1 or 0 for one right option; for several: (right picks - wrong picks) / right options, never below 0."""
    picked = read(question, response)
    if isinstance(picked, str):
        return _grade_one(question, picked)
    wanted = set(question.right)
    hits = [key for key in picked if key in wanted]
    strays = [key for key in picked if key not in wanted]
    score = max(0, len(hits) - len(strays)) / len(wanted)
    parts = {key: (key in picked) == (key in wanted) for key in question.options}
    return Grade(score, parts, _words(question, hits, strays))


def _grade_one(question: MultipleChoice, picked: str) -> Grade:
    if picked in question.right:
        return Grade(1.0, {picked: True}, f"Right: {quoted(question.options[picked])}.")
    wanted = quoted(question.options[question.right[0]])
    return Grade(0.0, {picked: False}, f"Not right: the answer is {wanted}.")


def _words(question: MultipleChoice, hits: list[str], strays: list[str]) -> str:
    wanted = question.right
    if len(hits) == len(wanted) and not strays:
        return f"All {counted(len(wanted), 'right option')} picked and no other."
    said = f"{len(hits)} of {counted(len(wanted), 'right option')} picked"
    if strays and hits:
        left = max(0, len(hits) - len(strays))
        said += f", less {counted(len(strays), 'wrong pick')}: {left} of {len(wanted)}"
    reasons = [f"{quoted(question.options[key])} does not hold" for key in strays]
    reasons += [f"{quoted(question.options[key])} holds too" for key in wanted if key not in hits]
    return f"{said}: {several(reasons)}."
