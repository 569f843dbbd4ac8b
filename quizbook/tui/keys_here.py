"""All keys that work on a screen, over it until it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

MOVING = ("↑ ↓ PgUp PgDn Home End", "move or scroll")


def keys_of(screen: Screen[object]) -> list[tuple[str, str]]:
    """Every key of a screen that says what it does, with the others that do the same beside it; those of the app last.

    What moves and scrolls is one line: Textual binds a dozen keys to it.
    """
    found: dict[str, tuple[list[str], str]] = {}
    nodes = [active.node for active in screen.active_bindings.values()]
    for node in (screen, *(node for node in dict.fromkeys(nodes) if node is not screen)):
        for key, active in screen.active_bindings.items():
            binding = active.binding
            if active.node is node and active.enabled and binding.description and not _moves(binding.action):
                label = screen.app.get_key_display(binding.with_key(key))
                found.setdefault(binding.action, ([], binding.description))[0].append(label)
    rows = [("  ".join(dict.fromkeys(keys)), words) for keys, words in found.values()]
    return [*rows, MOVING]


def _moves(action: str) -> bool:
    """Whether an action moves, scrolls, or belongs to Textual's own ways with focus and selected text."""
    name = action.rpartition(".")[2].partition("(")[0]
    starts = ("cursor_", "scroll", "page", "first", "last", "focus_", "copy_text", "delete_", "home", "end")
    return name.startswith(starts)


LONGEST = 16  # columns of keys that others align with


class KeysHere(ModalScreen[None]):
    """The list; Escape, Enter, q or ? closes it."""

    DEFAULT_CSS = """
    KeysHere { align: center middle; background: $background 60%; }
    KeysHere > VerticalScroll {
        width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 0 2; background: $panel;
        scrollbar-size-vertical: 1;
    }
    KeysHere Static { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark,f1", "dismiss", "close", show=False),
    ]

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """A line for each key."""
        wide = max((len(keys) for keys, _ in self._keys if len(keys) <= LONGEST), default=0) + 2
        lines = [Content.assemble((f"{keys:<{wide - 1}} ", "bold $text-accent"), words) for keys, words in self._keys]
        with VerticalScroll():
            yield Static(Content("\n").join([Content.styled("Keys", "bold"), *lines]))
