"""How the app speaks with `quizbook serve`: Textual's driver for browsers, and an end when the server has gone."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Textual's own goes on without a screen when its server was killed; this one ends the app."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = self._send  # type: ignore[assignment]

    def run_input_thread(self) -> None:
        """Hand the browser's keys to the app until the app or the input ends."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())

    def _send(self, data: bytes) -> None:
        with suppress(BrokenPipeError):
            while data:
                data = data[os.write(self.fileno, data) :]
