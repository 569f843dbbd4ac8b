"""The part of a sitting that scrolls: the question that is on, and below or beside it what comes of the answer."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from quizbook.study.session import Session
from quizbook.study.wording import material
from quizbook.tui.feedback import Comparison
from quizbook.tui.prose import inline
from quizbook.tui.questions.kinds import view_of
from quizbook.tui.questions.rows import Row
from quizbook.tui.questions.view import QuestionView
from quizbook.tui.summary_view import SummaryView

ASIDE_STEP = 8  # columns that a key scrolls a wide figure


class Sheet(VerticalScroll, can_focus=False):
    """Holds one question after the other, and the drafts of those that were left without an answer."""

    view: QuestionView | None = None
    comparison: Comparison | None = None

    def __init__(self) -> None:
        super().__init__()
        self._drafts: dict[tuple[str, int], Any] = {}

    def compose(self) -> ComposeResult:
        """The question above (or left), the reply below (or right)."""
        with Vertical(id="column"):
            yield Vertical(id="ask")
            yield Vertical(id="reply")

    async def put_on(self, session: Session) -> None:
        """Show the question that is on, with its draft and its hints if it was on before, or the summary at the end."""
        shown = session.shown
        self.comparison = None
        self.view = view_of(shown) if shown else None
        ask, reply = self.query_one("#ask"), self.query_one("#reply")
        await ask.remove_children()
        await reply.remove_children()
        column = self.query_one("#column")  # while it is empty: a change of class styles everything below anew
        column.remove_class("beside")
        column.set_class(shown is not None and bool(material(shown.question)), "roomy")
        await ask.mount(self.view or SummaryView(session.summary()))
        self.scroll_home(animate=False)
        if shown and self.view:
            await reply.mount_all(_below("Hint", hint, "hint") for hint in shown.question.hints[: session.hints])
            draft = self._drafts.pop((shown.question.id, shown.seed), None)
            if draft is not None:
                self.view.resume(draft)
            self.view.begin()

    def keep_draft(self) -> None:
        """Remember what is written or picked, for when this question is on again."""
        view = self.view
        if view and not view.closed and view.draft is not None:
            self._drafts[view.shown.question.id, view.shown.seed] = view.draft

    async def reply(self, widget: Widget) -> None:
        """Show what comes of the answer."""
        if isinstance(widget, Comparison):
            self.comparison = widget
            self.query_one("#column").add_class("beside")
        await self.query_one("#reply").mount(widget)
        self.reveal(widget)

    async def say_below(self, lead: str, text: str, name: str) -> None:
        """Show a hint or a figure in words, the same one only once."""
        row = _below(lead, text, name)
        if name == "hint" or not self.query(f"#reply .{name}"):
            await self.query_one("#reply").mount(row)
            self.reveal(row)

    def scrolled(self, key: str, *, writing: bool) -> bool:
        """Scroll by a key: with Ctrl or Alt always, without only where no text needs it; False: it is none of these."""
        bare = key.removeprefix("ctrl+").removeprefix("alt+")
        if writing and bare == key:
            return False
        page = max(self.size.height - 1, 1)
        rows = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -9999, "end": 9999}
        if bare in rows:
            self.scroll_relative(y=rows[bare], animate=False)
        elif bare in ("left", "right") and self.view and self.view.material:
            self.view.material.scroll_relative(x=-ASIDE_STEP if bare == "left" else ASIDE_STEP, animate=False)
        else:
            return False
        return True

    def reveal(self, widget: Widget) -> None:
        """Scroll so that a widget is seen, from its top where it is higher than the sheet."""

        def scroll() -> None:
            self.scroll_to_widget(widget, animate=False, top=widget.outer_size.height > self.size.height)

        self.call_after_refresh(scroll)


def _below(lead: str, text: str, name: str) -> Row:
    return Row(Content.styled(f"{lead}  ", "bold $accent"), inline(text), classes=f"below {name}")
