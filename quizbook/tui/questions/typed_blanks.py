"""Blanks that are filled with typed code: a field for each, and the listing that shows what was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual import events, on
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from quizbook.grading.grade import ResponseError
from quizbook.grading.keys import listed
from quizbook.study.presentation import Presentation
from quizbook.study.session import Feedback
from quizbook.study.wording import material
from quizbook.tui.fields import LineField, give_cursor
from quizbook.tui.hint_bar import KeyHint, key_hint
from quizbook.tui.prose import CODE, MARK, listing
from quizbook.tui.questions.rows import Row
from quizbook.tui.questions.view import RIGHT, SUBMIT, WRONG, Material, Pressed, QuestionView, put_instead

_MOVES = {"up": -1, "shift+tab": -1, "down": 1, "tab": 1}


class TypedBlanksView(QuestionView):
    """Enter goes to the next open blank and, after the last, answers."""

    writes = True

    def __init__(self, shown: Presentation) -> None:
        self._fields = [LineField(name=at.key) for at in shown.places]
        self._at = 0
        super().__init__(shown)

    def answer_widgets(self) -> Iterator[Widget]:
        """A field for each blank."""
        for place, field in zip(self.shown.places, self._fields, strict=True):
            yield Horizontal(Static(Content.styled(f"«{place.label}»", MARK), classes="blank"), field, classes="line")

    def material_content(self) -> Content:
        """The listing with what was typed."""
        fills = {key: text.strip() for key, text in self._texts.items()}
        on_now = None if self.closed else self.shown.places[self._at].key
        return listing(material(self.shown.question), fills=fills, on=on_now)

    @property
    def _texts(self) -> Mapping[str, str]:
        return {place.key: field.value for place, field in zip(self.shown.places, self._fields, strict=True)}

    @property
    def draft(self) -> Mapping[str, str] | None:
        """What was typed into each blank."""
        texts = self._texts
        return texts if any(text.strip() for text in texts.values()) else None

    def resume(self, draft: Mapping[str, str]) -> None:
        """Go on with what was typed."""
        for place, field in zip(self.shown.places, self._fields, strict=True):
            field.put(draft.get(place.key, ""))

    def begin(self) -> None:
        """Put the cursor into the blank that is on."""
        if not self.closed:
            give_cursor(self._fields[self._at])

    def press(self, key: str, character: str | None) -> Pressed:
        """Enter and arrows go from blank to blank; a letter goes into the blank that is on."""
        if self.closed:
            return ""
        if key in SUBMIT:
            return "done"
        if key == "enter":
            return self._next()
        if key in _MOVES:
            self._turn_to((self._at + _MOVES[key]) % len(self._fields))
        elif character and character.isprintable():
            self._fields[self._at].write(character)
        elif key == "backspace":
            self._fields[self._at].action_delete_left()
        else:
            return ""
        return "taken"

    def response(self) -> dict[str, str]:
        """The code of each blank. Raises ResponseError where one is empty."""
        texts = {key: text.strip() for key, text in self._texts.items()}
        if waiting := [place.label for place in self.shown.places if not texts[place.key]]:
            one = len(waiting) == 1
            raise ResponseError(
                f"{'Blank' if one else 'Blanks'} {listed(waiting, 'and')} {'is' if one else 'are'} still empty; "
                "a guess costs nothing."
            )
        return texts

    def keys_at_hand(self) -> Sequence[KeyHint]:
        """Enter, and the arrows where there is more than one blank."""
        one = len(self._fields) == 1
        return (key_hint("enter", "answer"),) if one else (key_hint("enter", "next, answer"), KeyHint("↑↓", "blank"))

    def close(self, feedback: Feedback) -> None:
        """Show what stands in each blank, and whether it was right."""
        super().close(feedback)
        for place, field in zip(self.shown.places, self._fields, strict=True):
            mark, style, name = "│", "$text-muted", "open"
            if feedback.grade is not None:
                right = feedback.grade.parts.get(place.key, False)
                mark, style, name = _MARKS[right]
            lead = Content.assemble((f"{mark} ", style), (f"«{place.label}»", MARK), "  ")
            row = Row(lead, Content.styled(field.value.strip(), CODE), classes=f"written {name}")
            if isinstance(field.parent, Widget):
                put_instead(field.parent, row)
        if self.material:
            self.material.show(self.material_content())

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if self.material and self.is_mounted and not self.closed:
            self.material.show(self.material_content())
            self.post_message(self.Touched("taken"))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click chose a blank."""
        if event.widget in self._fields and event.widget is self.screen.focused:
            at = self._fields.index(event.widget)
            if at != self._at and self.material:
                self._at = at
                self.material.show(self.material_content())

    @on(Material.MarkClicked)
    def _mark_clicked(self, message: Material.MarkClicked) -> None:
        message.stop()
        keys = [place.key for place in self.shown.places]
        if not self.closed and message.key in keys:
            self._turn_to(keys.index(message.key))

    def _next(self) -> Pressed:
        order = [*range(self._at + 1, len(self._fields)), *range(self._at)]
        waiting = [at for at in order if not self._fields[at].value.strip()]
        if waiting and self._fields[self._at].value.strip():
            self._turn_to(waiting[0])
            return "taken"
        return "done"

    def _turn_to(self, at: int) -> None:
        self._at = at
        give_cursor(self._fields[at])
        if self.material:
            self.material.show(self.material_content())


_MARKS = {True: (RIGHT, "bold $text-success", "right"), False: (WRONG, "bold $text-error", "wrong")}
