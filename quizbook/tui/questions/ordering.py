"""Ordering on the screen: letters and clicks append steps, arrows and the mouse move them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.errors import NoWidget
from textual.widget import Widget

from quizbook.study.presentation import Presentation
from quizbook.study.session import Feedback
from quizbook.tui.hint_bar import KeyHint, key_hint
from quizbook.tui.prose import inline
from quizbook.tui.questions.drafts import Steps
from quizbook.tui.questions.rows import OPEN, Row
from quizbook.tui.questions.view import ON, RIGHT, WRONG, Pressed, QuestionView, labelled, letters_hint

_MOVES = {"up": -1, "down": 1, "shift+tab": -1, "tab": 1}
_SHIFTS = {"left": -1, "right": 1, "shift+up": -1, "shift+down": 1}


class StepRow(Row):
    """A row that the mouse drags, where elsewhere it would select text."""

    ALLOW_SELECT = False


class OrderingView(QuestionView):
    """Positions with the steps that stand there, and below them the steps that wait."""

    def __init__(self, shown: Presentation) -> None:
        super().__init__(shown)
        self.steps = Steps.of(shown)
        self._graded: Feedback | None = None
        self._positions: list[Row] = []
        self._waiting: dict[str, Row] = {}
        self._dragging = False

    def answer_widgets(self) -> Iterator[Widget]:
        """A row for each position, then a row for each step that waits."""
        self._positions = [StepRow("", "", name=str(at), classes="position") for at in range(len(self.steps.order))]
        self._waiting = {step.key: StepRow("", "", name=step.label, classes="choice") for step in self.shown.choices}
        self._show()
        yield Vertical(*self._positions, classes="places")
        yield Vertical(*self._waiting.values(), classes="choices")

    @property
    def draft(self) -> Steps | None:
        """The order so far."""
        return self.steps if len(self.steps.waiting) < len(self.shown.choices) else None

    def resume(self, draft: Steps) -> None:
        """Go on with this order."""
        self._become(draft)

    def press(self, key: str, character: str | None) -> Pressed:
        """Letters append, ↑ ↓ choose a step, ← → move it, Backspace takes it out, Enter answers."""
        if self.closed:
            return ""
        if step := self.choice_of(character):
            self._become(self.steps.chosen(step))
        elif key in _MOVES:
            self._become(self.steps.moved(_MOVES[key]), follow=True)
        elif key in _SHIFTS:
            self._become(self.steps.shifted(_SHIFTS[key]), follow=True)
        elif key in ("backspace", "delete"):
            self._become(self.steps.cleared(), follow=True)
        elif key == "enter":
            return "done"
        else:
            return ""
        return "changed"

    def response(self) -> list[str]:
        """The steps in the order in which they stand."""
        return self.steps.response()

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """Letters, Enter, arrows, Backspace."""
        return (
            letters_hint(self.shown, "next"),
            key_hint("enter", "answer"),
            KeyHint("↑↓", "choose"),
            KeyHint("←→", "move"),
            key_hint("backspace", "take out"),
        )

    def close(self, feedback: Feedback) -> None:
        """Mark the steps that stand in a right order among themselves, and those that do not."""
        super().close(feedback)
        self._graded = feedback
        self._become(self.steps)

    @on(Row.Clicked, ".choice")
    def _step_clicked(self, message: Row.Clicked) -> None:
        message.stop()
        if step := self.choice_of(message.row.name):
            self._touch(self.steps.chosen(step))

    @on(Row.Clicked, ".position")
    def _position_clicked(self, message: Row.Clicked) -> None:
        message.stop()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take up the step under the mouse."""
        at = self._position_under(event)
        if self.closed or at is None or at not in self.steps.free:
            return
        self._touch(self.steps.turned_to(at))
        if self.steps.order[at] is not None:
            self._dragging = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The step that was taken up goes where the mouse is."""
        at = self._position_under(event) if self._dragging else None
        if at is not None and at != self.steps.at:
            self._touch(self.steps.dragged(at))

    def on_mouse_up(self) -> None:
        """Let the step go."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _position_under(self, event: events.MouseEvent) -> int | None:
        try:
            widget, _ = self.screen.get_widget_at(event.screen_x, event.screen_y)
        except NoWidget:
            return None
        return self._positions.index(widget) if isinstance(widget, Row) and widget in self._positions else None

    def _touch(self, steps: Steps) -> None:
        self._become(steps)
        self.post_message(self.Touched("changed"))

    def _become(self, steps: Steps, *, follow: bool = False) -> None:
        """Take over a draft; follow: scroll to the step that is on, where letters keep those that wait in sight."""
        self.steps = steps
        self._show()
        if follow:
            self._positions[steps.at].scroll_visible(animate=False)

    def _show(self) -> None:
        for at, row in enumerate(self._positions):
            on_now = at == self.steps.at and not self.closed
            row.show(self._lead(at, on_now), self._text(at))
            row.set_class(on_now, "on")
        for step in self.shown.choices:
            row = self._waiting[step.key]
            row.show(labelled(" ", step.label), inline(step.text))
            row.display = step in self.steps.waiting

    def _lead(self, at: int, on_now: bool) -> Content:
        mark, style = (ON, "bold $accent") if on_now else (" ", "")
        step = self.steps.order[at]
        if step and self._graded and self._graded.grade and step in self._graded.grade.parts:
            right = self._graded.grade.parts[step]
            mark, style = (RIGHT, "bold $text-success") if right else (WRONG, "bold $text-error")
        number = f"{at + 1}.".rjust(len(str(len(self.steps.order))) + 1)
        return Content.assemble((f"{mark} ", style), (number, "$text-muted"), "  ")

    def _text(self, at: int) -> Content:
        key = self.steps.order[at]
        if key is None:
            return Content.styled(OPEN, "$text-muted")
        if at in self.steps.fixed:
            given = (self.shown.given or {})[at + 1]
            return Content.assemble(inline(given.text), ("  (given)", "$text-muted"))
        step = self.shown.choice(key)
        return Content.assemble((step.label, "bold $accent"), "  ", inline(step.text))
