"""What a person types at the prompt: a response in the question's own keys, or a sentence that says what is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from quizbook.bank import questions as kinds
from quizbook.grading.grade import ResponseError
from quizbook.grading.keys import listed
from quizbook.grading.keys import shown as cut
from quizbook.study.events import Confidence
from quizbook.study.presentation import Presentation, Shown

_CONFIDENCE: dict[str, Confidence] = {"!": "sure", "?": "guess"}
_BETWEEN = re.compile(r"[\s,;:=.()>→-]+")
_BLANK_MARK = re.compile(r"\s*(?:«\s*(\w+)\s*»|(\d+)\s*[:=)](?!=))\s*")


@dataclass(frozen=True, slots=True)
class Typed:
    """A response in the question's own keys, and how sure its author is where that was typed too."""

    response: Any
    confidence: Confidence | None = None


def wanted(shown: Presentation) -> str:
    """What is to be typed for this question, with an example: "a letter, such as b"."""
    labels = [choice.label for choice in shown.choices]
    match shown.question:
        case kinds.MultipleChoice():
            if shown.several:
                return f"letters, such as {labels[0]} {labels[-1]}"
            return f"one letter, {labels[0]} to {labels[-1]}"
        case kinds.Ordering():
            return f"all letters in order, such as {' '.join(reversed(labels))}"
        case kinds.Matching() | kinds.Diagram():
            return f"a letter for each number, such as {_example(shown)}"
        case kinds.CodeBlank() if shown.choices:
            return f"a letter for each blank, such as {_example(shown)}"
        case kinds.CodeBlank():
            return "the code of the blank" if len(shown.places) == 1 else "the code of each blank, one to a line"
        case kinds.Numeric():
            unit = f" ({shown.question.unit})" if shown.question.unit else ""
            rounded = ", or rounded such as 7.25M" if shown.question.tolerance == "rounded" else ""
            return f"a number{unit}{rounded}"
        case kinds.Tracing():
            return "what it prints"
        case kinds.ShortAnswer():
            return "your answer in a few sentences"


def takes_lines(shown: Presentation) -> bool:
    """Whether the answer may run over several lines (a short answer, longer output, several typed blanks)."""
    match shown.question:
        case kinds.ShortAnswer():
            return True
        case kinds.Tracing():
            return "\n" in shown.question.answer.strip()
        case kinds.CodeBlank():
            return not shown.choices and len(shown.places) > 1
    return False


def takes_free_text(shown: Presentation) -> bool:
    """Whether any text may be an answer, also one that begins with a colon."""
    return not shown.choices and not isinstance(shown.question, kinds.Numeric)


def takes_letters(shown: Presentation) -> bool:
    """Whether letters are typed; a trailing `!` or `?` then says how sure one is."""
    return bool(shown.choices)


def read_typed(shown: Presentation, line: str) -> Typed:
    """Read what was typed. Raises ResponseError with a sentence that says what is expected."""
    question = shown.question
    text = line.strip()
    if not text:
        raise ResponseError(f"Type {wanted(shown)}.")
    if not takes_letters(shown):
        response = _blanks(shown, text) if isinstance(question, kinds.CodeBlank) else text
        from quizbook.grading.grader import as_stored  # not before the first question is on the screen

        return Typed(as_stored(question, response))
    confidence = _CONFIDENCE.get(text[-1])
    text = text.rstrip("!? ")
    read = {"multiple_choice": _picks, "ordering": _order}.get(question.kind, _pairs)
    return Typed(read(shown, text), confidence)


def read_ticks(question: kinds.ShortAnswer, line: str) -> list[int]:
    """The numbers of the points ticked: "1 3", "13", "all", "none" (or 0). Raises ResponseError."""
    total = len(question.points)
    text = line.strip().casefold()
    if text in ("all", "none", "0"):
        return list(range(1, total + 1)) if text == "all" else []
    numbers = re.findall(r"\d" if total < 10 else r"\d+", text)
    if not numbers or re.search(r"[^\d\s,;.&+-]", text.replace("and", " ")):
        raise ResponseError(f"Type the numbers of the points that your text makes, such as 1 {total}, or all, or none.")
    if beyond := [number for number in numbers if not 1 <= int(number) <= total]:
        raise ResponseError(f"There is no point {beyond[0]}: the points are numbered 1 to {total}.")
    return sorted({int(number) for number in numbers})


