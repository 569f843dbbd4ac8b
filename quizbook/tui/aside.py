"""What stands between the question and the keys for a moment: a remark, how sure one is, a note, a choice of code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from quizbook.study.events import Confidence
from quizbook.tui.fields import LineField, give_cursor
from quizbook.tui.prose import inline

SURE: tuple[Confidence, ...] = ("guess", "fair", "sure")
Asked = Literal["", "sure", "note", "code"]


class Aside(Vertical):
    """At most one question of its own at a time, and a remark above it."""

    class Pressed(Message):
        """A numbered answer was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__()
        self.asked: Asked = ""
        self.said, self.warns = "", False
        self.names: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """The remark, the question, the field; each shows when it is wanted."""
        yield Static(id="remark")
        yield Static(id="asked")
        yield LineField(placeholder="What is wrong, or what to ask?", id="note")

    def on_mount(self) -> None:
        """Nothing is said yet."""
        for part in self.children:
            part.display = False

    def say(self, text: str, *, warning: bool = False) -> None:
        """Show a remark until the next one; "" takes it away."""
        if text == self.said:
            return
        self.said, self.warns = text, warning and bool(text)
        remark = self.query_one("#remark", Static)
        remark.update(Content.assemble(("! " if warning else "", "bold $text-warning"), inline(text)))
        remark.display = bool(text)

    def ask(self, what: Asked, names: Sequence[str] = ()) -> None:
        """Ask how sure, for a note, or which of these names to read; "": nothing any more."""
        if not what and not self.asked:
            return
        self.asked, self.names = what, tuple(names)
        line, field = self.query_one("#asked", Static), self.query_one("#note", LineField)
        answers = SURE if what == "sure" else self.names
        line.update(_numbered("How sure?" if what == "sure" else "Which?", answers))
        line.display, field.display = bool(answers), what == "note"
        if what == "note":
            field.put("")
            give_cursor(field)

    @property
    def note(self) -> str:
        """What is written in the field."""
        return self.query_one("#note", LineField).value.strip()

    def write(self, character: str) -> None:
        """Put a letter into the note that came before the cursor was there."""
        self.query_one("#note", LineField).write(character)

    def on_click(self, event: events.Click) -> None:
        """A click on a number presses it."""
        if key := event.style.meta.get("press"):
            self.post_message(self.Pressed(key))


def _numbered(question: str, answers: Sequence[str]) -> Content:
    said = [
        Content.assemble((str(at), "bold $accent"), f" {answer}").stylize(Style.from_meta({"press": str(at)}))
        for at, answer in enumerate(answers, 1)
    ]
    return Content("   ").join([Content.styled(question, "bold"), *said])
