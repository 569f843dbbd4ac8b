"""What is said about a question, an answer and a sitting, in words that every front end lays out in its own way."""

from __future__ import annotations

from quizbook.bank import questions as kinds
from quizbook.bank.questions import AnyQuestion
from quizbook.grading.wording import counted
from quizbook.study.presentation import Shown, answer_lines
from quizbook.study.session import Feedback, Summary, Tally

NOTED = "Noted. Right or wrong stays hidden until you have read the section."
NO_HINTS = "A pretest gives no hints: it asks what you know before you read."
HIDDEN = "What was right stays hidden until you have read."
SEVERAL = "More than one option is right; wrong picks take points off."
NO_FIGURE = "There is no figure to put into words."


def kind_words(question: AnyQuestion) -> str:
    """The kind of a question as people say it: "multiple choice"."""
    return question.kind.replace("_", " ")


def material(question: AnyQuestion) -> str:
    """The listing, figure or code that the question is about, or nothing."""
    match question:
        case kinds.CodeBlank():
            return question.listing
        case kinds.Diagram():
            return question.figure or question.listing or ""
        case kinds.Tracing():
            return question.code
    return ""


def figure_words(question: AnyQuestion) -> str:
    """The figure of a question in words, or that there is none."""
    return (question.alt if isinstance(question, kinds.Diagram) else "") or NO_FIGURE


def hint_words(hint: str | None, shown_before: int) -> str:
    """What `Session.hint` gave, as it is said; shown_before: how many hints were on screen already."""
    return f"Hint: {hint}" if hint else "There is no further hint." if shown_before else "There is no hint."


def reasons(feedback: Feedback) -> tuple[Shown, ...]:
    """Why each picked option holds or does not, then the right ones that were not picked; nothing for other kinds."""
    shown, question = feedback.shown, feedback.shown.question
    if not isinstance(question, kinds.MultipleChoice):
        return ()
    picks = [feedback.response] if isinstance(feedback.response, str) else list(feedback.response)
    keys = dict.fromkeys((*picks, *question.right))
    return tuple(Shown(shown.choice(key).label, key, question.why[key]) for key in keys if question.why.get(key))


def right_answer(feedback: Feedback) -> tuple[str, tuple[str, ...]] | None:
    """A heading and the lines of the right answer, where the sentence of the grade does not hold it already."""
    result, question = feedback.grade, feedback.shown.question
    if result is None or result.right:
        return None
    if isinstance(question, kinds.Tracing):
        return "It prints:", answer_lines(feedback.shown)
    if isinstance(question, kinds.Ordering):
        return "A right order:" if question.after else "The right order:", answer_lines(feedback.shown)
    return None


def answered_words(summary: Summary) -> str:
    """How much was answered, and in what time."""
    said = f"You answered {summary.answered} of {counted(summary.total, 'question')}"
    if summary.skipped:
        said += f" and skipped {summary.skipped}"
    return f"{said}, in {duration_words(summary.seconds)}."


def open_words(summary: Summary) -> str:
    """That short answers have no score because their points were not ticked; nothing where all were."""
    if not summary.open:
        return ""
    return f"{counted(summary.open, 'short answer')} kept without ticks, so without a score."


def repeated_words(summary: Summary) -> str:
    """How many questions came again after a sure and wrong answer; nothing where none did."""
    return f"{counted(summary.repeated, 'question')} came again, outside the score." if summary.repeated else ""


def again_by_section(summary: Summary) -> dict[str, list[str]]:
    """The ids of what did not get everything right, by section, in the order asked."""
    sections: dict[str, list[str]] = {}
    for outcome in summary.again:
        sections.setdefault(outcome.question.section, []).append(outcome.question.id)
    return sections


def score_words(tally: Tally) -> str:
    """A tally as "7.5 of 9 points (83 %)"."""
    share = round(100 * tally.score / tally.points)
    return f"{tally.score:.2f}".rstrip("0").rstrip(".") + f" of {counted(tally.points, 'point')} ({share} %)"


def duration_words(seconds: float) -> str:
    """Seconds as "42 s" or "3 min 7 s"."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
