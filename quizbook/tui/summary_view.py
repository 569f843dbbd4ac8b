"""The end of a sitting: how much was answered, the score by kind, and what to look at again by section."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from quizbook.study.session import Summary, Tally
from quizbook.study.wording import HIDDEN, again_by_section, answered_words, open_words, repeated_words, score_words
from quizbook.tui.questions.rows import Row

_BAR = 20


class SummaryView(Vertical):
    """A summary on the sheet where the questions were."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(classes="summary")
        self._summary = summary

    def compose(self) -> ComposeResult:
        """The figures, then the sections."""
        summary = self._summary
        yield Static("That was all." if summary.finished else "So far.", classes="heading", markup=False)
        yield Static(answered_words(summary), classes="part", markup=False)
        if summary.hidden:
            yield Static(HIDDEN, classes="part", markup=False)
        if summary.overall.points:
            yield Static(_line("Score", summary.overall), classes="part score")
            if len(summary.by_kind) > 1:
                for kind, tally in summary.by_kind.items():
                    yield Static(_line(kind.replace("_", " "), tally), classes="kind")
        for said in (repeated_words(summary), open_words(summary)):
            if said:
                yield Static(said, classes="part", markup=False)
        if sections := again_by_section(summary):
            yield Static("Look at again", classes="heading part", markup=False)
            for section, ids in sections.items():
                yield Row(Content.styled(f"{section.rjust(5)}  ", "bold $accent"), ", ".join(ids))


def _line(name: str, tally: Tally) -> Content:
    filled = round(_BAR * tally.score / tally.points)
    bar = Content.assemble(("━" * filled, "$success"), ("╌" * (_BAR - filled), "$foreground 25%"))
    return Content.assemble(f"{name:<16}", bar, f"  {score_words(tally)}")
