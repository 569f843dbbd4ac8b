"""Multiple choice on the screen: a letter or a click picks; where several hold, Enter answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizbook.bank.questions import MultipleChoice
from quizbook.study.presentation import Presentation, Shown
from quizbook.study.session import Feedback
from quizbook.study.wording import SEVERAL
from quizbook.tui.hint_bar import KeyHint, key_hint
from quizbook.tui.prose import inline
from quizbook.tui.questions.drafts import Picks
from quizbook.tui.questions.rows import Row
from quizbook.tui.questions.view import MISSED, RIGHT, WRONG, Pressed, QuestionView, labelled, letters_hint


class MultipleChoiceView(QuestionView):
    """Options, each on a row of its own."""

    def __init__(self, shown: Presentation) -> None:
        super().__init__(shown)
        self.picks = Picks(shown)
        self._rows: dict[str, Row] = {}

    def answer_widgets(self) -> Iterator[Widget]:
        """The options and, where several hold, that they do."""
        if self.shown.several:
            yield Static(SEVERAL, classes="note", markup=False)
        for choice in self.shown.choices:
            row = Row(self._lead(choice), inline(choice.text), name=choice.label, classes="option")
            self._rows[choice.key] = row
            yield row

    @property
    def draft(self) -> Picks | None:
        """The picks where there may be several; a single one is quicker made anew."""
        return self.picks if self.shown.several and self.picks.picked else None

    def resume(self, draft: Picks) -> None:
        """Go on with these picks."""
        self.picks = draft
        self._show()

    def press(self, key: str, character: str | None) -> Pressed:
        """Letters pick, Enter answers."""
        if choice := self.choice_of(character):
            return self._pick(choice)
        return "done" if key == "enter" and not self.closed else ""

    def response(self) -> str | list[str]:
        """What is picked."""
        return self.picks.response()

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """The letters, and Enter where it takes one."""
        if self.shown.several:
            return letters_hint(self.shown, "pick"), key_hint("enter", "answer")
        return (letters_hint(self.shown, "answer"),)

    def close(self, feedback: Feedback) -> None:
        """Mark each option that was picked or ought to have been."""
        super().close(feedback)
        question = self.shown.question
        for key, row in self._rows.items():
            choice = self.shown.choice(key)
            row.remove_class("picked")
            if feedback.grade is None or not isinstance(question, MultipleChoice):
                row.show(self._lead(choice), inline(choice.text))
                continue
            picked, right = key in self.picks.picked, key in question.right
            mark = (RIGHT if picked else MISSED) if right else (WRONG if picked else " ")
            row.show(labelled(mark, choice.label, _STYLES[mark]), inline(choice.text))
            row.add_class("right" if right else "wrong" if picked else "rest")

    @on(Row.Clicked)
    def _clicked(self, message: Row.Clicked) -> None:
        message.stop()
        if choice := self.choice_of(message.row.name):
            self.post_message(self.Touched(self._pick(choice)))

    def _pick(self, choice: Shown) -> Pressed:
        self.picks = self.picks.chosen(choice)
        self._show()
        return "changed" if self.shown.several else "done"

    def _show(self) -> None:
        for key, row in self._rows.items():
            choice = self.shown.choice(key)
            row.show(self._lead(choice), inline(choice.text))
            row.set_class(key in self.picks.picked, "picked")

    def _lead(self, choice: Shown) -> Content:
        picked = choice.key in self.picks.picked
        boxes = "■□" if self.shown.several else "●○"
        return labelled(boxes[not picked], choice.label, "$accent" if picked else "$text-muted")


_STYLES = {RIGHT: "bold $text-success", MISSED: "bold $text-success", WRONG: "bold $text-error", " ": "$text-muted"}
