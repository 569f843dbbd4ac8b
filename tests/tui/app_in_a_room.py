"""The app under Textual's Pilot: in a home of the test's own, at a size, with what stands on its screen as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from textual.pilot import Pilot

from quizbook import places
from quizbook.study.events import Attempt, now
from quizbook.study.session import Session
from quizbook.study.store import open_log
from quizbook.tui.app import QuizbookApp

PATIENCE_S = 60.0


def answered(item: str, days_ago: float, score: float = 1.0, **more: Any) -> None:
    """Append an answer to the log of this home."""
    moment, offset = now()
    with open_log(places.home()) as log:
        attempt = Attempt(
            at=moment - timedelta(days=days_ago), utc_offset=offset, device=log.device, item=item, text_hash="t",
            key_hash="k", response="b", parts={}, score=score, seed=1, mode="quiz", version="0",
        )  # fmt: skip
        log.append(replace(attempt, **more))


def attempts() -> list[Attempt]:
    """Everything that was answered in this home."""
    with open_log(places.home()) as log:
        return list(log.attempts())


@dataclass(frozen=True, slots=True)
class Room:
    """An app that runs."""

    app: QuizbookApp
    pilot: Pilot[None]

    @property
    def text(self) -> str:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so; whatever is computed in the background takes its time."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, self.text
            await self.pilot.pause(0.02)

    async def shows(self, *words: str) -> str:
        """Wait until these words stand on the screen, and give all that does."""
        await self.until(lambda: all(word in self.text for word in words))
        return self.text

    async def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        await self.pilot.press(*keys)


@asynccontextmanager
async def room(size: tuple[int, int] = (80, 24), session: Session | None = None, **more: Any) -> AsyncIterator[Room]:
    """Run the app at this size until the block ends; an error inside it is raised."""
    with open_log(places.home()) as log:
        app = QuizbookApp(log, session, **more)
        async with app.run_test(size=size) as pilot:
            yield Room(app, pilot)


def in_a_room(visit: Callable[[Room], Any], size: tuple[int, int] = (80, 24), **more: Any) -> None:
    """Run the app for a visit."""

    async def whole() -> None:
        async with room(size, **more) as here:
            await visit(here)

    asyncio.run(whole())
