"""What comes of an answer, below the question: the verdict and its reasons, or the model answer and its points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Static

from quizbook.bank.questions import ShortAnswer, Tracing
from quizbook.study.session import Feedback
from quizbook.study.wording import NOTED, reasons, right_answer
from quizbook.tui.hint_bar import KeyHint, key_hint
from quizbook.tui.prose import inline, listing, prose
from quizbook.tui.questions.rows import Row
from quizbook.tui.questions.view import ON, RIGHT, WRONG, Pressed, labelled

PARTLY = "◐"


class FeedbackPanel(Vertical):
    """The verdict as a mark and a sentence, then why, what is right, the explanation and the code to look at."""

    def __init__(self, feedback: Feedback, *, comes_again: bool = False) -> None:
        self._mark, self._style, name = _verdict(feedback)
        super().__init__(classes=f"feedback {name}")
        self._feedback, self._comes_again = feedback, comes_again

    def compose(self) -> ComposeResult:
        """A widget for each part that there is."""
        feedback, question = self._feedback, self._feedback.shown.question
        if feedback.grade is None:
            yield Row(f"{self._mark} ", NOTED)
            return
        verdict, colon, reason = feedback.grade.sentence.partition(":")
        said = inline(verdict + colon).stylize(self._style) + inline(reason)
        yield Row(Content.styled(f"{self._mark} ", self._style), said)
        if self._comes_again:
            yield Row("↻ ", "You were sure, so this one comes again in a while.", classes="again")
        yield from self._why()
        if question.explain.strip():
            yield Static(prose(question.explain), classes="part")
        if question.erratum:
            yield Row(Content.styled("Erratum  ", "bold $text-warning"), prose(question.erratum), classes="part")
        if question.see:
            yield Row(Content.styled("See  ", "$text-muted"), ", ".join(question.see), classes="part see")

    def _why(self) -> Iterator[Widget]:
        feedback = self._feedback
        for at, reason in enumerate(reasons(feedback)):
            yield Row(labelled(" ", reason.label), inline(reason.text), classes="reason" if at else "part reason")
        if right := right_answer(feedback):
            heading, lines = right
            yield Static(heading, classes="part heading", markup=False)
            if isinstance(feedback.shown.question, Tracing):
                yield Static(listing("\n".join(lines), python=False), classes="printed")
            else:
                for line in lines:
                    number, _, text = line.partition(" ")
                    yield Row(Content.styled(f"  {number} ", "$text-muted"), inline(text))


class Comparison(Vertical):
    """The model answer beside one's own, and its points to tick by number."""

    class Touched(Message):
        """The mouse did what keys do as well; pressed: what came of it."""

        def __init__(self, pressed: Pressed) -> None:
            super().__init__()
            self.pressed = pressed

    def __init__(self, question: ShortAnswer, remark: str) -> None:
        super().__init__(classes="comparison")
        self._question, self._remark = question, remark
        self._ticked: set[int] = set()
        self._at = 0
        self._rows: list[Row] = []

    @property
    def ticked(self) -> list[int]:
        """The numbers of the ticked points, from 1."""
        return sorted(self._ticked)

    def compose(self) -> ComposeResult:
        """The model answer, the points, the one remark, the button."""
        yield Static("A model answer", classes="heading", markup=False)
        yield Static(prose(self._question.answer), classes="model")
        yield Static("Which of its points does your text make?", classes="heading part", markup=False)
        for number, point in enumerate(self._question.points, 1):
            row = Row(self._lead(number), inline(point.point), name=str(number), classes="point")
            self._rows.append(row)
            yield row
        if self._remark:
            yield Row(Content.styled("! ", "bold $text-warning"), self._remark, classes="part")
        yield Button("Done  ⏎", compact=True, classes="submit")

    def press(self, key: str, character: str | None) -> Pressed:
        """Numbers tick and untick, arrows and Space do too, Enter is done."""
        if character and character.isdecimal() and 1 <= int(character) <= len(self._rows):
            self._toggle(int(character))
        elif key in ("up", "down"):
            self._turn_to((self._at + (1 if key == "down" else -1)) % len(self._rows))
        elif key == "space":
            self._toggle(self._at + 1)
        else:
            return "done" if key == "enter" else ""
        return "changed"

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """The numbers, and Enter."""
        last = len(self._question.points)
        return KeyHint(f"1–{last}" if last > 1 else "1", "tick"), key_hint("enter", "done")

    def close(self) -> None:
        """The points are graded: they keep their ticks and lose the button."""
        self.query(Button).remove()
        for number, row in enumerate(self._rows, 1):
            made = number in self._ticked
            style = "bold $text-success" if made else "bold $text-error"
            row.show(
                labelled(RIGHT if made else WRONG, str(number), style), inline(self._question.points[number - 1].point)
            )
            row.set_class(made, "right")

    @on(Row.Clicked)
    def _clicked(self, message: Row.Clicked) -> None:
        message.stop()
        if message.row.has_class("point") and self.query(Button):
            self._toggle(int(message.row.name or 0))
            self.post_message(self.Touched("changed"))

    @on(Button.Pressed)
    def _button(self, message: Button.Pressed) -> None:
        message.stop()
        self.post_message(self.Touched("done"))

    def _toggle(self, number: int) -> None:
        self._ticked ^= {number}
        self._turn_to(number - 1)

    def _turn_to(self, at: int) -> None:
        self._at = at
        for number, (row, point) in enumerate(zip(self._rows, self._question.points, strict=True), 1):
            row.show(self._lead(number), inline(point.point))
        self._rows[at].scroll_visible(animate=False)

    def _lead(self, number: int) -> Content:
        on_now = ON if number - 1 == self._at else " "
        box = "■" if number in self._ticked else "□"
        return Content.assemble((f"{on_now}{box} ", "$accent"), (str(number), "bold $accent"), "  ")


def _verdict(feedback: Feedback) -> tuple[str, str, str]:
    """The mark, its style and the class of a grade."""
    if feedback.grade is None or feedback.grade.score is None:
        return "•", "", "noted"
    if feedback.grade.right:
        return RIGHT, "bold $text-success", "right"
    if feedback.grade.score > 0:
        return PARTLY, "bold $text-warning", "partly"
    return WRONG, "bold $text-error", "wrong"
