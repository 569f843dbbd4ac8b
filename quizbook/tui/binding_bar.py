"""The foot of a screen whose keys are Textual bindings: shows those that are marked to be shown."""

from __future__ import annotations

from textual.screen import Screen

from quizbook.tui.hint_bar import HintBar, KeyHint, key_hint

LAST = ("app.keys", "keys", "back", "app.quit")  # actions that are shown last: the way to the other keys, the way out


class BindingBar(HintBar):
    """Follows the bindings of the screen; a click on one presses its key."""

    DEFAULT_CSS = "BindingBar { dock: bottom; background: $panel; }"

    def on_mount(self) -> None:
        """Follows what the screen binds."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)

    def _follow(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.show(shown_keys(screen))

    def on_hint_bar_pressed(self, event: HintBar.Pressed) -> None:
        """A click is as good as the key."""
        event.stop()
        self.app.simulate_key(event.key)


def shown_keys(screen: Screen[object]) -> list[KeyHint]:
    """The bindings of a screen that are to be shown, each action once."""
    found: dict[str, KeyHint] = {}
    for key, active in screen.active_bindings.items():
        if active.binding.show and active.enabled:
            hint = key_hint(key, active.binding.description)
            label = screen.app.get_key_display(active.binding) if hint.label == key else hint.label
            found.setdefault(active.binding.action, hint._replace(label=label))
    first = [hint for action, hint in found.items() if action not in LAST]
    return [*first, *(found[action] for action in LAST if action in found)]
