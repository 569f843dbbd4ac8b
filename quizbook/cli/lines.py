"""How a question, its feedback and a summary look as plain lines of text, without colours or a screen."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence

from quizbook.bank import questions as kinds
from quizbook.bank.questions import AnyQuestion
from quizbook.grading.wording import counted
from quizbook.study.presentation import Presentation, Shown, answer_lines
from quizbook.study.session import Feedback, Summary, Tally

WIDEST = 80
NARROWEST = 24
_ITEM = re.compile(r"(\s*(?:[-*]|\d+[.)])\s+)\S")
_FENCE = re.compile(r"\s*(```|~~~)")

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
    paragraph: list[str] = []
    fenced = False

    def fill() -> None:
        if paragraph:
            item = _ITEM.match(paragraph[0])
            further = " " * len(item[1].lstrip()) if item else hanging
            joined = " ".join(line.strip() for line in paragraph)
            lines.extend(_filled(joined, width, indent, indent + further))
            paragraph.clear()

    for line in text.strip("\n").split("\n"):
        if _FENCE.match(line):
            fill()
            fenced = not fenced
        elif fenced:
            lines.append(f"{indent}  {line.rstrip()}")
        elif not line.strip():
            fill()
            lines.append("")
        else:
            if _ITEM.match(line):
                fill()
            paragraph.append(line)
    fill()
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
    if material := _material(question):
        lines += ["", *(f"  {line}".rstrip() for line in material.strip("\n").expandtabs(4).split("\n"))]
    if shown.several:
        lines += ["", "More than one option is right; wrong picks take points off."]
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
        return ["Noted. Right or wrong stays hidden until you have read the section."]
    lines = wrapped(result.sentence, width)
    if isinstance(question, kinds.MultipleChoice):
        lines += _reasons(feedback.shown, question, feedback.response, width)
    elif isinstance(question, kinds.Tracing) and not result.right:
        lines += ["", "It prints:", *(f"  {line}" for line in answer_lines(feedback.shown))]
    elif isinstance(question, kinds.Ordering) and not result.right:
        lines += ["", "A right order:" if question.after else "The right order:"]
        for line in answer_lines(feedback.shown):
            lines += _filled(line, width, "  ", "     ")
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
    said = f"You answered {summary.answered} of {counted(summary.total, 'question')}"
    if summary.skipped:
        said += f" and skipped {summary.skipped}"
    lines = wrapped(f"{said}, in {_duration(summary.seconds)}.", width)
    if summary.overall.points:
        lines += [f"Score: {_points(summary.overall)}"]
        if len(summary.by_kind) > 1:
            for kind, tally in summary.by_kind.items():
                lines.append(f"  {kind.replace('_', ' '):<16} {_points(tally)}")
    if summary.repeated:
        lines += wrapped(f"{counted(summary.repeated, 'question')} came again, outside the score.", width)
    if summary.open:
        lines += wrapped(f"{counted(summary.open, 'short answer')} kept without ticks, so without a score.", width)
    sections: dict[str, list[str]] = {}
    for outcome in summary.again:
        sections.setdefault(outcome.question.section, []).append(outcome.question.id)
    if sections:
        lines += ["Look at again:"]
        for section, ids in sections.items():
            lines += wrapped(f"section {section}: {', '.join(ids)}", width, indent="  ", hanging="  ")
    return lines


def kind_words(question: AnyQuestion) -> str:
    """The kind of a question as people say it: "multiple choice"."""
    return question.kind.replace("_", " ")


def _material(question: AnyQuestion) -> str:
    """The listing, figure or code that the question is about, or nothing."""
    match question:
        case kinds.CodeBlank():
            return question.listing
        case kinds.Diagram():
            return question.figure or question.listing or ""
        case kinds.Tracing():
            return question.code
    return ""


def _reasons(shown: Presentation, question: kinds.MultipleChoice, picked: str | Sequence[str], width: int) -> list[str]:
    """Why each picked option holds or does not, then the right ones that were not picked."""
    picks = [picked] if isinstance(picked, str) else list(picked)
    keys = dict.fromkeys((*picks, *question.right))
    reasons = [Shown(shown.choice(key).label, key, question.why[key]) for key in keys if question.why.get(key)]
    return ["", *labelled(reasons, width)] if reasons else []


def _filled(text: str, width: int, first: str, further: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_on_hyphens=False,
        break_long_words=width < WIDEST,
    ) or [first.rstrip()]


def _points(tally: Tally) -> str:
    share = round(100 * tally.score / tally.points)
    return f"{tally.score:.2f}".rstrip("0").rstrip(".") + f" of {counted(tally.points, 'point')} ({share} %)"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
