"""The first line of a sitting: which question of how many, from where, of which kind; below it how far one is."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from quizbook.study.session import Session
from quizbook.study.wording import kind_words


class Head(Widget):
    """Place in the sitting on the left, its title on the right where there is room, a line as progress."""

    DEFAULT_CSS = "Head { height: auto; width: 1fr; padding: 0 1; }"

    def __init__(self, session: Session, heading: str) -> None:
        super().__init__()
        self._session, self._heading = session, heading

    def render(self) -> Content:
        """One line, two on a screen that is not low."""
        width = self.content_size.width
        place = Content(" · ").join(self._said(width))
        room = width - place.cell_length - len(self._heading)
        if room >= 3:
            place += Content.assemble(" " * room, (self._heading, "$text-muted"))
        if self.size.height < 2:
            return place
        done = round(
            width * (self._session.number - (self._session.stage in ("asking", "ticking"))) / self._session.total
        )
        return Content.assemble(place, "\n", ("━" * done, "$accent"), ("─" * (width - done), "$foreground 20%"))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Two lines, one where lines are dear."""
        return 1 if viewport.height < 18 else 2

    def _said(self, width: int) -> list[Content]:
        session = self._session
        if session.stage == "over":
            return [Content.styled("The end", "bold")]
        question = session.current.question
        said = [Content.styled(f"{session.number} of {session.total}", "bold")]
        if session.repeated:
            said.append(Content.styled("↻ again", "bold $warning"))
        said.append(Content.styled(f"section {question.section}" if width >= 60 else question.section, "$text-muted"))
        said.append(Content.styled(kind_words(question), "$text-muted"))
        return said
