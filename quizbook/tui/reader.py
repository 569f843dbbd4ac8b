"""The code that a question or an exercise is about: highlighted, at the right line, to be searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from quizbook.bank.symbol_places import Place, place_of
from quizbook.tui.background import in_background
from quizbook.tui.listing import Listing
from quizbook.tui.page import Page

NARROW = 60  # columns


@dataclass(frozen=True, slots=True)
class Source:
    """A name with the file where it is defined. place: None where there is no such file."""

    name: str | Path
    place: Place | None
    lines: tuple[Content, ...]


def read_source(name: str | Path) -> Source:
    """Find a dotted name and highlight its file; nothing of it is imported. name: may be a file's own path."""
    from textual.highlight import highlight

    place = Place(name, 1, 1, 0) if isinstance(name, Path) else place_of(name)
    if place is None:
        return Source(name, None, ())
    try:
        text = place.path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Source(name, None, ())
    return Source(name, place, tuple(highlight(text.expandtabs(4), language="python").split("\n", allow_blank=True)))


class ReaderScreen(Page[None]):
    """Reads the files of some names, one at a time; Escape goes back to where one came from."""

    DEFAULT_CSS = """
    ReaderScreen > Input { dock: bottom; height: 1; border: none; padding: 0 1; background: $panel; display: none; }
    ReaderScreen > Input.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,r", "back", "back"),
        Binding("slash,ctrl+f", "search", "search"),
        Binding("n", "hit(1)", "next hit"),
        Binding("N,p", "hit(-1)", "hit before", show=False),
        Binding("d", "definition", "definition"),
        Binding("tab", "other(1)", "next name", priority=True),
        Binding("shift+tab", "other(-1)", "name before", show=False, priority=True),
    ]

    def __init__(self, names: Sequence[str | Path], at: int = 0) -> None:
        super().__init__()
        self.names, self.at = names, at
        self.source: Source | None = None

    def body(self) -> ComposeResult:
        """The file, and the line to type what is searched."""
        yield Listing()
        yield Input(placeholder="search in this file", compact=True)

    def on_mount(self) -> None:
        """Begins to read."""
        self._read()

    def _read(self) -> None:
        self.head(self._called(self.names[self.at]), "reading ...")
        in_background(self, partial(read_source, self.names[self.at]), self._show)

    def _show(self, source: Source) -> None:
        if source.name != self.names[self.at]:
            return
        self.source = source
        listing = self.query_one(Listing)
        if source.place is None:
            self.head(self._called(source.name), "its source is not here")
            listing.show([], 1, 1, 0)
            return
        listing.show(source.lines, source.place.line, source.place.first, source.place.last)
        listing.focus()
        self._say()

    def _say(self, more: str = "") -> None:
        if self.source and self.source.place:
            place = self.source.place
            which = f"  {self.at + 1} of {len(self.names)}" if len(self.names) > 1 else ""
            self.head(self._called(self.source.name), more or f"{place.path.name}:{place.line}{which}")

    def action_back(self) -> None:
        """Closes the search line if it is open, else the screen."""
        line = self.query_one(Input)
        if line.has_class("-open"):
            line.remove_class("-open")
            self.query_one(Listing).focus()
        else:
            self.dismiss()

    def action_search(self) -> None:
        """Opens the line to type what is searched."""
        line = self.query_one(Input)
        line.add_class("-open")
        line.focus()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        listing = self.query_one(Listing)
        count = listing.search(event.value)
        if event.value:
            self._say(f"{count} lines with {event.value!r}" if count != 1 else f"1 line with {event.value!r}")
        else:
            self._say()

    @on(Input.Submitted)
    def _found(self) -> None:
        self.query_one(Input).remove_class("-open")
        self.query_one(Listing).focus()
        self.action_hit(1)

    def action_hit(self, step: int) -> None:
        """Goes to the next line that was searched for, or the one before."""
        listing = self.query_one(Listing)
        at = listing.next_hit(step)
        self._say(f"hit {at} of {len(listing.hits)}" if at else "")

    def action_definition(self) -> None:
        """Goes back to the line of the name."""
        listing = self.query_one(Listing)
        listing.go_to(listing.line)
        self._say()

    def action_other(self, step: int) -> None:
        """Reads the file of the next name, or the one before."""
        if len(self.names) > 1:
            self.at = (self.at + step) % len(self.names)
            self._read()

    def _called(self, name: str | Path) -> str:
        """The name as far as it fits beside the place: its last part on a narrow screen."""
        if isinstance(name, Path):
            return name.name
        return name if self.size.width >= NARROW else name.rpartition(".")[2]
