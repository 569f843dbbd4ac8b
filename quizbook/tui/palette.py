"""What the command palette offers: the places of the app, chapters, sections that go badly, exercises, themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from quizbook.study.settings import THEMES

if TYPE_CHECKING:
    from quizbook.tui.app import QuizbookApp


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the palette. first: whether it is shown before anything is typed."""

    name: str
    help: str
    run: Callable[[], object]
    first: bool = True


class Places(Provider):
    """Offers what can be done from anywhere."""

    async def discover(self) -> Hits:
        """What is shown before anything is typed."""
        for offer in offers(cast("QuizbookApp", self.app)):
            if offer.first:
                yield DiscoveryHit(offer.name, offer.run, help=offer.help)

    async def search(self, query: str) -> Hits:
        """What fits."""
        matcher = self.matcher(query)
        for offer in offers(cast("QuizbookApp", self.app)):
            if (score := matcher.match(offer.name)) > 0:
                yield Hit(score, matcher.highlight(offer.name), offer.run, help=offer.help)


def offers(app: QuizbookApp) -> Iterator[Offer]:
    """Everything that the palette knows now. While a session is on, no other one can begin."""
    if app.is_asking:
        yield from _anywhere(app)
        return
    today = app.today
    yield Offer("Review", "ask what is due today", partial(app.begin, "review"))
    yield Offer("New questions", "ask what was never asked", partial(app.begin, "new"))
    yield Offer("Weak sections", "train what goes worst, without touching the schedule", partial(app.begin, "weak"))
    yield Offer("Exercises", "list the exercises", partial(app.begin, "exercises"))
    yield Offer("Progress", "retention, forecast, calibration, mastery", partial(app.begin, "progress"))
    yield from _anywhere(app)
    for chapter in today.chapters if today else ():
        name, run = f"Chapter {chapter.name}: {chapter.title}", partial(app.begin, f"chapter:{chapter.name}")
        yield Offer(name, f"ask some of its {chapter.questions} questions", run, first=False)
    for weak in today.weak if today else ():
        run = partial(app.begin, f"section:{weak.section}")
        yield Offer(f"Train section {weak.section}", f"{weak.score:.0%} right", run, first=False)
    for exercise in today.material.exercises if today else ():
        name, run = f"Exercise {exercise.id}: {exercise.title}", partial(app.begin, f"exercise:{exercise.id}")
        yield Offer(name, "task, hints and checks", run, first=False)


def _anywhere(app: QuizbookApp) -> Iterator[Offer]:
    if not app.is_asking:
        yield Offer("Search", "questions and exercises by their words", app.action_search)
    yield Offer("Keys", "all keys of this screen", app.action_keys)
    for theme in THEMES:
        said = "follow the terminal" if theme == "auto" else f"{theme} colours"
        yield Offer(f"Theme: {theme}", said, partial(app.set_theme, theme), first=theme != app.settings.theme)
    yield Offer("Quit", "everything is kept", app.exit)
