"""Full screen or plain lines: the one place that decides, and the one way from the command line into the app."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from quizbook.tui import BROWSER_DRIVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizbook.judge.exercise import Exercise
    from quizbook.study.session import Session
    from quizbook.study.store import Log


def takes_the_screen(*, plain: bool) -> bool:
    """Whether the app may draw here: it was not declined, and a person sits at a terminal that can do more than lines.

    The app draws on stderr, and writes its escapes into anything, so all three streams have to be a terminal. In what
    `quizbook serve` started, they lead to a browser.
    """
    if os.environ.get("TEXTUAL_DRIVER") == BROWSER_DRIVER:
        return not plain
    declined = plain or os.environ.get("QUIZBOOK_PLAIN") == "1" or os.environ.get("TERM") in ("dumb", "unknown")
    return not declined and all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def home() -> int:
    """Open the app at home, and return its exit code."""
    from quizbook import places
    from quizbook.study.store import open_log

    gc.disable()  # while thousands of objects are made that stay; the app enables it when it has begun
    with open_log(places.home()) as log:
        from quizbook.tui.app import run_app

        return run_app(log)


def in_the_app(session: Session, log: Log, *, title: str, exercises: Sequence[Exercise] = ()) -> int:
    """Hold a session in the app, then print its summary; 0 when it came to its end, 1 when it was left early.

    exercises: whose reviews come after the last question.
    """
    gc.disable()
    from quizbook.cli.lines import screen_width, summary_lines
    from quizbook.tui.app import run_app

    run_app(log, session, title=title, exercises=exercises)
    summary = session.summary()
    print("\n".join(summary_lines(summary, screen_width())))
    return 0 if summary.finished else 1