def _picks(shown: Presentation, text: str) -> str | list[str]:
    picked = _letters(shown, text)
    if len(set(picked)) < len(picked):
        raise ResponseError(f"A letter came twice: type {wanted(shown)}.")
    if shown.several:
        return [choice.key for choice in shown.choices if choice in picked]
    if len(picked) != 1:
        raise ResponseError(f"Only one option is right: type {wanted(shown)}.")
    return picked[0].key


def _order(shown: Presentation, text: str) -> list[str]:
    steps = _letters(shown, text)
    if twice := sorted({step.label for step in steps if steps.count(step) > 1}):
        raise ResponseError(f"Each step stands once, but {listed(twice, 'and')} came more than once.")
    if missing := [step.label for step in shown.choices if step not in steps]:
        raise ResponseError(f"Every step is wanted: {listed(missing, 'and')} did not come.")
    return [step.key for step in steps]


def _pairs(shown: Presentation, text: str) -> dict[str, str]:
    if not re.search(r"\d", text):
        values = _letters(shown, text)
        if len(values) != len(shown.places):
            raise ResponseError(f"{len(shown.places)} letters are wanted and {len(values)} came: type {wanted(shown)}.")
        return {at.key: value.key for at, value in zip(shown.places, values, strict=True)}
    runs = re.findall(r"\d+|[^\W\d_]+", text)
    places, letters = runs[::2], runs[1::2]
    if len(runs) % 2 or not all(run.isdecimal() for run in places) or any(run.isdecimal() for run in letters):
        raise ResponseError(f"Each number wants one letter: type {wanted(shown)}.")
    known = {at.label: at for at in shown.places}
    pairs: dict[str, str] = {}
    for label, letter in zip(places, letters, strict=True):
        if label not in known:
            raise ResponseError(f"There is no {label}: type {wanted(shown)}.")
        at = known[label]
        if at.key in pairs:
            raise ResponseError(f"{label} came twice: type {wanted(shown)}.")
        pairs[at.key] = _one(shown, letter).key
    if missing := [at.label for at in shown.places if at.key not in pairs]:
        raise ResponseError(
            f"No letter came for {listed(missing, 'and')}; a guess costs nothing: type {wanted(shown)}."
        )
    return {at.key: pairs[at.key] for at in shown.places}


def _blanks(shown: Presentation, text: str) -> dict[str, str]:
    """Typed code for each blank: lines in order, or lines that begin with the blank's number ("2: x.T")."""
    lines = [line for line in text.split("\n") if line.strip()]
    known = {at.label: at.key for at in shown.places}
    marks = [_BLANK_MARK.match(line) for line in lines]
    labels = [mark and (mark[1] or mark[2]) for mark in marks]
    if all(label in known for label in labels) and len(set(labels)) == len(lines):
        return {
            known[str(label)]: line[mark.end() :]
            for label, line, mark in zip(labels, lines, marks, strict=True)
            if mark
        }
    if len(lines) != len(known):
        raise ResponseError(f"{len(known)} blanks want {len(known)} lines and {len(lines)} came: one blank to a line.")
    return {at.key: line.strip() for at, line in zip(shown.places, lines, strict=True)}


def _letters(shown: Presentation, text: str) -> list[Shown]:
    """The choices that a text names: "b d", "b, d", "bd"."""
    words = [word for word in _BETWEEN.split(text) if word and word.casefold() != "and"]
    if not words:
        raise ResponseError(f"Type {wanted(shown)}.")
    if all(len(choice.label) == 1 for choice in shown.choices):
        words = [letter for word in words for letter in word]
    return [_one(shown, word) for word in words]


def _one(shown: Presentation, letter: str) -> Shown:
    for choice in shown.choices:
        if choice.label.casefold() == letter.casefold():
            return choice
    first, last = shown.choices[0].label, shown.choices[-1].label
    raise ResponseError(f"There is no {cut(letter)}, only {first} to {last}: type {wanted(shown)}.")


def _example(shown: Presentation) -> str:
    """An example that is no hint: the letters from the last to the first, in turn."""
    labels = [choice.label for choice in reversed(shown.choices)]
    return " ".join(f"{at.label}{labels[number % len(labels)]}" for number, at in enumerate(shown.places))
