"""Work that nobody should wait for: it runs beside the app, and what it comes to is handed back to a screen.

The threads are daemons, unlike Textual's workers: who quits does not wait for what was being computed.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from quizbook.tui.app import QuizbookApp

Found = TypeVar("Found")


def in_background(target: MessagePump, job: Callable[[], Found], then: Callable[[Found], None]) -> None:
    """Do a job in a thread, then call `then` with what it returned, in the app's own thread.

    target: the screen that waits for it; if it is closed by then, nothing happens. An error ends the app as any other.
    """
    app = cast("QuizbookApp", target.app)

    def run() -> None:
        try:
            found = job()
        except BaseException as error:
            app.call_later(app.end_with, error)
        else:
            target.call_later(then, found)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
