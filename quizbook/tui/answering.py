"""How a sitting goes on its screen: an answer is read, recorded and replied to, the next question comes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from textual.app import ComposeResult
from textual.css.query import NoMatches

from quizbook.bank.questions import ShortAnswer
from quizbook.errors import QuizbookError
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored
from quizbook.study.events import Confidence
from quizbook.study.session import Session, Summary
from quizbook.study.settings import Settings
from quizbook.tui.aside import Aside
from quizbook.tui.feedback import Comparison, FeedbackPanel
from quizbook.tui.fields import WritingScreen
from quizbook.tui.head import Head
from quizbook.tui.hint_bar import HintBar
from quizbook.tui.prose import listing
from quizbook.tui.questions.kinds import load_all
from quizbook.tui.sheet import Sheet

T = TypeVar("T")


class AnsweringScreen(WritingScreen[Summary]):
    """The parts of the screen and the steps of a sitting, without the keys that lead to them."""

    def __init__(self, session: Session, settings: Settings, *, title: str) -> None:
        super().__init__()
        self._session, self._settings = session, settings
        self._head, self._sheet, self._aside, self._bar = Head(session, title), Sheet(), Aside(), HintBar()
        self._waiting: Any = None  # a response whose author has not said yet how sure
        self._left = False

    def compose(self) -> ComposeResult:
        """Head, sheet, aside, keys."""
        yield from (self._head, self._sheet, self._aside, self._bar)

    async def on_mount(self) -> None:
        """The first question; what listings need is loaded while it is read."""
        with contextlib.suppress(NoMatches):  # the app is left while it opens
            await self._put_on()
        self.call_after_refresh(self.run_worker, _warm_up, thread=True)

    def on_unmount(self) -> None:
        """The app closes under the question: what was written is kept as when one leaves."""
        if not self._left:
            with contextlib.suppress(QuizbookError):
                self._keep()

    @property
    def _writing(self) -> bool:
        """Whether letters belong to a text."""
        view = self._sheet.view
        return view is not None and view.writes and not view.closed and self._waiting is None

    def _show_keys(self) -> None:
        """The keys at hand changed."""

    async def _submit(self) -> None:
        """The learner is done with the answer: ask how sure, or record it."""
        view, aside = self._sheet.view, self._aside
        if view is None or view.closed:
            return
        aside.say("")
        response = self._tried(lambda: as_stored(view.shown.question, view.response()))
        if response is None:
            return
        if not self._settings.confidence:
            await self._answer(response, None)
            return
        self._waiting = response
        self.take_cursor()
        aside.ask("sure")
        self._show_keys()

    async def _answer(self, response: Any, confidence: Confidence | None) -> None:
        """Record an answer and show what comes of it."""
        session, view = self._session, self._sheet.view
        total = session.total
        feedback = self._tried(lambda: session.answer(response, confidence))
        if feedback is None or view is None:
            return
        self._sheet.keep_draft()
        self._waiting = None
        self._aside.ask("")
        self.take_cursor()
        view.close(feedback)
        question = view.shown.question
        if session.stage == "ticking" and isinstance(question, ShortAnswer):
            await self._reply(Comparison(question, feedback.remark))
        else:
            await self._reply(FeedbackPanel(feedback, comes_again=session.total > total))

    async def _tick(self) -> None:
        """Record the ticks of a short answer and show what they come to."""
        comparison = self._sheet.comparison
        if comparison is None or self._session.stage != "ticking":
            return
        feedback = self._tried(lambda: self._session.tick(comparison.ticked))
        if feedback is not None:
            comparison.close()
            await self._reply(FeedbackPanel(feedback))

    async def _reply(self, widget: Comparison | FeedbackPanel) -> None:
        await self._sheet.reply(widget)
        self._head.refresh()
        self._show_keys()

    def _back_to_answer(self) -> None:
        """Not how sure after all: the answer may be changed."""
        self._waiting = None
        self._back_from_aside()

    def _back_from_aside(self) -> None:
        """What was asked aside is done; what was asked before that is asked again."""
        self.take_cursor()
        self._aside.ask("" if self._waiting is None else "sure")
        if self._sheet.view and self._waiting is None:
            self._sheet.view.begin()
        self._show_keys()

    async def _go_on(self) -> None:
        """To the next question, to the summary after the last, and out from there."""
        if self._session.stage == "over":
            self._leave()
        else:
            self._session.advance()
            await self._put_on()

    async def _skip(self) -> None:
        """Go on without an answer; a text that was begun is kept without a score."""
        if self._waiting is None and self._tried(self._keep):
            self._session.skip()
            await self._put_on()

    async def _undo(self) -> None:
        """Take back how far one is with this answer or, before that, the last one that was recorded."""
        if self._waiting is not None:
            self._back_to_answer()
            return
        self._sheet.keep_draft()
        undone = self._tried(self._session.undo)
        if undone:
            await self._put_on()
            self._aside.say("Taken back: answer again.")
        elif undone is False:
            self._aside.say("There is no answer to take back.")

    async def _put_on(self) -> None:
        """Show the question that is on, or the summary after the last."""
        self._waiting = None
        with self.app.batch_update():
            self._aside.say("")
            self._aside.ask("")
            self.take_cursor()
            await self._sheet.put_on(self._session)
        self._head.refresh()
        self._show_keys()

    def _leave(self) -> None:
        """Give the summary to whoever asked for this sitting; what would be lost is recorded before."""
        if self._tried(self._keep):
            self._left = True
            self.dismiss(self._session.summary())

    def _keep(self) -> bool:
        """Record an answer whose author did not say how sure, or the text of a short answer, as plain mode does."""
        view = self._sheet.view
        if view is None or self._session.stage != "asking":
            return True
        if self._waiting is not None:
            self._session.answer(self._waiting)
        elif isinstance(view.shown.question, ShortAnswer) and isinstance(view.draft, str):
            self._session.answer(view.draft.strip())
        return True

    def _tried(self, step: Callable[[], T]) -> T | None:
        """What a step gives; where it cannot be done, the reason is shown and nothing has changed: None."""
        try:
            return step()
        except (QuizbookError, ResponseError) as error:
            self._aside.say(str(error), warning=True)
            return None


def _warm_up() -> None:
    """Load in a thread what the first question of another kind and the first listing would wait for."""
    load_all()
    listing("x = 1")
