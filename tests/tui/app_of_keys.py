"""A small Textual app to be served: shows its size, its keys and its environment, and ends in several ways."""

import io
import os
import signal
import sys
import time

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class AppOfKeys(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("no key yet", id="key")
        yield Static("", id="size")
        yield Static(f"<TERM {os.environ['TERM']}> <plain {'QUIZBOOK_PLAIN' in os.environ}>")
        yield Static(f"<colours {os.environ['COLORFGBG']}>")

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#size", Static).update(f"<size {event.size.width} {event.size.height}>")

    def on_key(self, event: events.Key) -> None:
        self.query_one("#key", Static).update(f"<key {event.key}>")
        match event.key:
            case "q":
                self.exit()
            case "d":
                self.deliver_text(io.StringIO("line one\n"), save_filename="näme.svg")
            case "x":
                sys.__stderr__.write("quizbook: the store is damaged; quizbook doctor says more\n")
                sys.__stderr__.flush()
                os._exit(2)
            case "h":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600)


if __name__ == "__main__":
    AppOfKeys().run()
