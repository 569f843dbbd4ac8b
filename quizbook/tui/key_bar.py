"""The last line of a screen: the keys at hand, as many as fit, and always the one that shows all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

GAP = "  "


@dataclass(frozen=True, slots=True)
class Key:
    """A key as people call it, what it does, and the action that a click runs."""

    key: str
    does: str
    action: str

    @property
    def width(self) -> int:
        """Its columns on screen."""
        return len(self.key) + 1 + len(self.does)


def fitting(keys: Iterable[Key], last: Key, width: int) -> list[Key]:
    """The first keys that fit into a line of that width together with the last one, which always stays."""
    chosen: list[Key] = []
    room = width - last.width
    for key in keys:
        room -= key.width + len(GAP)
        if room < 0:
            break
        chosen.append(key)
    return [*chosen, last]


class KeyBar(Widget):
    """Shows the bindings of the screen that are marked to be shown, in their order."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground 80%;
        link-color: $foreground 80%;
        link-style: none;
        link-background-hover: $panel;
        link-color-hover: $accent;
        link-style-hover: underline;
    }
    """
    LAST = Key("?", "keys", "app.keys")

    def on_mount(self) -> None:
        """Follows what the screen binds."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)

    def _follow(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.refresh()

    def render(self) -> Content:
        """The line."""
        parts = [
            Content.from_markup(f"[@click={one.action}][b $accent]$key[/] $does[/]", key=one.key, does=one.does)
            for one in fitting(self._keys(), self.LAST, self.size.width)
        ]
        return Content(GAP).join(parts)

    def _keys(self) -> list[Key]:
        found: dict[str, Key] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in found:
                shown = binding.key_display or self.app.get_key_display(binding)
                action = binding.action if "." in binding.action.partition("(")[0] else f"screen.{binding.action}"
                found[binding.action] = Key(shown, binding.description, action)
        return list(found.values())
