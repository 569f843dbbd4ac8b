"""The screen of a whole sitting: asks every question in place, shows what comes of it, ends with the summary."""

from __future__ import annotations

from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from quizbook.bank.questions import ShortAnswer
from quizbook.errors import QuizbookError
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored
from quizbook.study.events import Confidence
from quizbook.study.session import Feedback, Session, Summary
from quizbook.study.settings import Settings
from quizbook.study.wording import figure_words, hint_words, kind_words
from quizbook.tui.aside import SURE, Aside
from quizbook.tui.feedback import Comparison, FeedbackPanel
from quizbook.tui.key_bar import KeyBar, KeyHint, key_hint
from quizbook.tui.prose import warm_up
from quizbook.tui.questions.kinds import view_of
from quizbook.tui.questions.view import QuestionView
from quizbook.tui.session_keys import command_for, commands_at_hand, may_read_code
from quizbook.tui.summary_view import SummaryView


class OpenReference(Message):
    """The learner wants to read this code: a dotted name such as `reference.attention.SelfAttention_v2`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class SessionScreen(Screen[Summary]):
    """Drives a session as plain mode does; dismissed with its summary at the end or when it is left.

    settings: whether to ask how sure one is. title: what is asked, for the head of the screen ("Chapter 3").
    """

    CSS_PATH = "session_screen.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-middle"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]

    def __init__(self, session: Session, settings: Settings, *, title: str) -> None:
        super().__init__()
        self._session, self._settings, self._title = session, settings, title
        self._view: QuestionView | None = None
        self._comparison: Comparison | None = None
        self._waiting: Any = None  # a response, until its author said how sure
        self._drafts: dict[str, Any] = {}
        self._left = False

    def compose(self) -> ComposeResult:
        """Head, sheet, aside, keys."""
        yield Static(id="head")
        with VerticalScroll(id="sheet", can_focus=False), Vertical(id="column"):
            yield Vertical(id="ask")
            yield Vertical(id="reply")
        yield Aside(id="aside")
        yield KeyBar(id="bar")
