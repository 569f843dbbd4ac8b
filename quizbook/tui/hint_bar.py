"""The keys at hand, at the foot of the screen: as many as fit, the rest behind `?`; each can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.style import Style
from textual.widget import Widget

GAP = 3
NARROW = 60
_NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "backspace": "⌫",
    "question_mark": "?",
    "space": "space",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "ctrl+s": "^s",
}


class KeyHint(NamedTuple):
    """A key (as Textual names it, or several as people read them, "a–d"), and what it does.

    press: the key that a click stands for, "" where there is no single one.
    """

    label: str
    words: str
    press: str = ""


def key_hint(key: str, words: str) -> KeyHint:
    """The hint of a single key, under the name that people read on it."""
    return KeyHint(_NAMES.get(key, key.upper() if len(key) > 1 and key[0] == "f" else key), words, key)


def fitting(hints: Sequence[KeyHint], width: int, lines: int) -> list[list[KeyHint]]:
    """The hints on at most so many lines; where not all fit, the last but two go first, since those two are the way
    to the rest of the keys and the way out.
    """
    kept = list(hints)
    while len(laid := _laid_out(kept, width)) > lines and len(kept) > 2:
        del kept[-3]
    return laid[:lines]


def _laid_out(hints: Sequence[KeyHint], width: int) -> list[list[KeyHint]]:
    laid: list[list[KeyHint]] = [[]]
    room = width
    for hint in hints:
        size = Content(f"{hint.label} {hint.words}").cell_length
        if laid[-1] and size > room:
            laid.append([])
            room = width
        laid[-1].append(hint)
        room -= size + GAP
    return laid


class HintBar(Widget):
    """One line of keys, two on a narrow screen."""

    DEFAULT_CSS = "HintBar { height: auto; width: 1fr; padding: 0 1; }"
    ALLOW_SELECT = False

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[KeyHint, ...] = ()

    @property
    def hints(self) -> tuple[KeyHint, ...]:
        """All keys at hand, also those that do not fit."""
        return self._hints

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show these keys, the most wanted first, the way to the others and the way out last."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh(layout=True)

    def render(self) -> Content:
        """The keys that fit."""
        return self._at(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line or two."""
        return self._at(width).plain.count("\n") + 1

    def _at(self, width: int) -> Content:
        laid = fitting(self._hints, width, 1 if width >= NARROW else 2)
        gap = Content(" " * GAP)
        return Content("\n").join(gap.join(_said(hint) for hint in line) for line in laid)

    def on_click(self, event: events.Click) -> None:
        """Press the key for the one who clicks."""
        event.stop()
        if key := event.style.meta.get("press"):
            self.post_message(self.Pressed(key))


def _said(hint: KeyHint) -> Content:
    said = Content.assemble((hint.label, "bold $accent"), (f" {hint.words}", "$text-muted"))
    return said.stylize(Style.from_meta({"press": hint.press})) if hint.press else said
