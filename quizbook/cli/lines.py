"""How a question, its feedback and a summary look as plain lines of text, without colours or a screen."""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
from collections.abc import Iterable

from quizbook.bank import questions as kinds
from quizbook.bank.questions import AnyQuestion
from quizbook.study.markdown import blocks
from quizbook.study.presentation import Presentation, Shown
from quizbook.study.session import Feedback, Summary
from quizbook.study.wording import (
    HIDDEN,
    NOTED,
    SEVERAL,
    again_by_section,
    answered_words,
    kind_words,
    material,
    open_words,
    reasons,
    repeated_words,
    right_answer,
    score_words,
)

WIDEST = 80
NARROWEST = 24

COMMANDS = (
    (":hint", "show the next hint"),
    (":skip", "go on without an answer"),
    (":alt", "say a figure in words"),
    (":undo", "take your last answer back"),
    (":flag", "mark this question; what stands behind it is kept as a note"),
    (":quit", "end here; what you answered is kept"),
    (":help", "show this (? does the same)"),
)


def screen_width() -> int:
    """The columns to write in: those of the terminal, at most 80."""
    return max(NARROWEST, min(WIDEST, _columns()))


def _columns() -> int:
    """What `shutil.get_terminal_size` says; its import would cost 4 ms for archives that nobody unpacks here."""
    with contextlib.suppress(ValueError):
        if (told := int(os.environ.get("COLUMNS", ""))) > 0:
            return told
    with contextlib.suppress(ValueError, OSError):
        if sys.__stdout__ is not None:
            return os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDEST
    return WIDEST


def wrapped(text: str, width: int, *, indent: str = "", hanging: str = "") -> list[str]:
    """Markdown as lines: paragraphs and list items are filled, code between fences stays as it is.

    indent: before every line. hanging: in addition before every line of a paragraph but its first.
    """
    lines: list[str] = []
    for block in blocks(text):
        if block.code:
            lines.append(f"{indent}  {block.text}")
        elif not block.text:
            lines.append("")
        else:
            further = " " * len(block.lead) if block.lead else hanging
            lines.extend(_filled(block.text, width, indent, indent + further))
    return lines


def labelled(items: Iterable[Shown], width: int) -> list[str]:
    """One item a paragraph: its label, then its text, hanging behind the label."""
    lines: list[str] = []
    for item in items:
        lead = f"  {item.label}  "
        lines += _filled(" ".join(item.text.split()), width, lead, " " * len(lead))
    return lines


def question_lines(shown: Presentation, number: int, total: int, width: int) -> list[str]:
    """Everything that a learner sees before answering."""
    question = shown.question
    head = f"Question {number} of {total} · section {question.section} · {kind_words(question)}"
    lines = [*_filled(head, width, "", "  "), "", *wrapped(question.prompt, width)]
    if about := material(question):
        lines += ["", *(f"  {line}".rstrip() for line in about.strip("\n").expandtabs(4).split("\n"))]
    if shown.several:
        lines += ["", SEVERAL]
    if shown.given:
        given = sorted(shown.given.items())
        lines += ["", "Given:", *labelled((Shown(f"{at}.", step.key, step.text) for at, step in given), width)]
    for group in (shown.places if isinstance(question, kinds.Matching) else (), shown.choices):
        if group:
            lines += ["", *labelled(group, width)]
    return lines


def feedback_lines(feedback: Feedback, width: int) -> list[str]:
    """What an answer came to and why; in a pretest only that it was noted."""
    result, question = feedback.grade, feedback.shown.question
    if result is None:
        return [NOTED]
    lines = wrapped(result.sentence, width)
    if why := reasons(feedback):
        lines += ["", *labelled(why, width)]
    if right := right_answer(feedback):
        heading, answer = right
        lines += ["", heading]
        for line in answer:
            lines += [f"  {line}"] if isinstance(question, kinds.Tracing) else _filled(line, width, "  ", "     ")
    return [*lines, *background_lines(question, width)]


def background_lines(question: AnyQuestion, width: int) -> list[str]:
    """What is shown after any answer: the explanation, what the guide has wrong, and the code to look at."""
    lines: list[str] = []
    if question.explain.strip():
        lines += ["", *wrapped(question.explain, width)]
    if question.erratum:
        lines += ["", *wrapped(f"Erratum: {question.erratum}", width, hanging="  ")]
    if question.see:
        lines += ["", *wrapped(f"See {', '.join(question.see)}", width, hanging="    ")]
    return lines


def comparison_lines(question: kinds.ShortAnswer, remark: str, width: int) -> list[str]:
    """The model answer, its points by number, and the one remark, for a learner who is about to tick."""
    points = [Shown(str(at), str(at), point.point) for at, point in enumerate(question.points, 1)]
    lines = ["A model answer:", *wrapped(question.answer, width, indent="  ")]
    lines += ["", "Its points:", *labelled(points, width)]
    return [*lines, "", *wrapped(remark, width)] if remark else lines


def help_lines(shown: Presentation, width: int) -> list[str]:
    """The commands that work at any prompt, and how to say how sure one is."""
    lines = [f"  {name}  {what}" for name, what in COMMANDS]
    if shown.choices:
        lines += wrapped("Letters may end in ! when you are sure, or in ? when you guess: b!", width, indent="  ")
    return lines


def summary_lines(summary: Summary, width: int) -> list[str]:
    """The end of a sitting: how much was answered, the score, and what to look at again."""
    lines = wrapped(answered_words(summary), width)
    if summary.hidden:
        lines += wrapped(HIDDEN, width)
    if summary.overall.points:
        lines += [f"Score: {score_words(summary.overall)}"]
        if len(summary.by_kind) > 1:
            for kind, tally in summary.by_kind.items():
                lines.append(f"  {kind.replace('_', ' '):<16} {score_words(tally)}")
    if summary.repeated:
        lines += wrapped(repeated_words(summary), width)
    if summary.open:
        lines += wrapped(open_words(summary), width)
    if sections := again_by_section(summary):
        lines += ["Look at again:"]
        for section, ids in sections.items():
            lines += wrapped(f"section {section}: {', '.join(ids)}", width, indent="  ", hanging="  ")
    return lines


def _filled(text: str, width: int, first: str, further: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_on_hyphens=False,
        break_long_words=width < WIDEST,
    ) or [first.rstrip()]
