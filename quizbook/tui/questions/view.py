"""What the widgets of all kinds have in common: prompt, material, a draft of the answer, and how keys reach it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import ScrollableContainer, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from quizbook.study.presentation import Presentation, Shown
from quizbook.study.session import Feedback
from quizbook.study.wording import material
from quizbook.tui.hint_bar import KeyHint
from quizbook.tui.prose import listing, prose

RIGHT, WRONG, MISSED = "✓", "✗", "→"
LABEL = "bold $accent"
ON = "▸"
SUBMIT = ("ctrl+s", "ctrl+enter", "ctrl+j")  # a terminal sends one of these for Ctrl+Enter, or none


Pressed = Literal["", "taken", "changed", "done"]
"""What came of a key: nothing (it is not for the answer), it was taken, another draft, an answer to record."""


class Material(ScrollableContainer):
    """A listing or figure as it stands: never wrapped, scrolled sideways where the screen is narrow."""

    can_focus = False

    class MarkClicked(Message):
        """A blank or a place was clicked; key: which."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, content: Content) -> None:
        super().__init__(classes="material")
        self._static = Static(content)

    def compose(self) -> ComposeResult:
        """The text in one piece."""
        yield self._static

    def show(self, content: Content) -> None:
        """Show it with other marks or fills."""
        self._static.update(content)

    def on_click(self, event: events.Click) -> None:
        """Tell which mark it was."""
        if key := event.style.meta.get("place"):
            event.stop()
            self.post_message(self.MarkClicked(key))


class QuestionView(Vertical):
    """One question on the screen, until it is answered; the session screen hands it the keys.

    Kinds write `answer_widgets`, `press`, `response`, `keys_at_hand`, `close` and, where a draft is worth keeping,
    `draft`.
    """

    writes = False
    """Whether letters go into a text while the question is asked."""

    class Touched(Message):
        """The mouse did what keys do as well; pressed: what came of it."""

        def __init__(self, pressed: Pressed) -> None:
            super().__init__()
            self.pressed = pressed

    def __init__(self, shown: Presentation) -> None:
        super().__init__(classes=f"question {shown.question.kind}")
        self.shown = shown
        self.closed = False
        self.material: Material | None = None

    def compose(self) -> ComposeResult:
        """The prompt, then the material and the answer, which stand side by side where there is room."""
        yield Static(prose(self.shown.question.prompt), classes="prompt")
        if not material(self.shown.question):
            yield from self.answer_widgets()
            return
        self.material = Material(self.material_content())
        with Vertical(classes="material-and-answer"):
            yield self.material
            yield Vertical(*self.answer_widgets(), classes="answer")

    def material_content(self) -> Content:
        """The material as it is now."""
        question = self.shown.question
        return listing(material(question), python=not getattr(question, "figure", None))

    def answer_widgets(self) -> Iterator[Widget]:
        """What the answer is given with."""
        yield from ()

    @property
    def letters(self) -> frozenset[str]:
        """The letters that are answers now and so no commands."""
        return frozenset() if self.closed else frozenset(choice.label.casefold() for choice in self.shown.choices)

    @property
    def draft(self) -> Any:
        """What is worth keeping of an answer that was not given or was taken back; None: nothing."""
        return None

    def resume(self, draft: Any) -> None:
        """Go on from a draft that another widget of this kind left."""

    def begin(self) -> None:
        """The question is on: put the cursor where the answer goes."""

    def press(self, key: str, character: str | None) -> Pressed:
        """Take a key, if it is for the answer."""
        return ""

    def response(self) -> Any:
        """The answer in the question's own keys. Raises ResponseError where it is not complete."""
        raise NotImplementedError

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """What the keys do that are this kind's own."""
        return ()

    def close(self, feedback: Feedback) -> None:
        """The answer is recorded: show what of it was right, where that may be seen."""
        self.closed = True

    def choice_of(self, character: str | None) -> Shown | None:
        """The choice with this letter, in either case."""
        if self.closed or not character:
            return None
        return next((it for it in self.shown.choices if it.label.casefold() == character.casefold()), None)


def letters_hint(shown: Presentation, words: str) -> KeyHint:
    """The letters of the choices as one hint: "a–d"."""
    labels = [choice.label for choice in shown.choices]
    return KeyHint(f"{labels[0]}–{labels[-1]}" if len(labels) > 1 else labels[0], words)


def labelled(mark: str, label: str, style: str = "") -> Content:
    """The lead of a row: its mark, then its label."""
    return Content.assemble((f"{mark} ", style or LABEL), (label, LABEL), "  ")


def put_instead(old: Widget, new: Widget) -> None:
    """Show a widget where another one stood."""
    if isinstance(old.parent, Widget):
        old.parent.mount(new, before=old)
        old.remove()
