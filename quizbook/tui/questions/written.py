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
from quizbook.tui.hint_bar import KeyHint, key_hint
from quizbook.tui.prose import listing
from quizbook.tui.questions.rows import Row
from quizbook.tui.questions.view import RIGHT, SUBMIT, WRONG, Pressed, QuestionView, put_instead


class WrittenView(QuestionView):
    """One field: a line where Enter answers, or several lines where Ctrl+S or the button does."""

    writes = True

    def __init__(self, shown: Presentation) -> None:
        super().__init__(shown)
        self.lines = takes_lines(shown)
        self._field: Input | TextArea
        if self.lines:
            self._field = TextArea(
                soft_wrap=isinstance(shown.question, ShortAnswer),
                compact=True,
                classes="field",
                placeholder=_begun(wanted(shown)),
                highlight_cursor_line=False,
            )
        else:
            self._field = Input(compact=True, placeholder=_begun(wanted(shown)), classes="field", select_on_focus=False)

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
    def text(self) -> str:
        """What is written so far."""
        return self._field.text if isinstance(self._field, TextArea) else self._field.value

    @property
    def draft(self) -> str | None:
        """What is written so far."""
        return self.text if self.text.strip() else None

    def resume(self, draft: str) -> None:
        """Go on with a text."""
        if isinstance(self._field, TextArea):
            self._field.text = draft
            self._field.move_cursor(self._field.document.end)
        else:
            self._field.value = draft
            self._field.cursor_position = len(draft)

    def begin(self) -> None:
        """Put the cursor into the field."""
        if not self.closed:
            self._field.focus()

    def press(self, key: str, character: str | None) -> Pressed:
        """Enter or Ctrl+S answers; a letter that came before the field had the cursor goes into it."""
        if self.closed:
            return ""
        if key in SUBMIT or (key == "enter" and not self.lines):
            return "done"
        if character and character.isprintable() and not self._field.has_focus:
            self._field.focus()
            if isinstance(self._field, TextArea):
                self._field.insert(character)
            else:
                self._field.insert_text_at_cursor(character)
            return "taken"
        return ""

    def response(self) -> Any:
        """The text as plain mode reads it."""
        return read_typed(self.shown, self.text).response

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """How to answer."""
        return (key_hint("ctrl+s" if self.lines else "enter", "answer"),)

    def close(self, feedback: Feedback) -> None:
        """Show what was written as it stands now."""
        super().close(feedback)
        self.query(Button).remove()
        mark = (
            "" if feedback.grade is None or feedback.grade.right is None else RIGHT if feedback.grade.right else WRONG
        )
        code = isinstance(self.shown.question, Tracing)
        text = listing(self.text, python=False) if code else self.text.strip()
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
