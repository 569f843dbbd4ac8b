"""Matching, labels of figures, terms of blanks: letters fill the place that is on, arrows and clicks choose it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from quizbook.bank.questions import CodeBlank, Diagram, Matching
from quizbook.grading.pairs import same
from quizbook.study.presentation import Presentation, Shown
from quizbook.study.session import Feedback
from quizbook.study.wording import material
from quizbook.tui.hint_bar import KeyHint, key_hint
from quizbook.tui.prose import MARK, inline, listing
from quizbook.tui.questions.drafts import Pairs
from quizbook.tui.questions.rows import OPEN, Row
from quizbook.tui.questions.view import (
    MISSED,
    ON,
    RIGHT,
    WRONG,
    Material,
    Pressed,
    QuestionView,
    labelled,
    letters_hint,
)

_MOVES = {"up": -1, "shift+tab": -1, "down": 1, "tab": 1}
WIDE_LEFT = 24  # columns: left sides up to this width get a column of their own


class PairsView(QuestionView):
    """Places, what stands at each, and the choices below."""

    def __init__(self, shown: Presentation) -> None:
        self.pairs = Pairs(shown)
        self._graded: Feedback | None = None
        self._places: list[Row] = []
        self._choices: list[Row] = []
        super().__init__(shown)

    def answer_widgets(self) -> Iterator[Widget]:
        """A row for each place, then a row for each choice."""
        self._places = [Row("", "", name=str(at), classes="place") for at in range(len(self.shown.places))]
        self._choices = [Row("", "", name=choice.label, classes="choice") for choice in self.shown.choices]
        self._show()
        yield Vertical(*self._places, classes="places")
        yield Vertical(*self._choices, classes="choices")

    def material_content(self) -> Content:
        """The listing with its fills, or the figure; the mark of the place that is on stands out."""
        question, texts = self.shown.question, {choice.key: choice.text for choice in self.shown.choices}
        fills = {at: texts[key] for at, key in self.pairs.values.items()} if isinstance(question, CodeBlank) else {}
        on_now = None if self.closed else self.shown.places[self.pairs.at].key
        return listing(material(question), fills=fills, on=on_now, python=not getattr(question, "figure", None))

    @property
    def draft(self) -> Pairs | None:
        """What is filled so far."""
        return self.pairs if self.pairs.values else None

    def resume(self, draft: Pairs) -> None:
        """Go on with what was filled."""
        self._become(draft)

    def press(self, key: str, character: str | None) -> Pressed:
        """Letters fill, arrows and Tab choose the place, Backspace clears it, Enter answers."""
        if self.closed:
            return ""
        if choice := self.choice_of(character):
            self._become(self.pairs.chosen(choice))
        elif key in _MOVES:
            self._become(self.pairs.moved(_MOVES[key]), follow=True)
        elif key in ("backspace", "delete"):
            self._become(self.pairs.cleared(), follow=True)
        elif key == "enter":
            return "done"
        else:
            return ""
        return "changed"

    def response(self) -> dict[str, str]:
        """What stands at each place."""
        return self.pairs.response()

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """Letters, Enter, arrows, Backspace."""
        return (
            letters_hint(self.shown, "fill"),
            key_hint("enter", "answer"),
            KeyHint("↑↓", "place"),
            key_hint("backspace", "clear"),
        )

    def close(self, feedback: Feedback) -> None:
        """Mark each place, with what belongs there where something else stands."""
        super().close(feedback)
        self._graded = feedback
        self._become(self.pairs)

    @on(Row.Clicked, ".place")
    def _place_clicked(self, message: Row.Clicked) -> None:
        message.stop()
        if not self.closed:
            self._touch(self.pairs.turned_to(int(message.row.name or 0)))

    @on(Row.Clicked, ".choice")
    def _choice_clicked(self, message: Row.Clicked) -> None:
        message.stop()
        if choice := self.choice_of(message.row.name):
            self._touch(self.pairs.chosen(choice))

    @on(Material.MarkClicked)
    def _mark_clicked(self, message: Material.MarkClicked) -> None:
        message.stop()
        keys = [place.key for place in self.shown.places]
        if not self.closed and message.key in keys:
            self._touch(self.pairs.turned_to(keys.index(message.key)))

    def _touch(self, pairs: Pairs) -> None:
        self._become(pairs)
        self.post_message(self.Touched("changed"))

    def _become(self, pairs: Pairs, *, follow: bool = False) -> None:
        """Take over a draft; follow: scroll to the place that is on, where letters keep the choices in sight."""
        self.pairs = pairs
        self._show()
        if self.material:
            self.material.show(self.material_content())
        if follow:
            self._places[pairs.at].scroll_visible(animate=False)

    def _show(self) -> None:
        for at, (place, row) in enumerate(zip(self.shown.places, self._places, strict=True)):
            on_now = at == self.pairs.at and not self.closed
            row.show(self._place_lead(place, on_now), self._place_text(place))
            row.set_class(on_now, "on")
        used = set(self.pairs.values.values())
        for choice, row in zip(self.shown.choices, self._choices, strict=True):
            row.show(labelled(" ", choice.label), inline(choice.text))
            row.set_class(choice.key in used, "used")

    def _place_lead(self, place: Shown, on_now: bool) -> Content:
        question = self.shown.question
        mark, style = (ON, "bold $accent") if on_now else (" ", "")
        if self._graded and self._graded.grade:
            right = self._graded.grade.parts.get(place.key, False)
            mark, style = (RIGHT, "bold $text-success") if right else (WRONG, "bold $text-error")
        if isinstance(question, Matching):
            return labelled(mark, place.label, style)
        figure = isinstance(question, Diagram) and question.figure and place.label.isdecimal()
        said = chr(0x245F + int(place.label)) if figure and int(place.label) <= 20 else f"«{place.label}»"
        return Content.assemble((f"{mark} ", style), (said, MARK), "  ")

    def _place_text(self, place: Shown) -> Content:
        left = Content()
        if place.text:
            said = inline(place.text)
            widest = max(inline(at.text).cell_length for at in self.shown.places)
            room = widest - said.cell_length if widest <= WIDE_LEFT else 0
            left = Content.assemble(said, " " * room, ("  ⟶  ", "$text-muted"))
        key = self.pairs.values.get(place.key)
        text = left + (_choice_text(self.shown.choice(key)) if key else Content.styled(OPEN, "$text-muted"))
        belongs = self._belonging(place)
        if belongs is None:
            return text
        return text + Content.assemble(("\n" + f"{MISSED} ", "bold $text-success"), _choice_text(belongs))

    def _belonging(self, place: Shown) -> Shown | None:
        """What belongs at a place where something else stands, once that may be seen."""
        if not self._graded or not self._graded.grade or self._graded.grade.parts.get(place.key):
            return None
        return self.shown.choice(_key_nearest_to(self.shown, self.pairs.values)[place.key])


def _choice_text(choice: Shown) -> Content:
    return Content.assemble((choice.label, "bold $accent"), "  ", inline(choice.text))


def _key_nearest_to(shown: Presentation, values: Mapping[str, str]) -> Mapping[str, str]:
    """The key that the grade was given by: of several that work, the one with most in common with the answer."""
    question = shown.question
    if not isinstance(question, Matching | Diagram | CodeBlank):
        raise TypeError(f"a {question.kind} has no pairs")
    keys = (question.answer, *(question.also if isinstance(question, CodeBlank) else ()))
    texts = {choice.key: choice.text for choice in shown.choices}
    return max(keys, key=lambda key: sum(at in values and same(values[at], it, texts) for at, it in key.items()))
