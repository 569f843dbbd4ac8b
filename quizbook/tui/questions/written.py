"""Answers that are written: a number, what code prints, a few sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from quizbook.bank.questions import Numeric, ShortAnswer, Tracing
from quizbook.study.presentation import Presentation
from quizbook.study.session import Feedback
from quizbook.study.typed import read_typed, takes_lines, wanted
from quizbook.tui.fields import LineField, give_cursor
from quizbook.tui.hint_bar import KeyHint, key_hint
from quizbook.tui.prose import listing
from quizbook.tui.questions.rows import Row
from quizbook.tui.questions.view import RIGHT, SUBMIT, WRONG, Pressed, QuestionView, put_instead
from quizbook.tui.text_field import TextField


class WrittenView(QuestionView):
    """One field: a line where Enter answers, or several lines where Ctrl+S or the button does."""

    writes = True

    def __init__(self, shown: Presentation) -> None:
        super().__init__(shown)
        self.lines = takes_lines(shown)
        self._field: LineField | TextField
        if self.lines:
            self._field = TextField(placeholder=_begun(wanted(shown)), wrap=isinstance(shown.question, ShortAnswer))
        else:
            self._field = LineField(placeholder=_begun(wanted(shown)))

    def answer_widgets(self) -> Iterator[Widget]:
        """The field, its unit or its button."""
        question = self.shown.question
        if isinstance(question, Numeric) and question.unit:
            yield Horizontal(self._field, Static(question.unit, classes="unit", markup=False), classes="line")
        else:
            yield self._field
        if self.lines:
            yield Button("Answer  ^s", compact=True, classes="submit")

    @property
    def draft(self) -> str | None:
        """What is written so far."""
        return self._field.value if self._field.value.strip() else None

    def resume(self, draft: str) -> None:
        """Go on with a text."""
        self._field.put(draft)

    def begin(self) -> None:
        """Put the cursor into the field."""
        if not self.closed:
            give_cursor(self._field)

    def press(self, key: str, character: str | None) -> Pressed:
        """Enter or Ctrl+S answers; a letter that came before the cursor was there goes in."""
        if self.closed:
            return ""
        if key in SUBMIT or (key == "enter" and not self.lines):
            return "done"
        if key == "backspace":
            self._field.action_delete_left()
        elif key == "enter" or (character and character.isprintable()):
            self._field.write("\n" if key == "enter" else character or "")
        else:
            return ""
        return "taken"

    def response(self) -> Any:
        """The text as plain mode reads it."""
        return read_typed(self.shown, self._field.value).response

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """How to answer."""
        return (key_hint("ctrl+s" if self.lines else "enter", "answer"),)

    def close(self, feedback: Feedback) -> None:
        """Show what was written as it stands now."""
        super().close(feedback)
        self.query(Button).remove()
        right = feedback.grade.right if feedback.grade else None
        mark = "" if right is None else RIGHT if right else WRONG
        code = isinstance(self.shown.question, Tracing)
        text = listing(self._field.value, python=False) if code else self._field.value.strip()
        row = Row(f"{mark or '│'} ", text, classes=f"written {_CLASS[mark]}")
        line = self._field.parent if isinstance(self._field.parent, Horizontal) else self._field
        put_instead(line, row)

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self, message: Input.Changed | TextArea.Changed) -> None:
        message.stop()
        self.post_message(self.Touched("taken"))

    @on(Button.Pressed)
    def _button(self, message: Button.Pressed) -> None:
        message.stop()
        self.post_message(self.Touched("done"))


_CLASS = {RIGHT: "right", WRONG: "wrong", "": "open"}


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
